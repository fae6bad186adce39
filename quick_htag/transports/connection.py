"""One client connection: its socket, what has arrived, what is still to be sent."""

from __future__ import annotations

import enum
import os
import select
import socket
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from ..messages.body import EMPTY
from ..messages.request import Request
from ..messages.response import FileBody
from ..settings import Settings
from .pace import Pace, unconfirmed
from .poller import READ, WRITE
from .request_parser import Head, HeadParser

if TYPE_CHECKING:
    from ..messages.later_body import LaterBody
    from .body_reader import BodyReader

_RECEIVE: Final = 64 * 1024  # bytes asked for at once
_RECEIVE_HEAD: Final = 16 * 1024  # ... before a body; a smaller block is quicker to get
# bytes sent before other connections get their turn. Clients that load the same file stay closer to
# each other with less, and their processor has it in its caches: 302 files of 10 MB each second for
# four clients with 1 MB, 360 with this, 300 with 64 KB
_TURN: Final = 256 * 1024
_MORE: Final = getattr(socket, "MSG_MORE", 0)  # Linux: a file follows, do not send a small packet
_SENDFILE: Final = getattr(os, "sendfile", None)
_new: Final = object.__new__  # bound once, see ``exchange``
NEVER: Final = float("inf")


class HandshakeError(OSError):
    """No TLS connection came about; the text is for the log."""


class State(enum.Enum):
    """What a connection waits for."""

    HANDSHAKE = "the client's part of a TLS handshake"
    IDLE = "the first byte of a request"
    HEAD = "the rest of a request head"
    BODY = "the rest of a request body"
    BUSY = "its answer"
    PARKED = "somebody to deliver its answer"
    SENDING = "the client to take its answer"
    LINGERING = "the client to stop sending"
    CLOSED = "nothing"


