"""A client that sends bytes as they are and reads exactly one response at a time."""

from __future__ import annotations

import contextlib
import socket
from typing import NamedTuple, TypeVar

W = TypeVar("W", bound="Wire")

PATIENCE = 60.0  # seconds in which the server must answer, on a busy machine too


class Answer(NamedTuple):
    """One response as it came in."""

    version: str
    status: int
    fields: list[tuple[str, str]]
    body: bytes = b""

    def field(self, name: str) -> str | None:
        """The only value of a field, or None."""
        found = self.all(name)
        assert len(found) < 2, f"{name} is there {len(found)} times"
        return found[0] if found else None

    def all(self, name: str) -> list[str]:
        """Every value of a field."""
        return [value for key, value in self.fields if key.lower() == name.lower()]


class Wire:
    """A connected socket.

    Attributes:
        sock: it.
        received: bytes that nobody has taken.

    """

    def __init__(self, address: tuple[str, int], timeout: float = PATIENCE) -> None:
        self.sock = socket.create_connection(address, timeout)
        self.received = b""

    def send(self: W, *data: bytes) -> W:
        """Send all of it."""
        self.sock.sendall(b"".join(data))
        return self

    def _more(self) -> None:
        data = self.sock.recv(65536)
        if not data:
            raise EOFError(f"the server closed after {self.received[:200]!r}")
        self.received += data

    def take(self, count: int) -> bytes:
        """Exactly ``count`` bytes."""
        parts, left = [self.received[:count]], count - len(self.received)
        self.received = self.received[count:]
        while left > 0:
            data = self.sock.recv(min(left, 1 << 20))
            if not data:
                raise EOFError(f"the server closed with {left} bytes missing")
            parts.append(data)
            left -= len(data)
        return b"".join(parts)

    def line(self, end: bytes = b"\r\n") -> bytes:
        """What comes before ``end``."""
        while end not in self.received:
            self._more()
        found, _, self.received = self.received.partition(end)
        return found

    def rest(self) -> bytes:
        """Everything until the server closes."""
        with contextlib.suppress(EOFError):
            while True:
                self._more()
        found, self.received = self.received, b""
        return found

    def answer(self, method: str = "GET") -> Answer:
        """The next response to a request with ``method``."""
        status_line, *lines = self.line(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, status, _ = status_line.split(" ", 2)
        fields = [(name, value.strip()) for name, _, value in (x.partition(":") for x in lines)]
        found = Answer(version, int(status), fields)
        if method == "HEAD" or found.status < 200 or found.status in (204, 304):
            return found
        return found._replace(body=self._body(found))

    def _body(self, answer: Answer) -> bytes:
        length = answer.field("Content-Length")
        if answer.field("Transfer-Encoding") == "chunked":
            assert length is None
            pieces = []
            while size := int(self.line(), 16):
                pieces.append(self.take(size))
                assert self.take(2) == b"\r\n"
            assert self.line() == b""
            return b"".join(pieces)
        return self.rest() if length is None else self.take(int(length))

    def closed(self) -> bool:
        """Wait for the server to close; True when it did so without another byte."""
        try:
            return self.received == b"" and self.sock.recv(1) == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        """Close the socket."""
        self.sock.close()

    def __enter__(self: W) -> W:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
