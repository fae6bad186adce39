"""A client that sends bytes as they are, for what libraries would never send."""

from __future__ import annotations

import http.client
import socket
from contextlib import ExitStack
from email.message import Message
from io import StringIO
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from quick_htag import MessageLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from quick_htag import QuickServer

TIMEOUT = 10.0  # seconds in which an answer must come


class Reply(NamedTuple):
    """An answer as it came over the wire."""

    line: str
    status: int
    headers: Message
    body: bytes


class Wire:
    """One connection. ``ask`` sends and reads one answer; what follows stays for the next."""

    def __init__(self, server: QuickServer) -> None:
        self.sock = socket.create_connection(server.server_address[:2], TIMEOUT)
        self.file = self.sock.makefile("rb")

    def send(self, data: str | bytes) -> None:
        """Send bytes, or text with its line ends made those of HTTP."""
        self.sock.sendall(data if isinstance(data, bytes) else data.replace("\n", "\r\n").encode())

    def read(self) -> Reply:
        """The next answer, whose body has a length or ends with the connection."""
        line = self.file.readline().decode("latin-1").rstrip()
        assert line.startswith("HTTP/1.1 "), line
        status = int(line.split()[1])
        headers = http.client.parse_headers(self.file)
        length = headers["Content-Length"]
        bare = status < 200 or status in (204, 304)
        body = b"" if bare else self.file.read(-1 if length is None else int(length))
        return Reply(line, status, headers, body)

    def ask(self, data: str | bytes) -> Reply:
        """Send, and read one answer."""
        self.send(data)
        return self.read()

    def rest(self) -> bytes:
        """Everything up to the end of the connection."""
        return self.file.read()

    def close(self) -> None:
        """End the connection."""
        self.file.close()
        self.sock.close()


@pytest.fixture
def connect() -> Iterator[Callable[[QuickServer], Wire]]:
    """``connect(server)`` opens a connection that ends with the test."""
    with ExitStack() as stack:

        def start(server: QuickServer) -> Wire:
            wire = Wire(server)
            stack.callback(wire.close)
            return wire

        yield start


@pytest.fixture
def logged() -> StringIO:
    """What servers of ``quiet`` have logged."""
    return StringIO()


@pytest.fixture
def quiet(start_server: Callable[..., QuickServer], logged: StringIO) -> Callable[..., QuickServer]:
    """``start_server`` with a log of its own, for tests that make errors."""

    def start(setup: Any = None, **options: Any) -> QuickServer:
        return start_server(setup, log=MessageLog(logged), **options)

    return start
