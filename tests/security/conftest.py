"""Servers with a log to look into, and requests as bytes."""

from __future__ import annotations

import io
import socket
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from quick_htag import MessageLog

if TYPE_CHECKING:
    from collections.abc import Callable

    from quick_htag import QuickServer

TIMEOUT = 20.0  # seconds in which an answer must come


class Answer(NamedTuple):
    """An answer as it came; field names in lower case."""

    status: int
    fields: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        """Every value of a field."""
        return [value for key, value in self.fields if key == name]

    def __getitem__(self, name: Any) -> Any:
        found = self.all(name)
        return found[0] if found else None


def parse(data: bytes) -> Answer:
    """The first answer in what a server has sent, and everything behind its head as the body."""
    head, _, body = data.partition(b"\r\n\r\n")
    line, *lines = head.decode("latin-1").split("\r\n")
    fields = [(name.lower(), value.strip()) for name, _, value in (x.partition(":") for x in lines)]
    return Answer(int(line.split()[1]), fields, body)


@pytest.fixture
def log() -> io.StringIO:
    """What the servers of ``serve`` log."""
    return io.StringIO()


@pytest.fixture
def serve(start_server: Any, log: io.StringIO) -> Callable[..., QuickServer]:
    """As ``start_server``, with the log in ``log``."""

    def start(*args: Any, **options: Any) -> QuickServer:
        return start_server(*args, **{"log": MessageLog(log), **options})  # type: ignore[no-any-return]

    return start


@pytest.fixture
def ask() -> Callable[..., Answer]:
    """``ask(server, path, *lines, method="GET", host=None, body=b"")``: the answer to a request.

    ``path`` may be anything, also bytes; nothing is encoded on the way.
    """

    def send(
        server: QuickServer,
        path: str | bytes = "/",
        *lines: str,
        method: str = "GET",
        host: str | None = None,
        body: bytes = b"",
    ) -> Answer:
        address = server.server_address[:2]
        fields = [f"Host: {host or '{}:{}'.format(*address)}", "Connection: close", *lines]
        if body:
            fields.append(f"Content-Length: {len(body)}")
        target = path if isinstance(path, bytes) else path.encode("utf-8", "surrogateescape")
        start = method.encode() + b" " + target + b" HTTP/1.1\r\n"
        head = start + "\r\n".join([*fields, "", ""]).encode("latin-1")
        with socket.create_connection(address, TIMEOUT) as sock:
            sock.sendall(head + body)
            with sock.makefile("rb") as file:
                return parse(file.read())

    return send
