"""What an app is busy with, and since when it has shown no sign of life.

Rules of this file: events are handled in order of arrival, or wait for each other, so only the
oldest is judged. Its time runs from the moment it became the oldest; a payload it sends, a step of
a generator say, starts the time anew. An event behind it has not had its turn.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from ..deadline import Clock

_current: ContextVar[Any] = ContextVar("quick_htag_interaction", default=None)


class Interactions:
    """The events and page requests of one instance under way. Any thread.

    Args:
        clock: the monotonic clock.
        limit: seconds without a sign of life; None: any time.

    """

    _lock: threading.Lock

    def __init__(self, clock: Clock, limit: float | None) -> None:
        self._clock = clock
        self.limit = limit
        if limit is not None:
            self._lock = threading.Lock()  # guards all below
        self._running: dict[Hashable, None] = {}  # the oldest first
        self._since = 0.0  # time of the last sign of life of the oldest

    def begin(self, key: Hashable) -> None:
        """Something waits for its turn from now on."""
        if self.limit is None:
            return
        with self._lock:
            if not self._running:
                self._since = self._clock()
            self._running[key] = None

    def finish(self, key: Hashable) -> None:
        """It is done; again is harmless."""
        if self.limit is None:
            return
        with self._lock:
            if key not in self._running:
                return
            if self._is_oldest(key):
                self._since = self._clock()
            del self._running[key]

    def enter(self, key: Hashable) -> None:
        """What this task does from now on, and what it starts, is done for ``key``."""
        _current.set((self, key))

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """In the block, the code that calls this waits for its visitor, who may take his time."""
        found = _current.get()
        counts = found is not None and found[0] is self
        if counts:
            self.finish(found[1])
        try:
            yield
        finally:
            if counts:
                self.begin(found[1])

    def alive(self) -> None:
        """The code that calls this has got somewhere."""
        if self.limit is None:
            return
        found = _current.get()
        if found is None or found[0] is not self:
            return
        with self._lock:
            if self._running and self._is_oldest(found[1]):
                self._since = self._clock()

    def due(self) -> float | None:
        """When the oldest is overdue, in seconds of the clock; None when nothing runs."""
        if self.limit is None:
            return None
        with self._lock:
            if not self._running:
                return None
            return self._since + self.limit

    def _is_oldest(self, key: Hashable) -> bool:
        return next(iter(self._running)) == key
