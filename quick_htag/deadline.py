"""The monotonic clock, and a deadline that walks through a wait of several steps."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], float]

monotonic: Clock = time.monotonic


def get_time() -> float:
    """Seconds of the monotonic clock, as quick_server's function of this name."""
    return time.monotonic()


class Deadline:
    """A point on the monotonic clock; several waits in a row add up to one limit.

    Args:
        timeout: seconds from now; None: never.
        clock: the clock to measure with.

    """

    def __init__(self, timeout: float | None, clock: Clock = monotonic) -> None:
        self._clock = clock
        self._end = None if timeout is None else clock() + timeout

    def remaining(self) -> float | None:
        """Seconds left, never below zero; None: no limit."""
        return None if self._end is None else max(0.0, self._end - self._clock())

    def expired(self) -> bool:
        """Whether the time is up."""
        return self._end is not None and self._clock() >= self._end
