"""Answers every request with what is wrong with the program, on the sockets that it left.

Who has seen it already (``Quick-Htag-Seen``) is answered by the end of the connection, as soon as
the program is started again: so a page comes back by itself, and nobody asks again and again.
"""

from __future__ import annotations

import json
import os
import secrets
import select
import socket
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType

from ..messages.problem_html import problem_page

SEEN = "quick-htag-seen"  # the number of the problem that a page shows
MOST = 100  # connections; the oldest makes room
HEAD_LENGTH = 16 * 1024  # bytes of a request that are looked at

_TLS = 0x16  # first byte of a client that speaks TLS, RFC 8446 section 5.1: it cannot be answered

_TITLE = "The program cannot run"


class ProblemPage:
    """Serves in ``serve``, on the thread that calls it; a context manager, which closes.

    Args:
        listeners: descriptors of listening sockets, which stay the caller's.
        text: what is wrong.

    """

    def __init__(self, listeners: Iterable[int], text: str) -> None:
        self.number = secrets.token_hex(4)
        self._text = text
        # copies of the descriptors; their modes are shared with the program and stay as they are
        self._listeners = [socket.socket(fileno=os.dup(fd)) for fd in listeners]
        self._open: dict[socket.socket, bytes] = {}  # the head of each request so far
        self._held: set[socket.socket] = set()

    def __enter__(self) -> ProblemPage:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for sock in (*self._open, *self._held, *self._listeners):
            sock.close()
        self._open, self._held = {}, set()

    def serve(self, seconds: float) -> None:
        """Wait so long for one round of requests, and answer it."""
        watched = [*self._listeners, *self._open, *self._held]
        for sock in select.select(watched, [], [], seconds)[0]:
            if sock in self._listeners:
                self._accept(sock)
            else:
                self._read(sock)

    def _accept(self, listener: socket.socket) -> None:
        try:
            sock, _ = listener.accept()
        except OSError:  # it has left
            return
        sock.setblocking(False)
        if len(self._open) + len(self._held) >= MOST:
            self._close(next(iter(self._open), None) or next(iter(self._held)))
        self._open[sock] = b""

    def _close(self, sock: socket.socket) -> None:
        self._open.pop(sock, None)
        self._held.discard(sock)
        sock.close()

    def _read(self, sock: socket.socket) -> None:
        try:
            data = sock.recv(HEAD_LENGTH)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        head = self._open.get(sock, b"") + data
        if not data or sock in self._held or head[0] == _TLS:
            self._close(sock)
        elif b"\r\n\r\n" not in head and len(head) < HEAD_LENGTH:
            self._open[sock] = head
        else:
            self._answer(sock, _fields(head))

    def _answer(self, sock: socket.socket, fields: dict[str, str]) -> None:
        if fields.get(SEEN) == self.number:
            del self._open[sock]
            self._held.add(sock)
            return
        kind, body = self._body("text/html" in fields.get("accept", ""), SEEN in fields)
        data = body.encode("utf-8", "replace")
        head = (
            f"HTTP/1.1 503 Service Unavailable\r\nContent-Type: {kind}; charset=utf-8\r\n"
            f"Content-Length: {len(data)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
        )
        with suppress(OSError):  # it has left; what does not fit is not worth a wait
            sock.send(head.encode() + data)
            sock.shutdown(socket.SHUT_WR)
        self._close(sock)

    def _body(self, browser: bool, page: bool) -> tuple[str, str]:
        """Media type and text, for a browser, a page that is open, or a program."""
        if page:
            return "application/json", json.dumps({"problem": self._text, "number": self.number})
        if browser:
            return "text/html", problem_page(_TITLE, self._text, number=self.number)
        return "text/plain", f"{_TITLE}.\n\n{self._text}\n"


def _fields(head: bytes) -> dict[str, str]:
    """The header fields of a request, by their names in small letters."""
    lines = head.decode("latin-1").split("\r\n")[1:]
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
