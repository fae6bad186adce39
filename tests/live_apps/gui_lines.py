"""Visitors whose pages are connected over real sockets, in each way there is, for ``GuiPage``."""

import contextlib
import json
import queue
import socket
import threading
from collections import deque
from urllib.parse import urlsplit

import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from quick_htag.testing import PageClosed

PATIENCE = 60.0  # seconds for an answer, that of an app which has to be started first included


def origin_of(url):
    """What a browser sends as ``Origin`` for a page of this address."""
    return "{0.scheme}://{0.netloc}".format(urlsplit(url))


class SocketVisitor:
    """Sends real requests and opens real connections."""

    def __init__(self, url, line):
        self._url = url.rstrip("/")
        self._line = line
        self._session = requests.Session()
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self._stack.close()
        self._session.close()

    def get(self, path, headers=None):
        """An answer with the attributes of an in-process one."""
        answer = self._session.get(
            self._url + path, headers=headers, timeout=PATIENCE, allow_redirects=False
        )
        answer.status = answer.status_code
        return answer

    def websocket(self, path):
        """A connection of a page."""
        if self._line == "sse":
            return self._stack.enter_context(EventLine(self._session, self._url, path))
        if self._line == "poll":
            return self._stack.enter_context(PollLine(self._session, self._url, path))
        cookie = "; ".join(f"{one.name}={one.value}" for one in self._session.cookies)
        connection = connect(
            self._url.replace("http", "ws", 1) + path,
            origin=origin_of(self._url),
            additional_headers={"Cookie": cookie},
            max_size=None,
        )
        return Websocket(self._stack.enter_context(connection))


class Websocket:
    """A websocket with the methods of an in-process one."""

    def __init__(self, socket):
        self._socket = socket

    def send(self, message):
        self._socket.send(message)

    def receive(self, timeout):
        try:
            return self._socket.recv(timeout)
        except ConnectionClosed as error:
            received = error.rcvd
            raise PageClosed(received.code, received.reason) from error

    def drop(self):
        self._socket.close()


class PostingLine:
    """Sends events as a page does that has no websocket."""

    def __init__(self, session, url, path):
        self._posts = requests.Session()  # a connection of its own, beside the one that waits
        self._posts.cookies = session.cookies
        self._posts.headers["Origin"] = origin_of(url)
        self._start, _, self._query = (url + path).partition("/ws?")
        self._page = self._query.partition("&")[0]

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.drop()
        self._posts.close()

    def send(self, message):
        answer = self._posts.post(
            f"{self._start}/event?{self._page}", json=[message], timeout=PATIENCE
        )
        answer.raise_for_status()
        told = answer.json()
        if "close" in told:
            self.refused(*told["close"])


class EventLine(PostingLine):
    """A stream of events to the page, with the methods of an in-process websocket."""

    def __init__(self, session, url, path):
        super().__init__(session, url, path)
        self._messages = queue.Queue()
        address = urlsplit(url)
        cookies = "; ".join(f"{one.name}={one.value}" for one in session.cookies)
        target = urlsplit(self._start).path
        self._socket = socket.create_connection((address.hostname, address.port))
        head = f"GET {target}/stream?{self._query} HTTP/1.1\r\nHost: {address.netloc}\r\n"
        self._socket.sendall(f"{head}Cookie: {cookies}\r\n\r\n".encode())
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        kind, data = "message", []
        with contextlib.suppress(OSError), self._socket.makefile(encoding="utf-8") as lines:
            assert " 200 " in lines.readline()
            for line in lines:
                name, _, value = line.rstrip("\r\n").partition(": ")
                if name == "data":
                    data.append(value)
                elif name == "event":
                    kind = value
                elif not name and data:
                    self._messages.put((kind, "\n".join(data)))
                    kind, data = "message", []
        self._messages.put(("close", '{"code": 1006, "reason": ""}'))

    def refused(self, code, reason):
        self._messages.put(("close", json.dumps({"code": code, "reason": reason})))

    def receive(self, timeout):
        try:
            kind, text = self._messages.get(timeout=timeout)
        except queue.Empty:
            raise TimeoutError from None
        if kind == "close":
            raise PageClosed(**json.loads(text))
        return text

    def drop(self):
        with contextlib.suppress(OSError):  # closed by the server already
            self._socket.shutdown(socket.SHUT_RDWR)
        self._reader.join()
        self._socket.close()


class PollLine(PostingLine):
    """Long polls, with the methods of an in-process websocket."""

    def __init__(self, session, url, path):
        super().__init__(session, url, path)
        self._polls = requests.Session()
        self._polls.cookies = session.cookies
        self._polls.headers["Origin"] = origin_of(url)
        self._next = self._query
        self._name, self._number = "", 0
        self._messages = deque()

    def refused(self, code, reason):
        self._messages.append(PageClosed(code, reason))

    def receive(self, timeout):
        while not self._messages:
            self._poll(timeout)
        message = self._messages.popleft()
        if isinstance(message, PageClosed):
            raise message
        return message

    def _poll(self, timeout):
        try:
            answer = self._polls.post(f"{self._start}/poll?{self._next}", timeout=timeout or 0.001)
        except requests.Timeout:
            raise TimeoutError from None
        answer.raise_for_status()
        told = answer.json()
        self._name = told.get("c", self._name)
        self._number += 1
        self._next = f"{self._page}&c={self._name}&k={self._number}"
        self._messages.extend(told["m"])
        if "close" in told:
            self._messages.append(PageClosed(*told["close"]))

    def drop(self):
        self._polls.close()
