"""A limit on the number of keys in a store that cannot count them quickly."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ..deadline import Clock, monotonic

_PAUSE = 1.0  # seconds between two counts at least


class Quota:
    """Counts now and then, and adds what was made since. Any thread.

    It counts again when half of the room that was left is used up, so the work for each key stays
    the same however many there are. Other processes are noticed with the next count.

    Args:
        limit: how many there may be.
        count: counts them; may take a while.
        clock: the monotonic clock.

    """

    def __init__(self, limit: int, count: Callable[[], int], clock: Clock = monotonic) -> None:
        self._limit = limit
        self._count = count
        self._clock = clock
        self._lock = threading.Lock()  # guards everything below; ``count`` is called under it
        self._counted: int | None = None
        self._made = 0
        self._slack = 0
        self._when = 0.0  # monotonic time of the last count

    def take(self) -> bool:
        """Whether one more may be made; it counts as made then."""
        with self._lock:
            now = self._clock()
            used_up = self._made >= self._slack and now - self._when >= _PAUSE
            if self._counted is None or used_up:
                self._counted, self._made, self._when = self._count(), 0, now
                self._slack = max(0, self._limit - self._counted) // 2
            if self._counted + self._made >= self._limit:
                return False
            self._made += 1
            return True

    def reset(self) -> None:
        """Count anew with the next one; for who has made room."""
        with self._lock:
            self._counted = None
