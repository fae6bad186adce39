"""A wait on a descriptor that another thread can end."""

from __future__ import annotations

import select
import socket
import threading


class Wakeup:
    """Ends the waits of one thread, once and for all.

    A socket pair watched beside the descriptor does it, so nothing polls; not a pipe, which
    ``select`` does not take on Windows. Sections that cannot be woken (the line editor, a console)
    are announced, so that nobody waits for them to end.
    """

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._lock = threading.Lock()  # guards the four below
        self._woken = False
        self._unwakeable = False
        self._closed = False

    @property
    def woken(self) -> bool:
        """Whether ``wake`` has been called."""
        with self._lock:
            return self._woken

    def wait(self, fd: int | None = None, timeout: float | None = None) -> bool:
        """Wait until a descriptor is readable. On the waiting thread only.

        Args:
            fd: POSIX: any descriptor, a regular file is always readable; None: just pass the time.
            timeout: seconds; None: until something happens.

        Returns:
            True: ``fd`` is readable; False: woken, or the time is up.

        Raises:
            OSError: ``fd`` is closed.

        """
        watched: list[socket.socket | int] = [self._reader] if fd is None else [self._reader, fd]
        ready, _, _ = select.select(watched, [], [], timeout)
        return fd in ready and self._reader not in ready

    def enter_unwakeable(self) -> bool:
        """Announce a wait that ``wake`` cannot end; False: woken before, do not begin it."""
        with self._lock:
            self._unwakeable = not self._woken
            return self._unwakeable

    def leave_unwakeable(self) -> None:
        """The wait that could not be woken is over."""
        with self._lock:
            self._unwakeable = False

    def wake(self) -> bool:
        """End every wait; True: the waiting thread notices. Any thread, any number of times."""
        with self._lock:
            if not self._woken and not self._closed:
                self._writer.send(b"x")  # one byte in an empty buffer never blocks
            self._woken = True
            return not self._unwakeable

    def close(self) -> None:
        """Close the socket pair; the waiting thread calls it last."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._reader.close()
                self._writer.close()
