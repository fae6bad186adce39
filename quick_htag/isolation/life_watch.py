"""Whether the process of a visitor lives, and ends when it is to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from ..deadline import monotonic
from ..guis.instance import STUCK

if TYPE_CHECKING:
    from ..interfaces import Timer
    from .link import Link

_MARGIN: Final = 2.0  # seconds more than a handler may take; the process itself is the first to act
_SILENCE: Final = 5.0  # seconds in which a process says that it lives


class GiveUp(Protocol):
    """Kills a process that hangs."""

    def __call__(self, why: str, farewell: tuple[int, str] | None = None) -> object:
        """Do it.

        Args:
            why: what it does not do, for the log.
            farewell: close code and reason for its pages; None: those that they get in any case.

        """


class LifeWatch:
    """Of one process. Any thread.

    Args:
        timer: calls back later.
        patience: seconds a handler may be silent; None: any time.
        give_up: kills it.

    """

    def __init__(self, timer: Timer, patience: float | None, give_up: GiveUp) -> None:
        self._timer = timer
        self._patience = patience
        self._give_up = give_up
        self._link: Link | None = None
        self._said = 0.0  # monotonic time at which a page said something last
        self._lock = threading.Lock()  # guards all below
        self._over = False
        self._watching = False
        self._alarms: list[Callable[[], object]] = []  # undo that it is killed

    def begin(self, link: Link) -> None:
        """It has connected."""
        self._link = link

    def end(self) -> None:
        """It has ended."""
        with self._lock:
            self._over = True
            alarms, self._alarms = self._alarms, []
        for undo in alarms:
            undo()

    def insist(self, delay: float) -> None:
        """Kill it unless it ends in so many seconds and a few: one that hangs hears nothing."""
        undo = self._timer.call_later(delay + _SILENCE, self._end_it)
        with self._lock:
            self._alarms.append(undo)

    def _end_it(self) -> None:
        if not self._over:
            self._give_up("does not end")

    def watch(self) -> None:
        """A page has said something: the process must show that it lives."""
        if self._patience is None:
            return
        self._said = monotonic()
        with self._lock:
            if self._watching:
                return
            self._watching = True
        self._timer.call_later(self._patience + _MARGIN, self._look)

    def _look(self) -> None:
        link = self._link
        if link is None or self._over or link.heard >= self._said:
            with self._lock:
                self._watching = False
            return
        self.doubt()

    def doubt(self) -> None:
        """It takes too long: it must show that it lives, or is killed."""
        asked = monotonic()
        if self._link is not None:
            self._link.start("alive")
        self._timer.call_later(_SILENCE, lambda: self._judge(asked))

    def _judge(self, asked: float) -> None:
        with self._lock:
            self._watching = False
        if self._link is None or self._over or self._link.heard >= asked:
            return
        limit = "" if self._patience is None else f" for {self._patience} s and more"
        self._give_up(f"has shown no sign of life{limit}", STUCK)
