"""Visitors of the GUI servers that are measured: what each server wants to hear, and frames.

A visitor is an ``asyncio`` protocol that answers a message with the next click at once. It makes
and reads its frames itself, because on two processors what the visitors cost is missing on the
other side: with a library for them, the fastest servers could not be told apart.
"""

from __future__ import annotations

import asyncio
import base64
import html
import json
import os
import re
import socket
from collections.abc import Callable
from typing import Any

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
LIMIT = 20.0  # seconds for an answer
LAST = b"the last push"
_HEAD = re.compile(rb".*?\r?\n\r?\n", re.DOTALL)  # one of the peers ends its lines with "\n" alone


class Page:
    """One page of one visitor, loaded on a new connection.

    Args:
        host: of the server.
        port: of the server.

    """

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        head, body = fetched(host, port)
        if b" 200 " not in head[:14]:
            raise OSError(head[:60].decode())
        self.size = len(body)
        self.html = body.decode()
        self.cookies = "; ".join(re.findall(r"(?im)^set-cookie: ([^;\r]+)", head.decode()))


def fetched(host: str, port: int) -> tuple[bytes, bytes]:
    """The head and the body of the page."""
    request = f"GET / HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: keep-alive\r\n\r\n"
    with socket.create_connection((host, port), LIMIT) as sock:
        sock.sendall(request.encode())
        data = b""
        while (found := _HEAD.match(data)) is None:
            data += received(sock)
        head, body = found[0], data[found.end() :]
        length = re.search(rb"(?im)^content-length: (\d+)", head)
        if length is None and b"chunked" in head.lower():
            while not body.endswith(b"0\r\n\r\n"):
                body += received(sock)
            return head, re.sub(rb"(?:^|\r\n)[0-9a-fA-F]+\r\n", b"", body)
        while length is not None and len(body) < int(length[1]):
            body += received(sock)
        return head, body


def received(sock: socket.socket) -> bytes:
    """What has come, at least a byte."""
    data = sock.recv(1 << 18)
    if not data:
        raise OSError("the server closed the connection")
    return data


class Dialect:
    """What the page of a server and the server tell each other.

    Args:
        page: the page.

    Attributes:
        first: messages of the server before the first click.

    """

    path = "/"
    first = 0

    def __init__(self, page: Page) -> None:
        self.page = page
        self.number = 0
        self._found: dict[str, Any] = {}

    def event(self, name: str) -> str:
        """A click on the button with this class, as the page would send it."""
        self.number += 1
        if name not in self._found:
            self._found[name] = self.find(name)
        return self.text(self._found[name])

    def find(self, name: str) -> Any:
        """What a click on the button sends."""
        found = re.search(rf'<\w+ [^>]*class="{name}"[^>]*>', self.page.html)
        assert found is not None, f"no button {name}"
        tag = html.unescape(found[0])
        htag2 = re.search(r"htag_event\('([^']+)', ?'(\w+)'", tag)
        if htag2:
            return {"id": htag2[1], "event": htag2[2], "data": {"callback_id": "c"}}
        htag1 = re.search(r"interact\( ({.*}) \)", tag.replace("jevent(event)", "{}"))
        assert htag1 is not None, tag
        return json.loads(htag1[1])

    def text(self, found: Any) -> str:
        """The message."""
        return json.dumps(found)

    def answers(self, message: bytes) -> bool:
        """Whether this says that the last click was handled."""
        return True

    def counts(self, message: bytes) -> bool:
        """Whether this is a push."""
        return b'"update' in message

    def reply(self, message: bytes) -> str | None:
        """What the page has to say to a message before the first click."""
        return None


class QuickHtag(Dialect):
    """This package."""

    first = 1

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        found = re.search(r"quick_htag_page=(\{.*?\})</script>", page.html)
        assert found is not None
        config = json.loads(found[1])
        self.path = f"/ws?page={config['page']}&seen={config['seen']}"
        self._plain: dict[int, str] = {}

    def text(self, found: Any) -> str:
        plain = self._plain.get(id(found))
        if plain is None:
            plain = self._plain[id(found)] = json.dumps(found)
        return f'{{"n": {self.number}, "p": {plain}}}'

    def answers(self, message: bytes) -> bool:
        return message.startswith(b'{"done":') and int(message[8:-1]) == self.number


