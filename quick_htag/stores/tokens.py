"""Tokens: data of a client that stays on the server, found by a text the client holds.

``TokenHandler`` is the interface by which a store is plugged in, ``DefaultTokenHandler`` the one in
memory, ``Tokens`` what a server does with either. A token's object is a dict that can be used as
it is, or in a ``with`` block, which holds off other requests with the same token until it ends.
"""

from __future__ import annotations

import heapq
import math
import secrets
import threading
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from typing import Any, Literal
from weakref import WeakValueDictionary

from ..deadline import Clock, monotonic
from ..errors import ConfigurationError, HTTPError, NoCapacity
from ..settings import Settings

DEFAULT_EXPIRATION = 3600.0  # seconds
_MAX_KEY = 1024  # characters of a token; a limited number of them shall take limited memory
_DEFAULTS = Settings()

Expire = float | None | Literal["DEFAULT"]


class TokenDict(dict[str, Any]):
    """The data of one token; in a ``with`` block nobody else has it.

    Blocks of one thread may be nested. Copies are plain dicts.

    Args:
        lock_timeout: seconds a ``with`` block waits for those of other threads.

    """

    def __init__(self, lock_timeout: float) -> None:
        super().__init__()
        self._lock = threading.RLock()  # held during a ``with`` block
        self._lock_timeout = lock_timeout

    def __enter__(self) -> TokenDict:
        self._acquire()
        return self

    def __exit__(self, *exception: object) -> None:
        self._lock.release()

    def _acquire(self) -> None:
        if not self._lock.acquire(timeout=self._lock_timeout):
            raise NoCapacity(
                f"a token was in use by another request for {self._lock_timeout:g} s", 1
            )

    def __reduce_ex__(self, protocol: Any) -> Any:
        return dict, (dict(self),)


class TokenHandler(ABC):
    """A store of tokens, with the interface that quick_server gives it.

    Every method but ``lock`` is called with ``lock(key)`` held, or ``lock(None)`` where several
    tokens are concerned; it is held for a moment only, never while user code runs.
    ``flush_old_tokens`` is called directly before a token is added or deleted, or all are listed.
    """

    @abstractmethod
    def lock(self, key: str | None) -> AbstractContextManager[Any]:
        """What is held while one token, or all (None), are used; need not be reentrant."""

    @abstractmethod
    def ttl(self, key: str) -> float | None:
        """Seconds a token has left, 0 when there is none, None: it does not expire.

        Does not count as a use.
        """

    @abstractmethod
    def flush_old_tokens(self) -> None:
        """Forget what has expired."""

    @abstractmethod
    def add_token(self, key: str, expire: float | None) -> dict[str, Any]:
        """The data of a token, made if there is none; it expires in ``expire`` seconds from now."""

    @abstractmethod
    def put_token(self, key: str, obj: dict[str, Any]) -> None:
        """Store the data of a token again."""

    @abstractmethod
    def delete_token(self, key: str) -> None:
        """Forget a token, if there is one."""

    @abstractmethod
    def get_tokens(self) -> list[str]:
        """Every token."""

    def peek(self, key: str) -> dict[str, Any] | None:
        """The data of a token, neither made nor kept for longer; None: there is none."""
        left = self.ttl(key)
        return None if left == 0 else self.add_token(key, left)


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


