"""What is sent over a socket, by any thread and in order."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .departures import Departures

Unsent = Callable[["OSError | None"], object]
"""Told of the error that ends the connection, or that something is left to be sent. Any thread."""


class SocketOutput:
    """Sends at once what the system takes, and keeps the rest. Any thread; never blocks.

    Args:
        sock: non-blocking.
        departures: where what is sent may wait for others.
        unsent: called after ``send`` and ``depart``, when there is something to tell.

    Attributes:
        left: bytes that the system has not taken.

    """

    def __init__(self, sock: socket.socket, departures: Departures, unsent: Unsent) -> None:
        self._sock = sock
        self._departures = departures
        self._unsent = unsent
        self._lock = threading.Lock()  # guards all below; sends are made under it
        self._out: list[memoryview] = []  # a deque takes 600 bytes when it is empty
        self.left = 0  # bytes in _out
        self._held = b""  # what departs soon; then there is nothing in _out
        self._ended = False  # nothing more is taken

    def send(self, data: bytes) -> bool:
        """Send ``data``, or begin to, if nothing waits before it.

        Returns:
            False when something waits, or the output has ended; then nothing was done.

        """
        departures = self._departures
        with self._lock:
            if self._out or self._ended:
                return False
            if self._held:
                self._held += data
                return True
            if departures.open and departures.hold(self):
                self._held, error, left = data, None, 0
            else:
                error = self._try(data)
                left = self.left
        if departures.due:
            departures.send()
        if left or error is not None:
            self._unsent(error)
        return True

    def depart(self) -> None:
        """Send what was held."""
        with self._lock:
            error = self._send_held()
            left = self.left
        if left or error is not None:
            self._unsent(error)

    def write(self, data: bytes | bytearray | memoryview) -> OSError | None:
        """Send ``data`` behind what waits; nothing happens when the output has ended."""
        with self._lock:
            return None if self._ended else self._send_held() or self._try(data)

    def go_on(self) -> OSError | None:
        """Send what waits, as far as there is room."""
        with self._lock:
            try:
                while self._out:
                    piece = self._out[0]
                    sent = self._sock.send(piece)
                    self.left -= sent
                    if sent < len(piece):
                        self._out[0] = piece[sent:]
                        break
                    del self._out[0]
            except (BlockingIOError, InterruptedError):
                return None
            except OSError as error:
                return error
            return None

    def size(self) -> int:
        """Bytes that were not sent."""
        return self.left + len(self._held)

    def end(self) -> OSError | None:
        """Take no more; what waits is sent by ``go_on``."""
        with self._lock:
            self._ended = True
            return self._send_held()

    def drop(self) -> None:
        """Take no more, and forget what waits."""
        with self._lock:
            self._ended = True
            self._out.clear()
            self.left = 0
            self._held = b""

    def close(self) -> None:
        """Close the socket, while no thread sends."""
        with self._lock:
            self._sock.close()

    # -- the lock is held --------------------------------------------------------------------------

    def _send_held(self) -> OSError | None:
        if not self._held:
            return None
        data, self._held = self._held, b""
        return self._try(data)

    def _try(self, data: bytes | bytearray | memoryview) -> OSError | None:
        """Send what can be sent and keep the rest."""
        sent = 0
        if not self._out:
            try:
                sent = self._sock.send(data)
            except (BlockingIOError, InterruptedError):
                sent = 0
            except OSError as error:
                return error
            if sent == len(data):
                return None
        rest = memoryview(bytes(data))[sent:]
        self._out.append(rest)
        self.left += len(rest)
        return None
