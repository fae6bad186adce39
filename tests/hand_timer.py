"""A timer that rings when a test says so."""

from __future__ import annotations

from collections.abc import Callable


class HandTimer:
    """A ``Timer``.

    Attributes:
        alarms: what is called when it rings.
        delays: how long it was to wait each time, in seconds.
        undone: what is not to be called any more, and is called all the same.

    """

    def __init__(self) -> None:
        self.alarms: list[Callable[[], object]] = []
        self.delays: list[float] = []
        self.undone: list[Callable[[], object]] = []

    def call_later(self, delay: float, function: Callable[[], object]) -> Callable[[], None]:
        """Note what is to be called, however long that takes."""
        self.alarms.append(function)
        self.delays.append(delay)
        return lambda: self.undone.append(function)

    def ring(self) -> None:
        """Call what was noted before."""
        alarms, self.alarms = self.alarms, []
        for alarm in alarms:
            alarm()
