"""A page without a browser or a library for websockets: its transports over HTTP, by hand."""

import http.client
import json
import re
from collections.abc import Iterator
from typing import Any

LIMIT = 30.0


class RawPage:
    """What ``js/transport.js`` does, without a browser.

    Attributes:
        numbers: of the payloads applied, in order.
        acknowledged: number of the last event the server has.
        done: numbers of the events handled.

    """

    def __init__(self, server, css_class: str = "more") -> None:
        self.address = server.server_address[:2]
        answer = self.request("GET", "/")
        self.cookie = str(answer.headers["Set-Cookie"]).split(";")[0]
        html = answer.body.decode()
        config = json.loads(re.search(r"quick_htag_page=(\{.*?\})</script>", html)[1])
        self.page, self.seen = config["page"], config["seen"]
        self.html = html
        self.payload = _click(html, css_class)
        self.numbers: list[int] = []
        self.acknowledged, self.sent = 0, 0
        self.done: set[int] = set()

    def request(self, method: str, path: str, body: str = "") -> Any:
        """An answer on a connection of its own, read to the end."""
        connection = self.connect()
        try:
            connection.request(method, path, body, self.headers() if path != "/" else {})
            answer: Any = connection.getresponse()
            answer.body = answer.read()
        finally:
            connection.close()
        return answer

    def connect(self) -> http.client.HTTPConnection:
        """A new connection."""
        return http.client.HTTPConnection(*self.address, timeout=LIMIT)

    def headers(self) -> dict[str, str]:
        """Of the page."""
        return {"Cookie": self.cookie, "Origin": "http://{}:{}".format(*self.address)}

    def take(self, text: str) -> None:
        """A message has come."""
        message = json.loads(text)
        if message.get("full"):
            raise AssertionError("nothing is so old that the page must be redrawn")
        if "n" in message and message["n"] > self.seen:
            self.seen = message["n"]
            self.numbers.append(self.seen)
        heard = max(message.get(name, 0) for name in ("ack", "done", "hello"))
        self.acknowledged = max(self.acknowledged, heard)
        self.done |= {message[key] for key in message if key == "done"}

    def send(self, more: int) -> None:
        """Click, and post every event the server has not acknowledged."""
        self.sent += more
        events = range(self.acknowledged + 1, self.sent + 1)
        texts = [json.dumps({"n": number, "p": self.payload}) for number in events]
        if texts:
            self.request("POST", f"/event?page={self.page}", json.dumps(texts))  # answer unheard

    def by_events(self) -> Iterator[str]:
        """The messages of a stream; closing it cuts the connection."""
        connection = self.connect()
        path = f"/stream?page={self.page}&seen={self.seen}"
        connection.request("GET", path, headers=self.headers())
        answer = connection.getresponse()
        try:
            while True:
                line = answer.readline().decode()
                if line.startswith("data: "):
                    yield line[6:]
        finally:
            answer.close()
            connection.close()

    def by_polls(self) -> Iterator[str]:
        """The messages of polls; closing it cuts the connection."""
        connection = self.connect()
        query = f"seen={self.seen}"
        name, number = "", 0
        try:
            while True:
                path = f"/poll?page={self.page}&{query}"
                connection.request("POST", path, "", self.headers())
                answer = json.loads(connection.getresponse().read())
                assert "close" not in answer, answer
                yield from answer["m"]
                name = answer.get("c", name)
                number += 1
                query = f"c={name}&k={number}"
        finally:
            connection.close()


def _click(html: str, css_class: str) -> Any:
    tag = re.search(rf'<\w+ [^>]*class="{css_class}"[^>]*>', html)[0]
    found = re.search(r"htag_event\('([^']+)'", tag)
    if found:
        return {"id": found[1], "event": "click", "data": {}}
    text = re.search(r"interact\( ({.*?}) \)", tag.replace("&quot;", '"'))
    return json.loads(text[1].replace("jevent(event)", "{}"))
