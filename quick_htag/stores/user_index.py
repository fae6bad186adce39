"""Which sessions in a store belong to a user."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..interfaces import Store

_PREFIX = "user:"
_LARGE = 50  # sessions of one user before those that are gone are looked for

Index = dict[str, int]


class UserIndex:
    """The keys of the sessions of each user. Any thread; each method is one step of the store.

    It may have keys of sessions that are gone, or of one whose login has failed, but lacks none.

    Args:
        store: where it is.
        ttl: seconds it is kept after a use; longer than any session.

    """

    def __init__(self, store: Store, ttl: float) -> None:
        self._store = store
        self._ttl = ttl

    def add(self, user: str, session_key: str) -> None:
        """Note a session of a user."""

        def change(index: Index | None) -> Index:
            return {**(index or {}), session_key: 1}

        index = self._store.update(_key(user), change, self._ttl)
        if len(index) > _LARGE:
            self.remove(user, *(key for key in index if self._store.ttl(key) == 0.0))

    def remove(self, user: str, *session_keys: str) -> None:
        """Sessions of a user have gone, or belong to somebody else."""

        def change(index: Index | None) -> Index:
            return {key: 1 for key in index or {} if key not in session_keys}

        self._store.update(_key(user), change, self._ttl)

    def keys(self, user: str) -> list[str]:
        """The sessions of a user."""
        return list(self._store.get(_key(user)) or ())

    def touch(self, user: str) -> None:
        """Keep it for another while."""
        self._store.touch(_key(user), self._ttl)


def _key(user: str) -> str:
    import hashlib  # only where somebody signs in

    return _PREFIX + hashlib.sha256(user.encode("utf-8", "surrogatepass")).hexdigest()
