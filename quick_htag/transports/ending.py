"""How long a client gets to take what goes before the end of its connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

CLOSE_LIMIT: Final = 5.0  # seconds a client gets to take something more, or to say goodbye
GOING_AWAY: Final = 1001  # the code of an end that is ours, RFC 6455 section 7.4.1


class Ending:
    """Drops a client that has taken nothing for a while since its connection is to end.

    One that is only slow gets everything. On the thread of the connection.

    Args:
        waiting: bytes it has not taken yet.
        later: calls back after so many seconds.
        drop: ends the connection.

    Attributes:
        begun: the connection is to end.

    """

    def __init__(
        self,
        waiting: Callable[[], int],
        later: Callable[[float, Callable[[], object]], object],
        drop: Callable[[], object],
    ) -> None:
        self._waiting = waiting
        self._later = later
        self._drop = drop
        self._left = 0  # bytes that waited at the last look
        self.begun = False

    def begin(self) -> None:
        """The connection is to end; again is harmless."""
        if not self.begun:
            self.begun = True
            self._left = self._waiting()
            self._later(CLOSE_LIMIT, self._look)

    def _look(self) -> None:
        left, self._left = self._left, self._waiting()
        if self._left < left:
            self._later(CLOSE_LIMIT, self._look)
        else:
            self._drop()