class Connection:
    """A connected socket, non-blocking. Owned by one thread at a time.

    Attributes:
        sock: the socket.
        fd: its number, kept for after it is closed.
        address: host and port of the peer.
        state: what it waits for.
        deadline: monotonic time by which that must come; ``NEVER``: no limit.
        timer_at: see ``poller.Timed``.
        buffer: bytes that have arrived and are not used yet.
        parser: reads request heads.
        head: the head of the request being read or answered.
        request: the request being read or answered.
        unasked: whether the application is still to be asked if it wants the body.
        reader: collects its body.
        started: monotonic time of the first byte of that request.
        polled: the events the poller looks for; 0: it does not know the connection. The hub's.
        closing: it ends after the answer.
        unread: the client may still be sending a body that was refused.
        later: what it waits for when it is parked.
        pace: the time limit of its answer, once the client had to be waited for.
        to_receive: what ``receive`` waits for when it has given None.
        to_send: what ``flush`` waits for when it has given False.

    """

    to_receive = READ
    to_send = WRITE

    __slots__ = (
        "_out",
        "_written",
        "address",
        "buffer",
        "closing",
        "deadline",
        "fd",
        "head",
        "later",
        "pace",
        "parser",
        "polled",
        "reader",
        "request",
        "sock",
        "started",
        "state",
        "timer_at",
        "unasked",
        "unread",
    )

    def __init__(self, sock: socket.socket, address: tuple[str, int], settings: Settings) -> None:
        self.sock = sock
        self.fd = sock.fileno()
        self.address = address
        self.state = State.IDLE
        self.deadline = NEVER
        self.timer_at = NEVER
        self.buffer = bytearray()
        self.parser = HeadParser(settings)
        self.head: Head | None = None
        self.request: Request | None = None
        self.unasked = False
        self.reader: BodyReader | None = None
        self.started = 0.0
        self.polled = 0
        self.closing = False
        self.unread = False
        self.later: LaterBody | None = None
        self.pace: Pace | None = None
        self._written = 0  # bytes sent by ``flush``
        self._out: list[memoryview | FileBody] = []  # hardly ever more than a few

    def secure(self) -> bool:
        """Go on with the handshake of a connection that has one; False: call it again later.

        Raises:
            HandshakeError: there will be no TLS.
            ProtocolError: what arrives is plain text; send the answer as such.
            OSError: the connection is broken.

        """
        return True

    def receive(self) -> bytes | None:
        """What has arrived; empty at the end of the stream; None: nothing yet.

        Raises:
            OSError: the connection is broken.

        """
        try:
            return self.sock.recv(_RECEIVE if self.reader is not None else _RECEIVE_HEAD)
        except (BlockingIOError, InterruptedError):
            return None

    def has_received(self) -> bool:
        """Whether ``receive`` would give something now."""
        return _wait_for(self.sock, READ, 0.0)

    def send(self, *items: bytes | FileBody) -> bool:
        """Send after what is queued; True when everything is gone, else call ``flush`` later.

        Raises:
            OSError: the connection is broken.

        """
        self._enqueue(items)
        return self.flush()

    def send_bytes(self, data: bytes) -> bool:
        """As ``send``, for the usual answer: one piece, one system call.

        Raises:
            OSError: the connection is broken.

        """
        if self._out:
            return self.send(data)
        try:
            sent = self.sock.send(data)
            if sent == len(data):
                return True
        except (BlockingIOError, InterruptedError):
            sent = 0
        self._out.append(memoryview(data)[sent:])
        return False

    @property
    def sends_file(self) -> bool:
        """Whether ``flush`` may read from a disk."""
        return bool(self._out) and isinstance(self._out[-1], FileBody)

    def _enqueue(self, items: Iterable[bytes | FileBody]) -> None:
        for item in items:
            if not isinstance(item, FileBody):
                self._out.append(memoryview(item))
            elif item.length:
                self._out.append(item)
            else:
                item.close()  # nothing follows, so the head must not be held back for it

    def taken(self) -> int:
        """Bytes of answers the client has taken, from any number on: only changes count."""
        return self._written - unconfirmed(self.sock)

    def wait_to_send(self, timeout: float) -> bool:
        """Wait until ``flush`` can send something; False after ``timeout`` seconds.

        Only on a thread that may wait.
        """
        return _wait_for(self.sock, self.to_send, max(timeout, 0.0))

    def flush(self) -> bool:
        """Send what is queued; True when everything is gone.

        Raises:
            OSError: the connection is broken, or a file became shorter than was announced.

        """
        turn = _TURN
        while self._out and turn > 0:
            item = self._out[0]
            try:
                if isinstance(item, FileBody):
                    sent, done = self._send_file(item)
                else:
                    sent = self._send_piece(item, turn, more=len(self._out) > 1)
                    done = sent == len(item)
                    self._out[0] = item[sent:]
            except (BlockingIOError, InterruptedError):
                return False
            turn -= sent
            self._written += sent
            if done:
                del self._out[0]
                if isinstance(item, FileBody):
                    item.close()
        return not self._out

    def _send_piece(self, piece: memoryview, most: int, *, more: bool) -> int:
        """Send the begin of ``piece``; how much of it.

        Args:
            piece: what is to be sent.
            most: bytes of it at most; with a quick client the system takes any number at once.
            more: something follows.

        Raises:
            BlockingIOError: nothing can be sent now.

        """
        if len(piece) > most:
            piece = piece[:most]
        return self.sock.send(piece, _MORE if more else 0)

    def _send_file(self, part: FileBody) -> tuple[int, bool]:
        count = min(part.length, _TURN)
        if _SENDFILE is not None:
            sent = _SENDFILE(self.sock.fileno(), part.file.fileno(), part.offset, count)
        else:
            part.file.seek(part.offset)
            sent = self.sock.send(part.file.read(min(count, _RECEIVE)))
        if not sent:
            raise ConnectionAbortedError("the file became shorter while it was sent")
        part.offset += sent
        part.length -= sent
        return sent, part.length == 0

    def begin_request(self, head: Head, server: Any) -> Request:
        """Take a head that was parsed as that of the request."""
        method, target, version, headers, _, _, _, path, query = head
        self.head = head
        self.request = request = _new(Request)
        request.begin(
            method, target, path, query, version, headers, self.address, server, self.started
        )
        return request

    def forget_request(self) -> None:
        """Release what belongs to the request that has been answered."""
        request = self.request
        if request is not None:
            if request.body is not EMPTY:
                request.body.close()
            self.request = None
        self.head = None

    def end_output(self) -> None:
        """Tell the client that nothing follows; what it sends can be read on, and thrown away.

        Raises:
            OSError: the connection is broken.

        """
        self.sock.shutdown(socket.SHUT_WR)

    def cut_off(self) -> None:
        """Make every call for the socket fail. Any thread.

        Raises:
            OSError: the connection is broken.

        """
        self.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the socket and release everything; safe to call twice."""
        self.state = State.CLOSED
        self.deadline = NEVER
        self.forget_request()
        if self.later is not None:
            self.later.leave()
            self.later = None
        if self.reader is not None:
            self.reader.close()
            self.reader = None
        for item in self._out:
            if isinstance(item, FileBody):
                item.close()
        self._out.clear()
        self.buffer.clear()
        self.sock.close()


def _wait_for(sock: socket.socket, events: int, timeout: float) -> bool:
    """Wait until a socket can be written or read; False after ``timeout`` seconds."""
    if sys.platform != "win32" and hasattr(select, "poll"):
        poller = select.poll()
        poller.register(sock.fileno(), select.POLLOUT if events == WRITE else select.POLLIN)
        return bool(poller.poll(timeout * 1000.0))
    reading, writing = ([], [sock]) if events == WRITE else ([sock], [])
    return any(select.select(reading, writing, [], timeout))