class Runner(Dialect):
    """What comes with htag 1; htagweb names its path in the page."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        named = re.search(r'webroot \+ "([^"]+)"', page.html)
        self.path = f"/{named[1]}" if named else "/"


class WebApp(Dialect):
    """What comes with htag 2."""

    path = "/ws"
    first = 1

    def answers(self, message: bytes) -> bool:
        return b'"callback_id"' in message


class NiceGui(Dialect):
    """As its page was seen to talk: socket.io, and the ids that the page holds."""

    first = 2

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        query = re.search(r"query: \{'client_id': '([^']+)', 'next_message_id': (\d+)", page.html)
        assert query is not None
        self.client = query[1]
        self.path = (
            f"/_nicegui_ws/socket.io/?client_id={self.client}&next_message_id={query[2]}"
            "&implicit_handshake=true&document_id=d&tab_id=t&old_tab_id=null"
            "&EIO=4&transport=websocket"
        )

    def find(self, name: str) -> Any:
        found = re.search(
            rf'"(\d+)":\{{"tag":"q-btn","props":\{{[^}}]*"label":"{name}"\}},'
            r'"events":\[\{"listener_id":"([^"]+)"',
            self.page.html,
        )
        assert found is not None, f"no button {name}"
        values = {"id": int(found[1]), "listener_id": found[2], "args": []}
        return ["event", {"client_id": self.client, **values}]

    def text(self, found: Any) -> str:
        return "42" + json.dumps(found)

    def answers(self, message: bytes) -> bool:
        return message.startswith(b'42["update"')

    def reply(self, message: bytes) -> str | None:
        return "40" if message.startswith(b"0") else None


def dialect(page: Page) -> Dialect:
    """The one that this page speaks."""
    if "quick_htag_page=" in page.html:
        return QuickHtag(page)
    if "_nicegui" in page.html:
        return NiceGui(page)
    return WebApp(page) if "htag_event('" in page.html else Runner(page)


class Visitor(asyncio.Protocol):
    """A page with its websocket.

    Args:
        page: the page.

    Attributes:
        heard: called with each message after the first ones.

    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.speaks = dialect(page)
        self.heard: Callable[[bytes], object] = lambda _: None
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._data = b""
        self._open = False
        self._left = self.speaks.first

    async def connect(self) -> None:
        """Connect, and hear what the server says first."""
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, self.page.host, self.page.port)
        await asyncio.wait({self.ready, self.lost}, return_when="FIRST_COMPLETED")
        if not self.ready.done():
            raise OSError("the server closed the connection")

    def connection_made(self, transport: Any) -> None:
        self.transport: asyncio.Transport = transport
        place = f"{self.page.host}:{self.page.port}"
        cookies = f"Cookie: {self.page.cookies}\r\n" if self.page.cookies else ""
        key = base64.b64encode(os.urandom(16)).decode()
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        transport.write(
            f"GET {self.speaks.path} HTTP/1.1\r\nHost: {place}\r\nOrigin: http://{place}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\n{cookies}"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.lost.done():
            self.lost.set_result(None)

    def click(self, name: str) -> None:
        """Click a button."""
        self.send(self.speaks.event(name))

    def send(self, text: str, opcode: int = TEXT) -> None:
        """Send a frame; its mask is zero, which changes nothing (RFC 6455 section 5.3)."""
        data = text.encode()
        size = len(data)
        head = bytes((0x80 | opcode, 0x80 | size)) if size < 126 else None
        if head is None:
            head = bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2, "big")
        self.transport.write(head + b"\0\0\0\0" + data)

    def data_received(self, data: bytes) -> None:
        self._data = data = self._data + data if self._data else data
        if not self._open:
            head, found, rest = data.partition(b"\r\n\r\n")
            if not found:
                return
            assert b" 101 " in head[:14], head[:100]
            self._open, self._data, data = True, rest, rest
            if not self._left:
                self.ready.set_result(None)
        self._data = self._frames(data)

    def _frames(self, data: bytes) -> bytes:
        """Use the whole frames; what is left."""
        place, end = 0, len(data)
        while end - place >= 2:
            size, start = data[place + 1], place + 2
            if size >= 126:
                start += 2 if size == 126 else 8
                size = int.from_bytes(data[place + 2 : start], "big")
            if end < start + size or end < start:
                break
            self._frame(data[place] & 15, data[start : start + size])
            place = start + size
        return data[place:]

    def _frame(self, opcode: int, message: bytes) -> None:
        if opcode == PING:
            self.send(message.decode(), PONG)
        elif opcode == TEXT and self._left:
            self._left -= 1
            reply = self.speaks.reply(message)
            if reply is not None:
                self.send(reply)
            if not self._left:
                self.ready.set_result(None)
        elif opcode == TEXT:
            if message == b"2":  # a ping of socket.io
                self.send("3")
            else:
                self.heard(message)
