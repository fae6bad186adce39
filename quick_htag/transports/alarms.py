"""Functions that a loop is to call at a time, noted by any thread.

Every page of a new visitor notes when its app will expire, which is later than what was noted
before. A loop of asyncio is woken for each call it is told of, by a byte in a socket: 80 us of the
sidecar's thread for each page. Here it is woken only for what comes first of all.
"""

from __future__ import annotations

import asyncio
import heapq
import math
import threading
from collections.abc import Callable
from itertools import count
from typing import Any, Final

from ..deadline import Clock, monotonic

_TIDY: Final = 64  # what was undone is taken out when there is more of it than this, and than half


class Alarm(list[Any]):
    """One of them: its time, its number, and what is called; None: it was undone, or called.

    It is what it is sorted by, and what undoes it, which would be two objects more of each app.
    """

    __slots__ = ("_alarms",)

    def __init__(
        self, alarms: Alarms, when: float, number: int, function: Callable[[], object]
    ) -> None:
        super().__init__((when, number, function))
        self._alarms = alarms

    def __call__(self) -> None:
        """Undo it: do not call the function. Any thread; again is harmless."""
        if self[2] is not None:
            self[2] = None  # what it refers to goes now
            self._alarms.undone()

    def ring(self) -> None:
        """Call it. On the loop's thread."""
        function, self[2] = self[2], None
        if function is not None:
            function()


class Alarms:
    """What one loop has to call. Any thread, except where noted.

    Args:
        post: has a function called on the loop's thread soon; False: it has ended.
        clock: that of the loop.

    """

    def __init__(self, post: Callable[[Callable[[], object]], bool], clock: Clock = monotonic):
        self._post = post
        self._clock = clock
        self._serial = count()
        self._handle: asyncio.TimerHandle | None = None  # the loop's thread only
        self._lock = threading.Lock()  # guards everything below
        self._heap: list[Alarm] = []
        self._undone = 0  # of those in the heap
        self._rings_at = math.inf  # when the loop looks here, as far as it was told

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, delay: float, function: Callable[[], object]) -> Callable[[], None]:
        """Call ``function`` in ``delay`` seconds; the value undoes it."""
        when = self._clock() + delay
        alarm = Alarm(self, when, next(self._serial), function)
        with self._lock:
            heapq.heappush(self._heap, alarm)
            first = when < self._rings_at
            if first:
                self._rings_at = when
        if first:
            self._post(self._set)
        return alarm

    def undone(self) -> None:
        """One will not be called."""
        with self._lock:
            self._undone += 1
            if self._undone > _TIDY and self._undone > len(self._heap) // 2:
                self._heap = [one for one in self._heap if one[2] is not None]
                heapq.heapify(self._heap)
                self._undone = 0

    # -- on the loop's thread ----------------------------------------------------------------------

    def _set(self) -> None:
        """See to it that the loop looks here when the first is due."""
        with self._lock:
            while self._heap and self._heap[0][2] is None:
                heapq.heappop(self._heap)
                self._undone -= 1
            self._rings_at = when = self._heap[0][0] if self._heap else math.inf
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        if when != math.inf:
            loop = asyncio.get_running_loop()
            self._handle = loop.call_later(max(when - self._clock(), 0.0), self._ring)

    def _ring(self) -> None:
        loop, now = asyncio.get_running_loop(), self._clock()
        with self._lock:
            while self._heap and self._heap[0][0] <= now:
                alarm = heapq.heappop(self._heap)
                if alarm[2] is None:
                    self._undone -= 1
                else:
                    loop.call_soon(alarm.ring)  # one that fails must not take others along
        self._set()
