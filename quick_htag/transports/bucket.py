"""How often something may happen: a rate on the average, with room for a burst."""

from __future__ import annotations

from typing import Final

_BURST: Final = 10.0  # seconds of the rate that may come at once


class Bucket:
    """Says whether something comes too often. Used by one thread.

    Args:
        rate: times a second, on the average; 0: any number.
        now: monotonic time.

    """

    __slots__ = ("_left", "_most", "_rate", "_when")

    def __init__(self, rate: float, now: float) -> None:
        self._rate = rate
        self._left = self._most = rate * _BURST
        self._when = now

    def take(self, now: float) -> bool:
        """It happens; False: it does so too often."""
        if not self._rate:
            return True
        self._left = min(self._most, self._left + (now - self._when) * self._rate) - 1.0
        self._when = now
        return self._left >= 0.0
