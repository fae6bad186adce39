"""One listener of a topic: what waits for it, in order and bounded."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from ..stores.values import decode


class Subscription:
    """Messages on their way to one function. Any thread may deliver; nothing waits.

    Args:
        fun: called with the data of each message, in order, never by two threads at once.
        start: has a function called soon that takes the next message and gives what ``fun`` gave;
            False: the listener is gone.
        limit: messages that may wait; beyond, the oldest is given up.
        dropped: told when that begins, once until the listener has caught up.

    """

    def __init__(
        self,
        fun: Callable[[Any], Any],
        start: Callable[[Callable[[], Any]], bool],
        limit: int,
        dropped: Callable[[], object],
    ) -> None:
        self._fun = fun
        self._start = start
        self._limit = limit
        self._dropped = dropped
        self._lock = threading.Lock()  # guards everything below
        self._waiting: deque[str] = deque()
        self._behind = False
        self._ended = False

    def deliver(self, text: str) -> None:
        """A message has arrived, as JSON."""
        with self._lock:
            if self._ended:
                return
            full = len(self._waiting) >= self._limit
            if full:
                self._waiting.popleft()
            news, self._behind = full and not self._behind, self._behind or full
            self._waiting.append(text)
        if news:
            self._dropped()
        if not full and not self._start(self.take):  # a call is on its way for each that waits
            self.end()

    def take(self) -> Any:
        """Handle the oldest message."""
        with self._lock:
            if not self._waiting:
                return None
            text = self._waiting.popleft()
            self._behind = self._behind and bool(self._waiting)
        return self._fun(decode(text))

    def end(self) -> None:
        """Take no more; what waits is given up."""
        with self._lock:
            self._ended = True
            self._waiting.clear()
