"""Lines of JSON between the supervisor and a worker, over one end of a pair of sockets.

Who reads never changes the mode of the descriptor, and does not rely on it: it belongs to all
copies of the descriptor, and ``handover`` has copies of its own.
"""

from __future__ import annotations

import json
import select
import socket
import threading
from collections import deque
from typing import Any, Final

from ..deadline import Deadline

LONGEST: Final = 4 * 1024 * 1024 - 1024  # bytes of a line; ``Mailbox`` takes no longer ones

_READ: Final = 64 * 1024
_SEND_LIMIT: Final = 30.0  # seconds in which the other side has to read
_MOST_WAITING: Final = 32 * 1024 * 1024  # bytes for a worker that reads nothing
_DONTWAIT: Final = getattr(socket, "MSG_DONTWAIT", 0)


def line_of(what: dict[str, Any]) -> bytes:
    """One message.

    Raises:
        ValueError: it is too long.

    """
    line = json.dumps(what).encode() + b"\n"
    if len(line) > LONGEST:
        raise ValueError(f"a message between workers has at most {LONGEST} bytes, not {len(line)}")
    return line


class Channel:
    """The worker's end: reads on one thread, writes on any.

    Args:
        sock: stays the caller's.

    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._sending = threading.Lock()  # guards the order of bytes written
        self._rest = b""  # the reading thread only, as the next
        self._lines: deque[bytes] = deque()

    def read(self, timeout: float | None = None) -> dict[str, Any] | None:
        """The next message; None: the other side is gone, or the time is up."""
        deadline = Deadline(timeout)
        while not self._lines:
            if not select.select([self._sock], [], [], deadline.remaining())[0]:
                return None
            try:
                data = self._sock.recv(_READ, _DONTWAIT)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            if not data:
                return None
            *lines, self._rest = (self._rest + data).split(b"\n")
            self._lines.extend(lines)
        found: dict[str, Any] = json.loads(self._lines.popleft())
        return found

    def send(self, what: dict[str, Any]) -> None:
        """Write a message.

        Raises:
            OSError: the other side is gone, or reads nothing.
            ValueError: it is too long.

        """
        line = memoryview(line_of(what))
        deadline = Deadline(_SEND_LIMIT)
        with self._sending:
            while line:
                try:
                    line = line[self._sock.send(line, _DONTWAIT) :]
                except BlockingIOError:
                    if not select.select([], [self._sock], [], deadline.remaining())[1]:
                        raise TimeoutError("the supervisor reads nothing") from None


class Outgoing:
    """What the supervisor has to say to a worker, which may read slowly. One thread.

    Args:
        sock: stays the caller's.

    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._waiting = bytearray()

    def __bool__(self) -> bool:
        """Whether something waits."""
        return bool(self._waiting)

    def add(self, line: bytes) -> bool:
        """One more message; False: too much waits, and it is left out."""
        if self._waiting and len(self._waiting) + len(line) > _MOST_WAITING:
            return False
        self._waiting += line
        self.flush()
        return True

    def flush(self) -> None:
        """Write what can be written at once."""
        while self._waiting:
            try:
                sent = self._sock.send(self._waiting[:_READ], _DONTWAIT)
            except BlockingIOError:
                return
            except OSError:  # it is gone, which is seen where it is read
                self._waiting.clear()
                return
            del self._waiting[:sent]
