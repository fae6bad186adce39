"""How long requests took, as counts in fixed buckets, and what can be read from them."""

from __future__ import annotations

from typing import Final

from ..record import record

BOUNDS: Final = (
    *(0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05),
    *(0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0),
)
"""Upper bounds of the buckets, in seconds, inclusive; one more bucket has what is above."""


@record(frozen=True)
class Histogram:
    """Durations of requests.

    Attributes:
        counts: requests in each bucket, one for each of ``BOUNDS`` and one for what is above.
        seconds: the sum of all durations.

    """

    counts: tuple[int, ...] = (0,) * (len(BOUNDS) + 1)
    seconds: float = 0.0

    @property
    def total(self) -> int:
        """How many requests there were."""
        return sum(self.counts)

    @property
    def mean(self) -> float | None:
        """Seconds of a request on average; None: there was none."""
        total = self.total
        return self.seconds / total if total else None

    def percentile(self, percent: float) -> float | None:
        """Seconds within which ``percent`` of 100 requests were answered; None: there was none.

        Inside of a bucket requests are taken to be spread evenly, so the value is exact at the
        bounds only. What took longer than the last bound counts as that.
        """
        wanted = self.total * percent / 100.0
        if not self.total:
            return None
        reached, below = 0, 0.0
        for count, bound in zip(self.counts, BOUNDS, strict=False):
            if count and reached + count >= wanted:
                return below + (bound - below) * max(wanted - reached, 0.0) / count
            reached, below = reached + count, bound
        return BOUNDS[-1]