class _StoredDict(TokenDict):
    """The data of a token whose store gives copies: written back when changed.

    Outside of a ``with`` block each change is stored at once; inside one they all are at its end.
    What is changed inside of a value, such as a list, is stored with the next change or block.
    """

    def __init__(self, tokens: Tokens, key: str) -> None:
        super().__init__(tokens.lock_timeout)
        self._tokens = tokens
        self._key = key
        self._depth = 0  # blocks of the thread that holds the lock
        self.expire: float | None = None  # of the last access, in seconds

    def __enter__(self) -> TokenDict:
        super().__enter__()
        try:
            if not self._depth:  # the wait may have been long
                self._tokens.reload(self._key, self)
        except BaseException:
            self._lock.release()
            raise
        self._depth += 1
        return self

    def __exit__(self, *exception: object) -> None:
        try:
            if self._depth == 1:
                self._tokens.store(self._key, self)
        finally:
            self._depth -= 1
            super().__exit__()

    def load(self, data: dict[str, Any]) -> None:
        """Take over what the store has, unless a block is open: that has something newer."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            if not self._depth:
                super().clear()
                super().update(data)
        finally:
            self._lock.release()

    def _changed(self) -> None:
        self._acquire()
        try:
            if not self._depth:
                self._tokens.store(self._key, self)
        finally:
            self._lock.release()

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        self._changed()

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        self._changed()

    def __ior__(self, other: Any) -> _StoredDict:  # type: ignore[override,misc]
        self.update(other)
        return self

    def clear(self) -> None:
        super().clear()
        self._changed()

    def pop(self, *args: Any) -> Any:
        value = super().pop(*args)
        self._changed()
        return value

    def popitem(self) -> tuple[str, Any]:
        item = super().popitem()
        self._changed()
        return item

    def setdefault(self, name: str, default: Any = None) -> Any:
        value = super().setdefault(name, default)
        self._changed()
        return value

    def update(self, *args: Any, **kwargs: Any) -> None:
        super().update(*args, **kwargs)
        self._changed()


class Tokens:
    """The tokens of one server, over a store. Every method may be called on any thread.

    Args:
        handler: the store; None: in memory.
        settings: number of tokens, whether only issued ones are taken, time to wait for one.

    """

    def __init__(self, handler: TokenHandler | None = None, settings: Settings = _DEFAULTS) -> None:
        self.default_expiration = DEFAULT_EXPIRATION  # seconds
        self.lock_timeout = settings.token_lock_timeout
        self._issued_only = settings.issued_tokens_only
        self._handler = handler or DefaultTokenHandler(settings.max_tokens, self.lock_timeout)
        # One object for all who use a token now, so that its lock and content are shared.
        self._live: WeakValueDictionary[str, _StoredDict] = WeakValueDictionary()
        self._lock = threading.Lock()  # guards _live

    def create(self) -> str:
        """A new token: 32 hexadecimal digits.

        Raises:
            NoCapacity: only issued tokens are taken, and there is no room for it.

        """
        key = secrets.token_hex(16)
        if self._issued_only:
            with self._handler.lock(key):
                self._handler.flush_old_tokens()
                self._handler.add_token(key, self.default_expiration)
        return key

    def open(self, key: str, expire: Expire = "DEFAULT", readonly: bool = False) -> TokenDict:
        """The data of a token; see ``QuickServer.get_token_obj``.

        Raises:
            ConfigurationError: ``expire`` is no number of seconds.
            HTTPError: 400, ``key``, which clients send, is no text or too long; 403, only issued
                tokens are taken, and this is none.
            NoCapacity: there is no room for a new token.

        """
        if not isinstance(key, str) or len(key) > _MAX_KEY:
            raise HTTPError(400, f"a token is text of at most {_MAX_KEY} characters")
        seconds = self._seconds(expire)
        if readonly:
            return self._copy(key)
        with self._handler.lock(key):
            self._handler.flush_old_tokens()
            if seconds is not None and seconds <= 0.0:
                self._handler.delete_token(key)
                return TokenDict(self.lock_timeout)
            self._check_issued(key)
            data = self._handler.add_token(key, seconds)
        return data if isinstance(data, TokenDict) else self._stored(key, data, seconds)

    def _seconds(self, expire: Expire) -> float | None:
        if expire == "DEFAULT":
            return self.default_expiration
        if expire is None:
            return None
        if isinstance(expire, (int, float)) and not math.isnan(expire):
            return float(expire)
        raise ConfigurationError(f"expire is in seconds, None or left out, not {expire!r}")

    def _check_issued(self, key: str) -> None:
        if self._issued_only and self._handler.ttl(key) == 0:
            raise HTTPError(403, "the token is unknown or has expired")

    def _copy(self, key: str) -> TokenDict:
        copy = TokenDict(self.lock_timeout)
        with self._handler.lock(key):
            self._check_issued(key)
            copy.update(self._handler.peek(key) or {})
        return copy

    def _stored(self, key: str, data: dict[str, Any], seconds: float | None) -> _StoredDict:
        with self._lock:
            live = self._live.get(key)
            if live is None:
                live = self._live[key] = _StoredDict(self, key)
        live.expire = seconds
        live.load(data)
        return live

    def reload(self, key: str, live: _StoredDict) -> None:
        """Fill the object of a token with what its store has now."""
        with self._handler.lock(key):
            if self._handler.ttl(key) != 0:
                live.load(self._handler.add_token(key, live.expire))

    def store(self, key: str, live: _StoredDict) -> None:
        """Write the object of a token back; one that was deleted or has expired stays so."""
        with self._handler.lock(key):
            if self._handler.ttl(key) == 0:
                return
            try:
                self._handler.put_token(key, dict(live))
            except KeyError:  # stores made for quick_server tell in this way that it is gone
                return

    def all(self) -> list[str]:
        """Every live token."""
        with self._handler.lock(None):
            self._handler.flush_old_tokens()
            return list(self._handler.get_tokens())

    def ttl(self, key: str) -> float | None:
        """Seconds a token has left, 0 when there is none, None: it does not expire."""
        with self._handler.lock(key):
            return self._handler.ttl(key)
