"""Processes that have loaded their app and wait for a visitor."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from ..deadline import Deadline
from ..errors import AppFailed

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from .seat import Seat


class Spares:
    """Of one bound app. Any thread.

    Args:
        launch: starts a process; does not wait for it.
        wanted: how many are to wait.
        executor: starts those in the background.

    """

    def __init__(self, launch: Callable[[], Seat], wanted: int, executor: Executor) -> None:
        self._launch = launch
        self._wanted = wanted
        self._executor = executor
        self._lock = threading.Lock()  # guards the two below
        self._waiting: list[Seat] = []  # the oldest first
        self._closed = False

    def __len__(self) -> int:
        return len(self._waiting)

    def fill(self) -> None:
        """Start what is missing, in the background."""
        with suppress(RuntimeError):  # the server stops
            self._executor.submit(self._fill)

    def take(self, timeout: float) -> Seat:
        """One that is ready; its place is taken by another one.

        Args:
            timeout: seconds to wait, if it has to be started.

        Raises:
            AppFailed: the app cannot be loaded, or the process not be started.

        """
        deadline = Deadline(timeout)
        while (seat := self._pop()) is not None:
            try:
                seat.wait_ready(deadline.remaining() or 0.0)
            except AppFailed:  # the file may have changed since it was started
                if deadline.expired():
                    raise
                continue
            if seat.usable:
                self.fill()
                return seat
        seat = self._launch()
        seat.wait_ready(deadline.remaining() or 0.0)
        self.fill()
        return seat

    def drop(self, seat: Seat) -> None:
        """It has ended; the next is started when a visitor comes, or it would go on for ever."""
        with self._lock:
            if seat in self._waiting:
                self._waiting.remove(seat)

    def close(self) -> list[Seat]:
        """Start no more; those that wait, which are to be ended."""
        with self._lock:
            self._closed = True
            waiting, self._waiting = self._waiting, []
        return waiting

    def _pop(self) -> Seat | None:
        """The first that is ready, else the first."""
        with self._lock:
            if not self._waiting:
                return None
            found = next((one for one in self._waiting if one.settled()), self._waiting[0])
            self._waiting.remove(found)
            return found

    def _fill(self) -> None:
        while True:
            with self._lock:
                if self._closed or len(self._waiting) >= self._wanted:
                    return
                try:
                    self._waiting.append(self._launch())
                except AppFailed:  # told to the visitor who needs it
                    return
