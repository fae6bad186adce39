"""What happens to the jobs of a server at a time, on the one thread that waits for it."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from itertools import count

from ..deadline import Clock, monotonic
from ..interfaces import Log
from ..logs import ERR_SOURCE_WORKER
from .reaper import Reaper

_FAILED = "something about jobs that was to happen now has failed"


class Timetable:
    """Functions with the time at which they are called, and what has a deadline. Any thread.

    Args:
        next_deadline: monotonic time at which there is something to reap; None: never.
        reap: does it.
        log: told of failures.
        clock: the monotonic clock.

    """

    def __init__(
        self,
        next_deadline: Callable[[], float | None],
        reap: Callable[[], object],
        log: Log,
        clock: Clock = monotonic,
    ) -> None:
        self._next_deadline = next_deadline
        self._reap = reap
        self._log = log
        self._clock = clock
        self._lock = threading.Lock()  # guards _heap
        self._heap: list[tuple[float, int, Callable[[], object]]] = []
        self._serial = count()  # of two with the same time the first goes first
        self._reaper = Reaper(self._next, self._work, log, clock)

    def at(self, when: float, function: Callable[[], object]) -> None:
        """Call ``function``, which is quick, at that monotonic time, on the reaper's thread."""
        with self._lock:
            heapq.heappush(self._heap, (when, next(self._serial), function))
        self._reaper.expect(when)

    def after(self, seconds: float, function: Callable[[], object]) -> None:
        """Call it so many seconds from now."""
        self.at(self._clock() + seconds, function)

    def expect(self, deadline: float) -> None:
        """``next_deadline`` may have come nearer, to this."""
        self._reaper.expect(deadline)

    def _next(self) -> float | None:
        deadline = self._next_deadline()
        with self._lock:
            first = self._heap[0][0] if self._heap else None
        return min((one for one in (deadline, first) if one is not None), default=None)

    def _work(self) -> None:
        now, due = self._clock(), []
        with self._lock:
            while self._heap and self._heap[0][0] <= now:
                due.append(heapq.heappop(self._heap)[2])
        for function in (*due, self._reap):
            try:
                function()
            except Exception as error:  # noqa: BLE001 one that fails must not take others along
                self._log.error(ERR_SOURCE_WORKER, _FAILED, error)

    def stop(self, timeout: float) -> None:
        """Nothing happens any more; the thread is waited for. Again is harmless."""
        self._reaper.stop(timeout)
