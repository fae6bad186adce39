"""Notices when something blocks an asyncio loop that should never be blocked."""

from __future__ import annotations

import selectors
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..deadline import Clock, monotonic

if TYPE_CHECKING:
    from ..interfaces import Timer
    from .departures import Departures


class LoopWatch:
    """Knows since when a loop has not looked for work, and says so once per time it takes long.

    Args:
        limit: seconds after which it is reported.
        timer: looks at the clock; not set while the loop is idle.
        report: told the seconds, while the loop is blocked. Thread of the timer.
        clock: the monotonic clock.

    Attributes:
        busy_since: time of the clock; None while the loop waits for work.

    """

    def __init__(
        self,
        limit: float,
        timer: Timer,
        report: Callable[[float], object],
        clock: Clock = monotonic,
    ) -> None:
        self._limit = limit
        self._timer = timer
        self._report = report
        self._clock = clock
        self._lock = threading.Lock()  # guards _set; the rest has one writer each
        self._set = False  # the timer will ring
        self._reported: float | None = None  # the time of busy_since; timer's thread only
        self.busy_since: float | None = None

    def works(self) -> None:
        """The loop has found work. Its thread."""
        self.busy_since = self._clock()
        if not self._set:
            self._set_timer(self._limit)

    def waits(self) -> None:
        """The loop looks for work. Its thread."""
        self.busy_since = None

    def blocked_for(self) -> float:
        """Seconds since the loop last looked for work. Any thread."""
        since = self.busy_since
        return 0.0 if since is None else self._clock() - since

    def _set_timer(self, delay: float) -> None:
        with self._lock:
            if self._set:
                return
            self._set = True
        self._timer.call_later(delay, self._look)

    def _look(self) -> None:
        self._set = False  # first: what begins from now on sets it again
        since = self.busy_since
        if since is None or since == self._reported:
            return
        rest = self._limit - (self._clock() - since)
        if rest > 0.0:
            self._set_timer(rest)
            return
        self._reported = since
        self._report(self._clock() - since)


class WatchedSelector(selectors.BaseSelector):
    """The selector of a watched loop: a loop works whenever it does not select.

    Args:
        watch: is told.
        departures: what waits for the end of a round of the loop, in which there is much to do.

    """

    def __init__(self, watch: LoopWatch, departures: Departures) -> None:
        self._selector = selectors.DefaultSelector()
        self._watch = watch
        self._departures = departures

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._departures.end()
        self._watch.waits()
        try:
            found = self._selector.select(timeout)
        finally:
            self._watch.works()
        if len(found) > 1:
            self._departures.begin()
        return found

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._selector.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._selector.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._selector.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._selector.get_map()

    def close(self) -> None:
        self._watch.waits()  # the loop has ended, which is no work
        self._selector.close()
