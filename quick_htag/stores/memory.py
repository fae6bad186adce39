"""Values in the memory of this process, forgotten with it."""

from __future__ import annotations

import heapq
import math
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from ..deadline import Clock, monotonic
from .key_locks import KeyLocks
from .values import DEFAULT_SIZE, LOCK_TIMEOUT, check_key, check_ttl, decode, encode


class _Item:
    """A value. Guarded by the lock of its store.

    ``scheduled`` is the time of its one valid entry in the heap, which is never later than
    ``expires``: to touch a value moves only the latter.
    """

    __slots__ = ("expires", "scheduled", "text")

    def __init__(self) -> None:
        self.text = ""
        self.expires = math.inf
        self.scheduled = math.inf


class MemoryStore:
    """Implements ``Store``. Expired keys leave when others are set; nothing polls.

    Args:
        max_value: bytes that the JSON text of one value may take.
        clock: the monotonic clock.

    """

    shared = False

    def __init__(self, max_value: int = DEFAULT_SIZE, clock: Clock = monotonic) -> None:
        self._max_value = max_value
        self._clock = clock
        self._key_locks = KeyLocks()
        # guards everything below; under it only the function given to ``update`` is called
        self._lock = threading.Lock()
        self._items: dict[str, _Item] = {}
        self._heap: list[tuple[float, str]] = []  # by time; see _Item for what is valid in it

    def get(self, key: str) -> Any | None:
        item = self._items.get(check_key(key))
        if item is None or item.expires <= self._clock():
            return None
        return decode(item.text)

    def put(self, key: str, value: Any, ttl: float | None = None) -> None:
        text, ttl = encode(value, self._max_value), check_ttl(ttl)
        with self._lock:
            self._set(check_key(key), text, ttl)

    def put_text(self, key: str, text: str, ttl: float | None = None) -> None:
        """As ``put``, of a value whose JSON text the caller has, as ``encode`` would make it."""
        ttl = check_ttl(ttl)
        with self._lock:
            self._set(check_key(key), text, ttl)

    def add(self, key: str, value: Any, ttl: float | None = None) -> bool:
        text, ttl = encode(value, self._max_value), check_ttl(ttl)
        with self._lock:
            if self._live(check_key(key)) is not None:
                return False
            self._set(key, text, ttl)
            return True

    def update(
        self, key: str, change: Callable[[Any | None], Any], ttl: float | None = None
    ) -> Any:
        ttl = check_ttl(ttl)
        with self._lock:
            item = self._live(check_key(key))
            value = change(None if item is None else decode(item.text))
            self._set(key, encode(value, self._max_value), ttl)
            return value

    def delete(self, key: str) -> bool:
        with self._lock:
            found = self._live(check_key(key)) is not None
            self._items.pop(key, None)
            return found

    def touch(self, key: str, ttl: float | None) -> bool:
        ttl = check_ttl(ttl)
        with self._lock:
            item = self._live(check_key(key))
            if item is None:
                return False
            self._set(key, item.text, ttl)
            return True

    def ttl(self, key: str) -> float | None:
        item = self._items.get(check_key(key))
        if item is None:
            return 0.0
        return None if item.expires == math.inf else max(0.0, item.expires - self._clock())

    def keys(self, prefix: str = "") -> list[str]:
        with self._lock:
            now = self._clock()
            return sorted(
                key
                for key, item in self._items.items()
                if item.expires > now and key.startswith(prefix)
            )

    def locked(self, key: str, timeout: float = LOCK_TIMEOUT) -> AbstractContextManager[None]:
        return self._key_locks.held(check_key(key), timeout)

    def expire(self) -> int:
        with self._lock:
            return self._expire(self._clock())

    def close(self) -> None:
        """Nothing is held; the values stay usable."""

    # -- the lock is held --------------------------------------------------------------------------

    def _live(self, key: str) -> _Item | None:
        item = self._items.get(key)
        return None if item is None or item.expires <= self._clock() else item

    def _set(self, key: str, text: str, ttl: float | None) -> None:
        now = self._clock()
        self._expire(now)
        if ttl is not None and ttl <= 0.0:
            self._items.pop(key, None)
            return
        item = self._items.get(key)
        if item is None:
            item = self._items[key] = _Item()
        item.text = text
        item.expires = math.inf if ttl is None else now + ttl
        if item.expires < item.scheduled:
            self._schedule(key, item)

    def _expire(self, now: float) -> int:
        count = 0
        while self._heap and self._heap[0][0] <= now:
            due, key = heapq.heappop(self._heap)
            item = self._items.get(key)
            if item is None or item.scheduled != due:
                continue
            if item.expires <= now:
                del self._items[key]
                count += 1
            else:
                self._schedule(key, item)
        return count

    def _schedule(self, key: str, item: _Item) -> None:
        item.scheduled = item.expires
        if item.expires == math.inf:
            return
        heapq.heappush(self._heap, (item.expires, key))
        if len(self._heap) > 2 * len(self._items) + 64:  # mostly of keys deleted or shortened
            self._heap = [
                (one.scheduled, name)
                for name, one in self._items.items()
                if one.scheduled != math.inf
            ]
            heapq.heapify(self._heap)
