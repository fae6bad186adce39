"""When a process that has died is started again. Pure."""

from __future__ import annotations

from typing import Final

SETTLED: Final = 10.0  # seconds of service after which a death is no failed start any more

_FIRST: Final = 0.1  # seconds until the second try in a row ...
_LONGEST: Final = 30.0  # ... and at most, each pause being twice the one before


class Backoff:
    """The pauses of one place. A first death is none of a row, and costs no pause.

    Attributes:
        failures: how often in a row the process has died before it had settled.

    """

    def __init__(self) -> None:
        self.failures = 0

    def died(self, served: float | None) -> float:
        """How long to wait until the next start.

        Args:
            served: seconds the process has served; None: it was never ready.

        Returns:
            seconds.

        """
        if served is not None and served >= SETTLED:
            self.failures = 0
        self.failures += 1
        if self.failures == 1 and served is not None:
            return 0.0
        return min(_FIRST * 2.0 ** min(self.failures - 1, 20), _LONGEST)
