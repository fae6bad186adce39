"""Waits of the main thread that every signal ends.

Python only takes a note of a signal, and its handler runs when the main thread comes by. A signal
that comes when that is just about to wait, or that the system gives to another thread, does not
interrupt the wait, and is noticed at its end only. So the main thread waits at a socket into which
the interpreter writes with each signal: ``signal.set_wakeup_fd``.
"""

from __future__ import annotations

import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_WINDOWS = sys.platform == "win32"
_PAUSE = 0.5 if _WINDOWS else None  # seconds: nothing there interrupts a wait by itself
_FIRST_LOOK = 0.05  # seconds, and twice as long each time, without a bell ...
_LONG_LOOK = 0.5 if _WINDOWS else 3600.0  # ... in the end


class Bell:
    """What the main thread waits at; a forked child that has it as well only wakes it up."""

    def __init__(self) -> None:
        self._woken, self._waker = socket.socketpair()
        self._woken.settimeout(_PAUSE)
        self._waker.setblocking(False)

    def fileno(self) -> int:
        """Whoever writes to this descriptor rings."""
        return self._waker.fileno()

    def ring(self) -> None:
        """End a wait, or the next one. Any thread, and handlers of signals."""
        with suppress(BlockingIOError):  # full: it has been rung
            self._waker.send(b"\0")

    def wait(self) -> None:
        """Wait until it has been rung; it may as well return for nothing."""
        with suppress(TimeoutError):
            self._woken.recv(4096)

    def close(self) -> None:
        """Nobody rings any more."""
        self._woken.close()
        self._waker.close()


@contextmanager
def signal_bell() -> Iterator[Bell | None]:
    """A bell that each signal with a handler rings, in the block.

    None where there can be none: off the main thread, which alone hears of signals; where somebody
    else, a loop of asyncio say, is told by the interpreter; and where no descriptor is left.
    """
    bell = None
    if threading.current_thread() is threading.main_thread():
        with suppress(OSError):
            bell = Bell()
    if bell is None:
        yield None
        return
    try:
        before = signal.set_wakeup_fd(bell.fileno(), warn_on_full_buffer=False)
        # its own number is that of one who was there before and has closed it
        yield None if before != bell.fileno() and _tell(before) else bell
    finally:
        found = signal.set_wakeup_fd(-1)
        if found != bell.fileno():
            _tell(found)
        bell.close()


def _tell(somebody: int) -> bool:
    """Have the interpreter tell somebody else; False: there is nobody."""
    if somebody == -1:
        return False
    try:
        signal.set_wakeup_fd(somebody)
    except (OSError, ValueError):  # closed, or no longer fit for it
        return False
    return True


class Ending:
    """That something is to end, and the wait for it. Any thread."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.RLock()  # guards the next; a handler may interrupt who holds it
        self._bell: Bell | None = None  # of the main thread, while that waits

    def is_set(self) -> bool:
        """Whether it is to end."""
        return self._event.is_set()

    def set(self) -> None:
        """It is to end; again is harmless."""
        self._event.set()
        with self._lock:
            if self._bell is not None:
                self._bell.ring()

    def wait(self) -> None:
        """Wait until it is to end. On the main thread handlers of signals run meanwhile."""
        with signal_bell() as bell:
            if bell is None:
                self._look_now_and_then()
                return
            self._be_told_by(bell)
            try:
                while not self._event.is_set():
                    bell.wait()
            finally:
                self._be_told_by(None)

    def _be_told_by(self, bell: Bell | None) -> None:
        with self._lock:
            self._bell = bell

    def _look_now_and_then(self) -> None:
        # a signal comes too early in the first moments, if ever
        pause = _FIRST_LOOK
        while not self._event.wait(pause):
            pause = pause * 2.0 if pause < 0.4 else _LONG_LOOK
