"""Tokens: data of a client that stays on the server, found by a text the client holds.

``TokenHandler`` is the interface by which a store is plugged in, ``DefaultTokenHandler`` the one in
memory, ``Tokens`` what a server does with either. A token's object is a dict that can be used as
it is, or in a ``with`` block, which holds off other requests with the same token until it ends.
"""

from __future__ import annotations

import math
import secrets
import threading
from contextlib import AbstractContextManager
from typing import Any, Literal
from weakref import WeakValueDictionary

from ..errors import ConfigurationError, HTTPError
from ..settings import Settings
from .token_dict import StoredDict, TokenDict
from .token_handler import TokenHandler
from .token_memory import DefaultTokenHandler

DEFAULT_EXPIRATION = 3600.0  # seconds
_MAX_KEY = 1024  # characters of a token; a limited number of them shall take limited memory
_DEFAULTS = Settings()

Expire = float | None | Literal["DEFAULT"]


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
        self._live: WeakValueDictionary[str, StoredDict] = WeakValueDictionary()
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
        _check_key(key)
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

    def _stored(self, key: str, data: dict[str, Any], seconds: float | None) -> StoredDict:
        with self._lock:
            live = self._live.get(key)
            if live is None:
                live = self._live[key] = StoredDict(self, key)
        live.expire = seconds
        live.load(data)
        return live

    def hold(self, key: str) -> AbstractContextManager[Any]:
        """Keeps other processes out, while a ``with`` block has a token."""
        return self._handler.hold(key, self.lock_timeout)

    def note(self, live: StoredDict) -> Any:
        """What the store wants to know about the data as it was loaded."""
        return self._handler.note(live)

    def reload(self, key: str, live: StoredDict) -> None:
        """Fill the object of a token with what its store has now."""
        with self._handler.lock(key):
            if self._handler.ttl(key) != 0:
                live.load(self._handler.add_token(key, live.expire))

    def store(self, key: str, live: StoredDict) -> None:
        """Write the object of a token back; one that was deleted or has expired stays so."""
        with self._handler.lock(key):
            if self._handler.ttl(key) == 0:
                return
            try:
                self._handler.put_changes(key, dict(live), live.noted)
            except KeyError:  # stores made for quick_server tell in this way that it is gone
                return
            live.noted = self._handler.note(live)

    def all(self) -> list[str]:
        """Every live token."""
        with self._handler.lock(None):
            self._handler.flush_old_tokens()
            return list(self._handler.get_tokens())

    def count(self) -> int | None:
        """How many there are, roughly; None: they would have to be searched for."""
        return self._handler.count()

    def ttl(self, key: str) -> float | None:
        """Seconds a token has left, 0 when there is none, None: it does not expire."""
        with self._handler.lock(key):
            return self._handler.ttl(key)


def _check_key(key: Any) -> None:
    if isinstance(key, str) and len(key) <= _MAX_KEY:
        try:
            key.encode()
        except UnicodeEncodeError:  # half of a pair of surrogates, which JSON can have
            pass
        else:
            return
    raise HTTPError(400, f"a token is text of at most {_MAX_KEY} characters")
