"""Sessions in the store: written, merged, moved, ended, and found by their user."""

from __future__ import annotations

import hashlib
import time
from contextlib import AbstractContextManager
from typing import Any

from ..deadline import Clock, monotonic
from ..errors import QuickHtagError
from ..interfaces import Store
from ..settings import Settings
from .session import Session

PREFIX = "session:"
_USER = "user:"
_LOCK = "session lock:"
_GRAIN = 60.0  # seconds; how exactly the store knows the last use, at most
_INDEX_SIZE = 50  # sessions of one user before those that are gone are looked for

Record = dict[str, Any]
"""What is stored of a session: "v", its version; "data", JSON text by key; "user", "born",
"uid" and "address"; or only "ended", which tells other processes that it did not merely expire."""


class SessionGone(QuickHtagError):
    """The store has no such session any more; never leaves this package."""


def record_key(session_id: str) -> str:
    """The key of a session: from a store that was stolen nobody can make a cookie."""
    return PREFIX + hashlib.sha256(session_id.encode()).hexdigest()


class SessionRecords:
    """Any thread; the store is used under the lock of the one session.

    Args:
        store: where they are.
        settings: times and sizes.
        clock: the monotonic clock.
        wall: seconds since the epoch.

    """

    def __init__(
        self, store: Store, settings: Settings, clock: Clock = monotonic, wall: Clock = time.time
    ) -> None:
        self.store = store
        self.lock_timeout = settings.session_lock_timeout
        self._settings = settings
        self._clock = clock
        self._wall = wall
        self._grain = min(_GRAIN, settings.session_timeout / 20.0)
        self._index_ttl = settings.session_timeout * 2.0 + self._grain  # longer than any session's

    # -- one session -------------------------------------------------------------------------------

    def create(self, session: Session) -> None:
        """Write a new session."""
        session.born = self._wall()
        session.version = 1
        self.store.put(record_key(session.id), self._record(session), self._ttl(session))

    def load(self, session: Session) -> bool:
        """Fill a session with what the store has; False: it has no session with this id."""
        record = self.store.get(record_key(session.id))
        if record is None or "ended" in record:
            return False
        session.address, session.born = record["address"], record["born"]
        session.uid = record["uid"]
        self._adopt(session, record)
        return not self.outlived(session)

    def save(self, session: Session) -> None:
        """Store what was changed; see ``Session.save``.

        Raises:
            SessionGone: it has ended.

        """
        with session.lock:
            changed, removed, fault = session.changes(self._settings.max_session_size)
            if changed or removed:
                self._write(session, changed, removed)
        if fault is not None:
            raise fault

    def refresh(self, session: Session) -> bool:
        """Take over what other processes have stored; False: the session has ended."""
        if session.ended or not self.store.shared:
            return not session.ended
        with session.lock:
            record = self.store.get(record_key(session.id))
            if record is None and session.pins:  # it was in use here, which the store was not told
                self.store.add(record_key(session.id), self._record(session), self._ttl(session))
                return True
            if record is None or "ended" in record:
                return False
            if record["v"] != session.version:
                self._adopt(session, record)
            return True

    def locked(self, session: Session) -> AbstractContextManager[None]:
        """Keeps blocks of all processes out."""
        return self.store.locked(_LOCK + session.uid, self.lock_timeout)

    def touch(self, session: Session) -> None:
        """Tell the store of a use, now and then."""
        now = self._clock()
        if now - session.stored_at < self._grain:
            return
        session.stored_at = now
        self.store.touch(record_key(session.id), self._ttl(session))
        if session.user is not None:
            self.store.touch(_user_key(session.user), self._index_ttl)

    def set_user(self, session: Session, user: str | None) -> None:
        """Note who has logged in."""
        with session.lock:
            if session.user is not None and session.user != user:
                self._forget_user(session.user, record_key(session.id))
            session.user = user
            self._write(session, {}, [])
            if user is not None:
                self._remember_user(user, record_key(session.id))

    def move(self, session: Session, session_id: str) -> None:
        """Give a session another id; the old one is worth nothing then.

        Raises:
            SessionGone: it has ended.

        """
        with session.lock:
            if not self.refresh(session):
                raise SessionGone
            old, session.id = record_key(session.id), session_id
            new = record_key(session_id)
            self.store.put(new, self._record(session), self._ttl(session))
            self._end(old)
            if session.user is not None:
                self._forget_user(session.user, old)
                self._remember_user(session.user, new)

    def end(self, session: Session) -> None:
        """Forget a session, for all processes."""
        with session.lock:
            session.ended = True
            self._end(record_key(session.id))
            if session.user is not None:
                self._forget_user(session.user, record_key(session.id))

    def outlived(self, session: Session) -> bool:
        """Whether it is older than a session may get, however much it is used."""
        lifetime = self._settings.session_lifetime
        return lifetime is not None and self._wall() - session.born > lifetime

    # -- several -----------------------------------------------------------------------------------

    def end_user(self, user: str) -> int:
        """Forget every session of a user; how many there were."""
        index = self.store.get(_user_key(user)) or {}
        count = sum(self._end(key) for key in index)
        self.store.delete(_user_key(user))
        return count

    def count(self) -> int:
        """How many the store has. Looks at all of them."""
        return len(self.store.keys(PREFIX))

    def make_room(self, spare: set[str]) -> None:
        """Forget a twentieth, those unused for longest.

        Args:
            spare: ids of sessions that stay.

        """
        spared = {record_key(session_id) for session_id in spare}
        keys = [key for key in self.store.keys(PREFIX) if key not in spared]
        by_use = sorted((self.store.ttl(key) or 0.0, key) for key in keys)
        for _, key in by_use[: len(keys) // 20 + 1]:
            self._end(key)

    # -- inside ------------------------------------------------------------------------------------

    def _ttl(self, session: Session) -> float:
        ttl = self._settings.session_timeout + self._grain
        lifetime = self._settings.session_lifetime
        if lifetime is not None:
            ttl = min(ttl, max(session.born + lifetime - self._wall(), 0.001))
        return ttl

    def _record(self, session: Session) -> Record:
        return {
            "v": session.version,
            "data": session.texts,
            "user": session.user,
            "born": session.born,
            "uid": session.uid,
            "address": session.address,
        }

    def _write(self, session: Session, changed: dict[str, str], removed: list[str]) -> None:
        if session.ended:
            raise SessionGone

        def merge(record: Record | None) -> Record:
            if record is None and session.pins:
                record = self._record(session)  # see ``refresh``
            if record is None or "ended" in record:
                raise SessionGone
            record["v"] += 1
            record["user"] = session.user
            record["data"] = {**record["data"], **changed}
            for key in removed:
                record["data"].pop(key, None)
            return record

        key, ttl = record_key(session.id), self._ttl(session)
        if self.store.shared:
            record = self.store.update(key, merge, ttl)
        else:
            record = merge(self._record(session))
            self.store.put(key, record, ttl)
        session.version = record["v"]
        session.adopt(record["data"], [*changed, *removed])

    def _adopt(self, session: Session, record: Record) -> None:
        session.version, session.user = record["v"], record["user"]
        session.adopt(record["data"])

    def _end(self, key: str) -> bool:
        if not self.store.shared:
            return self.store.delete(key)
        left = self.store.ttl(key)
        if left == 0.0:
            return False
        self.store.put(key, {"ended": True}, left)
        return True

    def _remember_user(self, user: str, key: str) -> None:
        def add(index: dict[str, int] | None) -> dict[str, int]:
            return {**(index or {}), key: 1}

        index = self.store.update(_user_key(user), add, self._index_ttl)
        if len(index) > _INDEX_SIZE:
            self._forget_user(user, *(one for one in index if self.store.ttl(one) == 0.0))

    def _forget_user(self, user: str, *keys: str) -> None:
        def remove(index: dict[str, int] | None) -> dict[str, int]:
            return {key: 1 for key in index or {} if key not in keys}

        self.store.update(_user_key(user), remove, self._index_ttl)


def _user_key(user: str) -> str:
    return _USER + hashlib.sha256(user.encode("utf-8", "surrogatepass")).hexdigest()
