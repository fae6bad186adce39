"""The use of a cache with quick_server's protocol: ``get_hnd``, ``has``, ``read``, ``write``."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from .record import record


class CacheHandle(Protocol):
    """One entry, held by nobody else meanwhile."""

    def has(self) -> bool:
        """Whether there is a value."""

    def read(self) -> str:
        """The value."""

    def write(self, text: str, /) -> str:
        """Keep a value; gives what was kept."""


class Cache(Protocol):
    """Any cache object, such as ``DiskCache``, or ``QuickCache`` of the package quick_cache."""

    def get_hnd(
        self, cache_id_obj: dict[str, Any], *, section: str, method: str
    ) -> AbstractContextManager[CacheHandle]:
        """The entry of ``cache_id_obj``, which is JSON; others wait while the block lasts."""


@record(frozen=True)
class CacheUse:
    """One entry of a cache; goes to other processes if the cache does.

    Attributes:
        cache: the cache.
        cache_id: what tells the entry from others, JSON.
        section: the part of the cache.
        method: how the cache keeps it.

    """

    cache: Cache
    cache_id: Any
    section: str
    method: str

    def text(self, compute: Callable[[], str]) -> str:
        """What is kept, or what ``compute`` gives, which is kept; one computation at a time."""
        entry = self.cache.get_hnd(self.cache_id, section=self.section, method=self.method)
        with entry as handle:
            return handle.read() if handle.has() else handle.write(compute())

    def close(self) -> None:
        """The cache was brought to another process, which is done with it."""
        close = getattr(self.cache, "close", None)
        if close is not None:
            close()


class CurrentCache:
    """The cache that is set when it is used; without one, nothing is kept. A ``Cache``.

    Args:
        current: gives the cache; None: there is none.

    """

    def __init__(self, current: Callable[[], Cache | None]) -> None:
        self._current = current

    def get(self) -> Cache | None:
        """The cache of this moment."""
        return self._current()

    def get_hnd(
        self, cache_id_obj: Any, *, section: str, method: str
    ) -> AbstractContextManager[CacheHandle]:
        cache = self._current()
        if cache is None:
            return nullcontext(_Nothing())
        return cache.get_hnd(cache_id_obj, section=section, method=method)


class _Nothing:
    def has(self) -> bool:
        return False

    def read(self) -> str:
        raise LookupError("there is no cache")

    def write(self, text: str, /) -> str:
        return text
