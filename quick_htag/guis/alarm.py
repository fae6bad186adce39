"""A call at a moment that keeps moving."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..deadline import Clock
    from ..interfaces import Timer

_AT_ONCE = 0.001  # seconds; a timer calls back later in any case


class Alarm:
    """Calls ``fire`` when ``due`` has come; one timer at a time, none while nothing is due.

    Every method may be called on any thread.

    Args:
        timer: calls back.
        clock: the monotonic clock.
        due: the moment as it is now, in seconds of the clock; None: never. It is asked again
            when the timer rings, so a moment that moves away costs nothing.
        fire: called by the timer, and not again unless ``watch`` is.

    """

    def __init__(
        self,
        timer: Timer,
        clock: Clock,
        due: Callable[[], float | None],
        fire: Callable[[], object],
    ) -> None:
        self._timer = timer
        self._clock = clock
        self._due = due
        self._fire = fire
        self._lock = threading.Lock()  # guards all below
        self._cancel: Callable[[], None] | None = None
        self._rings_at = 0.0
        self._stopped = False

    def watch(self) -> None:
        """See to it that the timer rings when it is due, as far as that is known now."""
        due = self._due()
        if due is None:
            return
        with self._lock:
            if self._stopped or (self._cancel is not None and self._rings_at <= due):
                return
            if self._cancel is not None:
                self._cancel()
            now = self._clock()
            self._rings_at = max(due, now)
            self._cancel = self._timer.call_later(max(due - now, _AT_ONCE), self._ring)

    def stop(self) -> None:
        """Never call back again; safe to call twice."""
        with self._lock:
            self._stopped = True
            cancel, self._cancel = self._cancel, None
        if cancel is not None:
            cancel()

    def _ring(self) -> None:
        with self._lock:
            if self._stopped:
                return
            self._cancel = None
        due = self._due()
        if due is not None and self._clock() >= due:
            self._fire()
        else:
            self.watch()
