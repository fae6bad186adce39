"""Names that clients give to their starts, so that one whose answer is not there can be stopped.

A stop may be faster than its start: then the job does not begin.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any, Final, NamedTuple

from ..deadline import Clock
from ..errors import HTTPError

_TTL: Final = 600.0  # seconds; a client has its answer by then, or has given up
_SHORTEST, _LONGEST = 16, 64  # characters: nobody guesses a shorter one by chance


class _Start(NamedTuple):
    token: str | None  # None: it was stopped before it came
    until: float


class StartIds:
    """The starts of one server. Any thread.

    Args:
        limit: how many are known; of more, the first are forgotten.
        clock: the monotonic clock.

    """

    def __init__(self, limit: int, clock: Clock) -> None:
        self._limit = limit
        self._clock = clock
        self._lock = threading.Lock()  # guards _starts
        self._starts: OrderedDict[tuple[str, ...], _Start] = OrderedDict()  # the oldest first

    def __len__(self) -> int:
        return len(self._starts)

    def started(self, key: tuple[str, ...], token: str) -> bool:
        """A job was started; False: it was stopped before."""
        with self._lock:
            found = self._starts.get(key)
            if found is not None and found.token is None and found.until > self._clock():
                return False
            self._put(key, token)
        return True

    def stop(self, key: tuple[str, ...]) -> str | None:
        """The token of the job; None: it did not come yet, and must not begin when it comes."""
        with self._lock:
            found = self._starts.get(key)
            if found is not None:
                return found.token
            self._put(key, None)
        return None

    def _put(self, key: tuple[str, ...], token: str | None) -> None:
        """The lock is held."""
        now = self._clock()
        while self._starts:
            oldest = next(iter(self._starts.values()))
            if oldest.until > now and len(self._starts) < self._limit:
                break
            self._starts.popitem(last=False)
        self._starts.pop(key, None)
        self._starts[key] = _Start(token, now + _TTL)


def start_key(post: dict[str, Any], group: str, owner: str | None) -> tuple[str, ...] | None:
    """What a request calls its start, for these and nobody else; None: nothing.

    Raises:
        HTTPError: 400, it is no name.

    """
    name = post.get("id")
    if name is None:
        return None
    if not isinstance(name, str) or not _SHORTEST <= len(name) <= _LONGEST:
        raise HTTPError(400, f"id is text of {_SHORTEST} to {_LONGEST} characters")
    return (group, owner or "", name)
