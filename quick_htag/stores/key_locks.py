"""A lock for each key, among the threads of one process; those nobody uses take no memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import StoreBusy, StoreError


class _Entry:
    """The lock of one key while somebody uses or wants it."""

    __slots__ = ("lock", "owner", "users")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.owner = 0  # identity of the thread that holds it
        self.users = 0  # who hold it or wait for it; guarded by the lock of the table


class KeyLocks:
    """Mutual exclusion per key. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards the table and the number of users of each entry
        self._entries: dict[str, _Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    @contextmanager
    def held(self, key: str, timeout: float) -> Iterator[None]:
        """Hold ``key`` in the block.

        Args:
            key: what to hold.
            timeout: seconds to wait for others.

        Raises:
            StoreBusy: another thread kept it for longer.
            StoreError: this thread holds it already.

        """
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            entry.users += 1
        try:
            self._acquire(entry, key, timeout)
            try:
                yield
            finally:
                entry.owner = 0
                entry.lock.release()
        finally:
            with self._lock:
                entry.users -= 1
                if not entry.users:
                    del self._entries[key]

    @staticmethod
    def _acquire(entry: _Entry, key: str, timeout: float) -> None:
        me = threading.get_ident()
        if entry.owner == me:  # only this thread could have set it
            raise StoreError(f"this thread holds the lock of {key[:80]!r} already")
        if not entry.lock.acquire(timeout=max(timeout, 0.0)):
            raise StoreBusy(key, timeout)
        entry.owner = me
