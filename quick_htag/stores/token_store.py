"""Tokens in a store: shared by processes, kept over a restart, with JSON as data."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from ..errors import NoCapacity
from ..interfaces import Store
from ..settings import Settings
from .quota import Quota
from .token_handler import TokenHandler
from .values import decode, encode

_PREFIX = "token:"
_LOCK = "token lock:"
_DEFAULTS = Settings()

Texts = dict[str, str]
"""JSON text by the keys of the data, to see what has changed."""


class StoreTokenHandler(TokenHandler):
    """Every method is one step of the store, so nothing is held around them.

    Changes of several processes are merged by the keys of the data; a ``with`` block keeps all of
    them out.

    Args:
        store: where they are.
        max_tokens: how many there may be, roughly, see ``Quota``; one more is refused.

    """

    def __init__(self, store: Store, max_tokens: int = _DEFAULTS.max_tokens) -> None:
        self._store = store
        self._max_tokens = max_tokens
        self._quota = Quota(max_tokens, lambda: len(store.keys(_PREFIX)))

    def lock(self, key: str | None) -> AbstractContextManager[Any]:
        return nullcontext()

    def ttl(self, key: str) -> float | None:
        return self._store.ttl(_PREFIX + key)

    def flush_old_tokens(self) -> None:
        """Nothing to do: stores do this on their own."""

    def add_token(self, key: str, expire: float | None) -> dict[str, Any]:
        name = _PREFIX + key
        data = self._store.get(name)
        if data is None:
            if not self._quota.take():
                raise NoCapacity(f"the limit of {self._max_tokens} tokens is reached")
            if self._store.add(name, {}, expire):
                return {}
            data = self._store.get(name)
        self._store.touch(name, expire)
        found: dict[str, Any] = data or {}
        return found

    def put_token(self, key: str, obj: dict[str, Any]) -> None:
        self._put(key, _texts(obj), {})

    def delete_token(self, key: str) -> None:
        if self._store.delete(_PREFIX + key):
            self._quota.reset()

    def get_tokens(self) -> list[str]:
        return [name.removeprefix(_PREFIX) for name in self._store.keys(_PREFIX)]

    def peek(self, key: str) -> dict[str, Any] | None:
        data: dict[str, Any] | None = self._store.get(_PREFIX + key)
        return data

    def hold(self, key: str, timeout: float) -> AbstractContextManager[Any]:
        return self._store.locked(_LOCK + key, timeout)

    def note(self, obj: dict[str, Any]) -> Texts:
        return _texts(obj)

    def put_changes(self, key: str, obj: dict[str, Any], noted: Any) -> None:
        self._put(key, _texts(obj), noted or {})

    def _put(self, key: str, texts: Texts, noted: Texts) -> None:
        changed = {name: text for name, text in texts.items() if noted.get(name) != text}
        removed = [name for name in noted if name not in texts]
        if not changed and not removed:
            return

        def merge(stored: dict[str, Any] | None) -> dict[str, Any]:
            if stored is None:
                raise KeyError(key)
            stored.update({name: decode(text) for name, text in changed.items()})
            for name in removed:
                stored.pop(name, None)
            return stored

        name = _PREFIX + key
        left = self._store.ttl(name)
        if left == 0.0:
            raise KeyError(key)
        self._store.update(name, merge, left)


def _texts(obj: dict[str, Any]) -> Texts:
    whole: dict[str, Any] = {}
    for name, value in obj.items():
        whole[name] = encode(value, name=f"token[{name!r}]")
    encode(whole, name="token")  # which looks at the keys
    return whole
