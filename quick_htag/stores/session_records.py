"""Sessions in the store: written, merged, moved, ended, and found by their user."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from ..deadline import Clock, monotonic
from ..errors import QuickHtagError
from .memory import MemoryStore
from .user_index import UserIndex
from .values import encode

if TYPE_CHECKING:
    from ..interfaces import Store
    from ..settings import Settings
    from .session import Permits, Session

PREFIX = "session:"
_LOCK = "session lock:"
_MARK = "ended session:"
_GRAIN = 60.0  # seconds; how exactly the store knows the last use, at most

Record = dict[str, Any]
"""What is stored of a session: "v", its version; "data", JSON text by key; "user", "born",
"uid" and "address"; or only "ended", for the moment in which it gets another id. One that was ended
leaves a mark beside, which tells other processes that it did not merely expire."""


class SessionGone(QuickHtagError):
    """The store has no such session any more; never leaves this package."""


def record_key(session_id: str) -> str:
    """The key of a session: from a store that was stolen nobody can make a cookie."""
    import hashlib  # it loads OpenSSL, and many servers have no session

    return PREFIX + hashlib.sha256(session_id.encode()).hexdigest()


class SessionRecords:
    """Any thread; the store is used under the lock of the one session.

    Args:
        store: where they are.
        settings: times and sizes.
        clock: the monotonic clock.
        wall: seconds since the epoch.

    Attributes:
        grain: seconds; how exactly the store knows the last use.

    """

    def __init__(
        self, store: Store, settings: Settings, clock: Clock = monotonic, wall: Clock = time.time
    ) -> None:
        self.store = store
        self.lock_timeout = settings.session_lock_timeout
        self._settings = settings
        self._clock = clock
        self._wall = wall
        self.grain = min(_GRAIN, settings.session_timeout / 20.0)
        self._users = UserIndex(store, settings.session_timeout * 2.0 + self.grain)

    # -- one session -------------------------------------------------------------------------------

    def create(self, session: Session) -> None:
        """Write a new session."""
        session.born = self._wall()
        session.version = 1
        key, ttl = record_key(session.id), self._ttl(session)
        if type(self.store) is MemoryStore:  # the usual one, for each new visitor: 10 us less
            self.store.put_text(key, self._first_text(session), ttl)
        else:
            self.store.put(key, self._record(session), ttl)
        session.nothing_stored()

    def load(self, session: Session) -> bool:
        """Fill a session with what the store has; False: it has no session with this id."""
        record = self.store.get(record_key(session.id))
        if record is None or "ended" in record:
            return False
        session.address, session.born = record["address"], record["born"]
        session.uid = record["uid"]
        self._adopt(session, record)
        return not self.outlived(session)

    def save(self, session: Session, permits: Permits | None = None) -> None:
        """Store what was changed; see ``Session.save``.

        Raises:
            SessionGone: it has ended.

        """
        with session.lock:
            changed, removed, fault = session.changes(self._settings.max_session_size)
            if changed or removed:
                self._write(session, changed, removed, permits)
        if fault is not None:
            raise fault

    def refresh(self, session: Session) -> bool:
        """Take over what other processes have stored; False: the session has ended."""
        if session.ended or not self.store.shared:
            return not session.ended
        with session.lock:
            record = self.store.get(record_key(session.id))
            if record is None:
                return session.pins > 0 and self._revive(session)
            if "ended" in record:
                return False
            if record["v"] != session.version:
                self._adopt(session, record)
            return True

    def locked(self, session: Session) -> AbstractContextManager[None]:
        """Keeps blocks of all processes out."""
        return self.store.locked(_LOCK + session.uid, self.lock_timeout)

    def is_due(self, session: Session, now: float) -> bool:
        """Whether the store is to be told of a use at monotonic time ``now``."""
        return now - session.stored_at >= self.grain

    def touch(self, session: Session) -> None:
        """Tell the store of a use, now and then."""
        now = self._clock()
        if not self.is_due(session, now):
            return
        session.stored_at = now
        self.store.touch(record_key(session.id), self._ttl(session))
        if session.user is not None:
            self._users.touch(session.user)

    def prolong(self, session: Session) -> None:
        """Tell the store that a live app has kept the session in use until now."""
        if self.store.shared and not session.ended:
            with session.lock:
                if self.store.get(record_key(session.id)) is None:
                    self._revive(session)
        self.touch(session)

    def set_user(self, session: Session, user: str | None) -> None:
        """Note who has logged in; when the store fails, nobody has.

        Raises:
            SessionGone: it has ended.

        """
        with session.lock:
            before, key = session.user, record_key(session.id)
            if user is not None:  # first: whom ``end_user`` does not know stays logged in
                self._users.add(user, key)
            session.user = user
            try:
                self._write(session, {}, [])
            except BaseException:
                session.user = before
                raise
            if before is not None and before != user:
                self._users.remove(before, key)

    def move(self, session: Session, session_id: str) -> None:
        """Give a session another id; the old one is worth nothing then.

        When the store fails, the session keeps the id it has.

        Raises:
            SessionGone: it has ended.

        """
        with session.lock:
            if not self.refresh(session):
                raise SessionGone
            new = record_key(session_id)
            self.store.put(new, self._record(session), self._ttl(session))
            if session.user is not None:  # his old entry leaves when there are many
                self._users.add(session.user, new)
            if self.store.shared:
                self._follow_to(session, new)
            else:
                self.store.delete(record_key(session.id))
            session.id = session_id

    def end(self, session: Session) -> None:
        """Forget a session, for all processes."""
        with session.lock:
            self._end(record_key(session.id))
            session.ended = True
            if session.user is not None:
                self._users.remove(session.user, record_key(session.id))

    def outlived(self, session: Session) -> bool:
        """Whether it is older than a session may get, however much it is used."""
        lifetime = self._settings.session_lifetime
        return lifetime is not None and self._wall() - session.born > lifetime

    # -- several -----------------------------------------------------------------------------------

    def end_user(self, user: str) -> int:
        """Forget every session of a user; how many there were."""
        keys = self._users.keys(user)
        count = sum(self._end(key) for key in keys)
        self._users.remove(user, *keys)  # last, for who has to try again; a new login stays in it
        return count

    def count(self) -> int:
        """How many the store has. Looks at all of them."""
        return len(self.store.keys(PREFIX))

    def make_room(self, spare: set[str]) -> None:
        """Forget a twentieth, those unused for longest; with a live app elsewhere they come back.

        Args:
            spare: ids of sessions that stay.

        """
        spared = {record_key(session_id) for session_id in spare}
        keys = [key for key in self.store.keys(PREFIX) if key not in spared]
        by_use = sorted((self.store.ttl(key) or 0.0, key) for key in keys)
        for _, key in by_use[: len(keys) // 20 + 1]:
            self.store.delete(key)

    # -- inside ------------------------------------------------------------------------------------

    def _ttl(self, session: Session) -> float:
        ttl = self._settings.session_timeout + self.grain
        lifetime = self._settings.session_lifetime
        if lifetime is not None:
            ttl = min(ttl, max(session.born + lifetime - self._wall(), 0.001))
        return ttl

    def _first_text(self, session: Session) -> str:
        """The record of a session without user and data, as JSON."""
        where = '"data":{},"user":null'
        address = encode(session.address)
        return (
            f'{{"v":{session.version},{where},"born":{session.born!r},'
            f'"uid":"{session.uid}","address":{address}}}'
        )

    def _record(self, session: Session) -> Record:
        return {
            "v": session.version,
            "data": session.texts,
            "user": session.user,
            "born": session.born,
            "uid": session.uid,
            "address": session.address,
        }

    def _write(
        self,
        session: Session,
        changed: dict[str, str],
        removed: list[str],
        permits: Permits | None = None,
    ) -> None:
        if session.ended:
            raise SessionGone
        refused = False

        def merge(record: Record | None) -> Record:
            nonlocal refused
            if record is None or "ended" in record:
                raise SessionGone
            refused = permits is not None and not permits(record["data"])
            if refused:
                return record
            record["v"] += 1
            record["user"] = session.user
            record["data"] = {**record["data"], **changed}
            for key in removed:
                record["data"].pop(key, None)
            return record

        key, ttl = record_key(session.id), self._ttl(session)
        if self.store.shared:
            try:
                record = self.store.update(key, merge, ttl)
            except SessionGone:
                if not session.pins or not self._revive(session):
                    raise
                record = self.store.update(key, merge, ttl)
        else:
            permits = None
            record = merge(self._record(session))
            self.store.put(key, record, ttl)
        if refused:
            session.give_up()
            self._adopt(session, record)
            return
        session.version = record["v"]
        session.adopt(record["data"], [*changed, *removed])

    def _adopt(self, session: Session, record: Record) -> None:
        session.version, session.user = record["v"], record["user"]
        session.adopt(record["data"])

    def _end(self, key: str) -> bool:
        """Forget a session; whether the store had it."""
        if self.store.shared:
            self._mark(key)
        return self.store.delete(key)

    def _mark(self, key: str) -> None:
        """Have a live app that keeps this session find out that it has ended."""
        self.store.put(_MARK + key, True, self._settings.session_timeout + self.grain)

    def _revive(self, session: Session) -> bool:
        """Write a session again that expired while a live app kept it; False: it has ended.

        The store was not told that the app is in use.
        """
        key = record_key(session.id)
        if self.store.get(_MARK + key) is not None:
            return False
        self.store.add(key, self._record(session), self._ttl(session))
        if self.store.get(_MARK + key) is None:
            return True
        self.store.delete(key)  # it was ended just now
        return False

    def _follow_to(self, session: Session, new: str) -> None:
        """End the record of a session, with what others have written until then in the new one."""
        seen: list[Record | None] = []

        def close(record: Record | None) -> Record:
            seen.append(record)
            return {"ended": True}

        old, ttl = record_key(session.id), self._ttl(session)
        self._mark(old)
        self.store.update(old, close, ttl)
        self.store.delete(old)
        latest = seen[-1]
        if latest is None or "ended" in latest:
            self.store.delete(new)
            raise SessionGone
        if latest["v"] != session.version:
            self._adopt(session, latest)
            self.store.put(new, self._record(session), ttl)
