"""Tokens in the memory of this process, with any Python object as data."""

from __future__ import annotations

import heapq
import math
import threading
from contextlib import AbstractContextManager
from typing import Any

from ..deadline import Clock, monotonic
from ..errors import NoCapacity
from ..settings import Settings
from .token_dict import TokenDict
from .token_handler import TokenHandler

_DEFAULTS = Settings()


class _Record:
    """A token in memory. Guarded by the lock of its store.

    ``scheduled`` is the time of its one valid entry in the heap, which is never later than
    ``expires``: using a token moves only the latter.
    """

    __slots__ = ("data", "expires", "scheduled")

    def __init__(self, data: TokenDict) -> None:
        self.data = data
        self.expires = math.inf
        self.scheduled = math.inf


class DefaultTokenHandler(TokenHandler):
    """Tokens in memory, limited in number. Forgets them when others are used; nothing polls.

    Args:
        max_tokens: how many there may be; one more is refused, since each was promised to last.
        lock_timeout: seconds a ``with`` block waits for another with the same token.
        clock: the monotonic clock.

    """

    def __init__(
        self,
        max_tokens: int = _DEFAULTS.max_tokens,
        lock_timeout: float = _DEFAULTS.token_lock_timeout,
        clock: Clock = monotonic,
    ) -> None:
        self._max_tokens = max_tokens
        self._lock_timeout = lock_timeout
        self._clock = clock
        self._lock = threading.Lock()  # guards everything below; nothing is called under it
        self._records: dict[str, _Record] = {}
        self._heap: list[tuple[float, str]] = []  # by time; see _Record for what is valid in it

    def lock(self, key: str | None) -> AbstractContextManager[Any]:
        return self._lock

    def ttl(self, key: str) -> float | None:
        record = self._records.get(key)
        if record is None:
            return 0.0
        return None if record.expires == math.inf else max(0.0, record.expires - self._clock())

    def flush_old_tokens(self) -> None:
        now = self._clock()
        while self._heap and self._heap[0][0] <= now:
            due, key = heapq.heappop(self._heap)
            record = self._records.get(key)
            if record is None or record.scheduled != due:
                continue
            if record.expires <= now:
                del self._records[key]
            else:
                self._schedule(key, record)

    def add_token(self, key: str, expire: float | None) -> TokenDict:
        """The live dict of a token.

        Raises:
            NoCapacity: there is no room for a new one.

        """
        record = self._records.get(key)
        if record is None:
            if len(self._records) >= self._max_tokens:
                raise NoCapacity(f"the limit of {self._max_tokens} tokens is reached")
            record = self._records[key] = _Record(TokenDict(self._lock_timeout))
        record.expires = math.inf if expire is None else self._clock() + expire
        if record.expires < record.scheduled:
            self._schedule(key, record)
        return record.data

    def put_token(self, key: str, obj: dict[str, Any]) -> None:
        record = self._records.get(key)
        if record is not None and record.data is not obj:
            record.data.clear()
            record.data.update(obj)

    def delete_token(self, key: str) -> None:
        self._records.pop(key, None)

    def get_tokens(self) -> list[str]:
        return list(self._records)

    def count(self) -> int | None:
        return len(self._records)

    def peek(self, key: str) -> dict[str, Any] | None:
        record = self._records.get(key)
        if record is None or record.expires <= self._clock():
            return None
        return record.data

    def _schedule(self, key: str, record: _Record) -> None:
        record.scheduled = record.expires
        if record.expires == math.inf:
            return
        heapq.heappush(self._heap, (record.expires, key))
        if len(self._heap) > 2 * len(self._records) + 64:  # mostly of tokens deleted or shortened
            self._heap = [
                (one.scheduled, name)
                for name, one in self._records.items()
                if one.scheduled != math.inf
            ]
            heapq.heapify(self._heap)
