"""Servers to stand behind ours: one that does what a test says, byte by byte."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 20.0


class RawServer:
    """Accepts connections; ``script(sock, number)`` does the rest, on a thread each."""

    def __init__(self, script: Callable[[socket.socket, int], object]) -> None:
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.accepted = 0
        self._script = script
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._serve, daemon=True)]
        self._threads[0].start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # the test is over
            while True:
                sock, _ = self.sock.accept()
                sock.settimeout(PATIENCE)
                self._open.append(sock)
                self.accepted += 1
                thread = threading.Thread(target=self._run, args=(sock, self.accepted), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _run(self, sock: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError), sock:
            self._script(sock, number)

    def end(self) -> None:
        """Close everything."""
        with contextlib.suppress(OSError):  # not every system shuts listening sockets down
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE)


def read_head(sock: socket.socket) -> bytes:
    """A request head, or what came before the end."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(65536)
        if not more:
            break
        data += more
    return data


@pytest.fixture
def upstream() -> Iterator[Callable[..., RawServer]]:
    """``upstream(script)``, or ``upstream(answer=b"...")`` to each request head, then the end."""
    running: list[RawServer] = []

    def start(
        script: Callable[[socket.socket, int], object] | None = None, *, answer: bytes = b""
    ) -> RawServer:
        def fixed(sock: socket.socket, _: int) -> None:
            if read_head(sock):
                sock.sendall(answer)

        running.append(RawServer(script or fixed))
        return running[-1]

    yield start
    for server in running:
        server.end()
