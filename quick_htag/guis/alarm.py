"""A call at a moment that keeps moving."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ..deadline import Clock
    from ..interfaces import Timer

_AT_ONCE = 0.001  # seconds; a timer calls back later in any case


class Moment(Protocol):
    """What an alarm is for. Any thread."""

    def due(self) -> float | None:
        """The moment as it is now, in seconds of the clock; None: never.

        It is asked again when the timer rings, so a moment that moves away costs nothing.
        """

    def fire(self) -> object:
        """It has come; not called again unless ``watch`` is."""


class Alarm:
    """Tells when a moment has come; one timer at a time, none while nothing is due.

    Every method may be called on any thread. It is the function that its timer calls.

    Args:
        timer: calls back.
        clock: the monotonic clock.
        moment: which.

    """

    def __init__(self, timer: Timer, clock: Clock, moment: Moment) -> None:
        self._timer = timer
        self._clock = clock
        self._moment = moment
        self._lock = threading.Lock()  # guards all below
        self._cancel: Callable[[], None] | None = None
        self._rings_at = 0.0
        self._stopped = False

    def watch(self) -> None:
        """See to it that the timer rings when it is due, as far as that is known now."""
        due = self._moment.due()
        if due is None:
            return
        with self._lock:
            if self._stopped or (self._cancel is not None and self._rings_at <= due):
                return
            if self._cancel is not None:
                self._cancel()
            now = self._clock()
            self._rings_at = max(due, now)
            self._cancel = self._timer.call_later(max(due - now, _AT_ONCE), self)

    def stop(self) -> None:
        """Never call back again; safe to call twice."""
        with self._lock:
            self._stopped = True
            cancel, self._cancel = self._cancel, None
        if cancel is not None:
            cancel()

    def __call__(self) -> None:
        """The timer rings."""
        with self._lock:
            if self._stopped:
                return
            self._cancel = None
        due = self._moment.due()
        if due is not None and self._clock() >= due:
            self._moment.fire()
        else:
            self.watch()
