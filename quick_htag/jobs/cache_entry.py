"""One entry of a cache in a file."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import StoreError
from ..interfaces import Log
from ..logs import ERR_SOURCE_WORKER


class CacheEntry:
    """See ``caching.CacheHandle``.

    Args:
        text: the result; None: there is none yet.
        put: keeps one.
        log: told when that fails.

    """

    def __init__(self, text: str | None, put: Callable[[str], object], log: Log) -> None:
        self._text = text
        self._put = put
        self._log = log

    def has(self) -> bool:
        """Whether there is a result."""
        return self._text is not None

    def read(self) -> str:
        """The result.

        Raises:
            LookupError: there is none.

        """
        if self._text is None:
            raise LookupError("there is nothing in the cache yet")
        return self._text

    def write(self, text: str) -> str:
        """Keep the result, and give it back; a full disk must not take away what was computed."""
        try:
            self._put(text)
        except StoreError as error:
            self._log.error(ERR_SOURCE_WORKER, "a result could not be cached", error)
        self._text = text
        return text
