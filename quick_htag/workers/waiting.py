"""Where a supervisor waits: for what its workers say, and for what other threads want of it."""

from __future__ import annotations

import queue
import selectors
import socket
from collections.abc import Callable
from contextlib import suppress

from .child import Child


class Waiting:
    """One place to wait in. The thread of the supervisor only, but for ``call_soon``.

    Args:
        hear: called with a worker that may have said something.

    """

    def __init__(self, hear: Callable[[Child], object]) -> None:
        self._hear = hear
        self._work: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self._woken, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._woken, selectors.EVENT_READ, None)
        self._watched: dict[Child, int] = {}  # for what

    def call_soon(self, work: Callable[[], object]) -> None:
        """Have it called on the thread of the supervisor. Any thread, and handlers of signals."""
        self._work.put(work)
        with suppress(OSError):  # full: it wakes up anyway; closed: it is over
            self._waker.send(b"x")

    def fileno(self) -> int:
        """Whoever writes to this descriptor wakes it up; for ``signal.set_wakeup_fd``."""
        return self._waker.fileno()

    def add(self, child: Child) -> None:
        """Hear a worker from now on."""
        self._watched[child] = 0

    def forget(self, child: Child) -> None:
        """Hear it no longer; its channel is still open."""
        if self._watched.pop(child):
            self._selector.unregister(child.sock)

    def wait(self, timeout: float | None) -> None:
        """Wait for ``timeout`` seconds, or until there is something; then do it."""
        for child in self._watched:
            self._watch(child)
        for key, _ in self._selector.select(timeout):
            if key.data is None:
                with suppress(BlockingIOError):
                    self._woken.recv(4096)
            else:
                child = key.data
                child.outgoing.flush()
                self._hear(child)
        with suppress(queue.Empty):
            while True:
                self._work.get_nowait()()

    def _watch(self, child: Child) -> None:
        """For what it says, and for room to tell it what waits."""
        events = 0 if child.mailbox.closed else selectors.EVENT_READ
        events |= selectors.EVENT_WRITE if child.outgoing else 0
        if events != self._watched[child]:
            if self._watched[child]:
                self._selector.unregister(child.sock)
            if events:
                self._selector.register(child.sock, events, child)
            self._watched[child] = events

    def close(self) -> None:
        """Nobody waits any more."""
        self._selector.close()
        self._woken.close()
        self._waker.close()
