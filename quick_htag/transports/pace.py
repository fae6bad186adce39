"""How long a peer may take: a time limit that bytes extend, and that nobody can stretch."""

from __future__ import annotations

import functools
import importlib
import socket
import sys
from typing import Any


@functools.cache  # two modules less before the first answer; the third time costs 0.1 µs
def _outgoing() -> tuple[Any, int] | None:
    """The call for the bytes of a socket that are not confirmed, and its number (Linux)."""
    system: str = sys.platform  # as a value, so that every branch is checked on each system
    if system != "linux":
        return None
    fcntl: Any = importlib.import_module("fcntl")
    termios: Any = importlib.import_module("termios")
    return fcntl.ioctl, int(termios.TIOCOUTQ)  # which is SIOCOUTQ for a socket


def unconfirmed(sock: socket.socket) -> int:
    """Bytes that were sent and that the peer has not confirmed; 0 where the system does not tell.

    What a peer takes is seen exactly with it. Without it, only when the system takes more from us:
    then a third of its memory for the connection is free, which a slow peer needs minutes for.
    """
    outgoing = _outgoing()
    if outgoing is None:
        return 0
    call, number = outgoing
    try:
        answer: bytes = call(sock.fileno(), number, b"\0\0\0\0")
    except (OSError, ValueError):  # closed meanwhile: whoever uses it is told
        return 0
    return int.from_bytes(answer, sys.byteorder)


class Pace:
    """A deadline that moves away with each byte, though never more than the grace from now.

    So silence ends after the grace, whatever came before; and who is slower than the rate uses the
    grace up, once. Used by one thread at a time.

    Args:
        grace: seconds.
        rate: bytes a second that have to be reached on the average; 0: any number, even one.
        now: monotonic time at which it begins.
        done: bytes that were moved before.

    Attributes:
        deadline: monotonic time.

    """

    __slots__ = ("_done", "_grace", "_paused", "_rate", "deadline")

    def __init__(self, grace: float, rate: float, now: float, done: int = 0) -> None:
        self._grace = grace
        self._rate = rate
        self._done = done
        self._paused = 0.0
        self.deadline = now + grace

    def reached(self, done: int, now: float) -> float:
        """So many bytes were moved by now, in all; the deadline."""
        more, self._done = done - self._done, done
        if more > 0:
            most = now + self._grace
            self.deadline = min(self.deadline + more / self._rate, most) if self._rate else most
        return self.deadline

    def pause(self, now: float) -> None:
        """The peer has nothing to do from now on; what is left of its time waits for ``resume``."""
        self._paused = self.deadline - now

    def resume(self, done: int, now: float) -> None:
        """It has again, with so many bytes moved."""
        self.deadline = now + self._paused
        self.reached(done, now)
