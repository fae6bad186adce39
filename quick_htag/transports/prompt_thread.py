"""A thread whose starter goes on at once.

``Thread.start`` waits until the new thread runs: to sleep, to be woken, and to wait for the
interpreter, which the new thread has by then. Who starts a session's thread waits for its first
page anyway, so that is 55 us of processor for each new session, and an event with its condition and
lock for as long as it lives.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


class _Up:
    """Takes the place of the event by which ``Thread`` tells that it runs."""

    __slots__ = ("_down",)

    def __init__(self) -> None:
        self._down = threading.Lock()  # held: it does not run yet
        self._down.acquire()

    def set(self) -> None:
        """It runs."""
        self._down.release()

    def is_set(self) -> bool:
        """Whether it runs, or has run."""
        return not self._down.locked()

    def wait(self, timeout: float | None = None) -> bool:
        """What ``Thread.start`` does."""
        return True

    def until_set(self, timeout: float | None) -> bool:
        """Wait in earnest; False when so many seconds were not enough."""
        limit = -1.0 if timeout is None else min(max(timeout, 0.0), threading.TIMEOUT_MAX)
        if not self._down.acquire(timeout=limit):
            return False
        self._down.release()
        return True

    def _at_fork_reinit(self) -> None:
        """In a child process, where ``threading`` knows that it has ended before it ran."""
        if self._down.locked():
            self._down.release()


class PromptThread(threading.Thread):
    """A daemon thread. Until it runs, it has no ``ident``, and ``is_alive`` says that it is.

    Args:
        target: what it does.
        name: of the thread.

    """

    def __init__(self, target: Callable[[], object], name: str) -> None:
        super().__init__(target=target, name=name, daemon=True)
        self._begun = False
        self._up: _Up | None = None
        here: Any = self
        if isinstance(getattr(here, "_started", None), threading.Event):  # as in 3.10 to 3.13
            here._started = self._up = _Up()

    def start(self) -> None:
        """See ``threading.Thread``; it may run some moments later.

        Raises:
            RuntimeError: the system starts no more threads, or it was started before.

        """
        before, self._begun = self._begun, True
        try:
            super().start()
        except RuntimeError:
            self._begun = before
            raise

    def is_alive(self) -> bool:
        """Whether it was started and has not ended."""
        if self._up is None or self._up.is_set():
            return super().is_alive()
        return self._begun

    def join(self, timeout: float | None = None) -> None:
        """See ``threading.Thread``."""
        if self._begun and self._up is not None and not self._up.until_set(timeout):
            return
        super().join(timeout)
