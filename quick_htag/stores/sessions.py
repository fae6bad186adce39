"""The sessions of one server: issued by us only, forgotten when unused, limited in number."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from ..deadline import Clock, monotonic
from ..names import secret_name
from .memory import MemoryStore
from .quota import Quota
from .session import Session
from .session_data import SessionData
from .session_records import SessionGone, SessionRecords
from .session_table import SessionTable

if TYPE_CHECKING:
    from ..interfaces import Store
    from ..settings import Settings
    from .session import Permits

_ID = r"[A-Za-z0-9_-]{32}"  # compiled, and kept, at its first use

ENDED = "the session has ended"
EXPIRED = "the session was not used for a long time"
OUTLIVED = "the session has reached its age"
CROWDED = "the session made room for another"
LOGGED_OUT = "the user has logged out"


class Sessions:
    """The live sessions of one server, over a store that may have more. Any thread.

    Expired sessions leave when the next one is issued or when they are asked for; nothing polls.

    Args:
        settings: ``max_sessions``, ``session_timeout`` and others.
        clock: the monotonic clock.
        store: where they are kept; None: in memory.
        wall: seconds since the epoch.

    Attributes:
        started: called with each session that is issued.
        ended: called with each session that has ended and the reason. Those that were used by
            other processes only are told there.

    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock = monotonic,
        store: Store | None = None,
        wall: Clock = time.time,
    ) -> None:
        self._settings = settings
        self._clock = clock
        store = MemoryStore(clock=clock) if store is None else store
        self.records = SessionRecords(store, settings, clock, wall)
        self.lock_timeout = settings.session_lock_timeout
        self.shared = store.shared
        self.started: list[Callable[[Session], object]] = []
        self.ended: list[Callable[[Session, str], object]] = []
        self._quota = Quota(settings.max_sessions, self.records.count, clock)
        self._table = SessionTable(settings, clock)
        # no other process ends or changes a session, and none gets too old while it is used
        self._alone = not store.shared and settings.session_lifetime is None

    # -- requests ----------------------------------------------------------------------------------

    def issue(self, address: str, data: SessionData | None = None) -> Session:
        """A new session.

        Args:
            address: host of the client.
            data: becomes its data; it is stored when the session is saved.

        Raises:
            NoCapacity: the limit is reached and every session has a live GUI.

        """
        for expired in self._table.expire():
            self._tell_end(expired, EXPIRED)
        session = Session(self, secret_name(), "", address, self._clock())
        if data is not None:
            session.take(data)
        _, gone = self._table.add(session)
        if gone is not None:
            self._tell_end(gone, CROWDED)
        try:
            if self.records.store.shared and not self._quota.take():  # sessions of others, too
                self.records.make_room({one.id for one in self.snapshot() if one.pins})
                self._quota.reset()
            self.records.create(session)
        except BaseException:  # nobody will ever name it
            self._table.remove(session)
            raise
        for function in self.started:
            function(session)
        return session

    def use(self, session_id: str) -> Session | None:
        """As ``get``, and note a use now.

        One lock and one look at the clock where the table alone can tell: 0.5 µs instead of 1.4.
        """
        now = self._clock()
        session = self._table.use(session_id, now) if self._alone else None
        if session is None or session.ended:
            session = self.get(session_id)
            if session is not None:
                self.touch(session)
        elif now - session.stored_at >= self.records.grain:
            self.records.touch(session)
        return session

    def get(self, session_id: str) -> Session | None:
        """The session with this id; None for any other text, which is never adopted."""
        if re.fullmatch(_ID, session_id) is None:
            return None
        session, expired = self._table.find(session_id)
        if session is None or (expired and self.records.store.shared):
            return self._load(session_id, session)
        if expired or self.records.outlived(session):
            self.remove(session, EXPIRED if expired else OUTLIVED)
            return None
        return session if self.refresh(session) else None

    def touch(self, session: Session) -> None:
        """Note a use now."""
        if self._table.touch(session):
            self.records.touch(session)

    # -- the keeper of each session ----------------------------------------------------------------

    def save(self, session: Session, permits: Permits | None = None) -> None:
        """Store what was changed, see ``Session.save``. What has ended stays so."""
        try:
            self.records.save(session, permits)
        except SessionGone:
            self._forget(session, ENDED)

    def refresh(self, session: Session) -> bool:
        """Take over what other processes have stored; False: the session has ended."""
        if self.records.refresh(session):
            return True
        self._forget(session, ENDED)
        return False

    def locked(self, session: Session) -> AbstractContextManager[None]:
        """Keeps ``with`` blocks of all processes out."""
        return self.records.locked(session)

    # -- life --------------------------------------------------------------------------------------

    def remove(self, session: Session, reason: str = ENDED) -> bool:
        """End a session; False when it was gone already.

        Raises:
            StoreUnavailable: it goes on then, and may be ended later.

        """
        with session.lock:  # who finds it ended in the store must not tell another reason
            self.records.end(session)
            removed = self._table.remove(session)
        if removed:
            self._tell(session, reason)
        return removed

    def rotate(self, session: Session) -> bool:
        """Give a session a new id, with which its cookie has to be sent; False: it has ended.

        Whoever knows the old one, from before a login say, has nothing then.
        """
        with session.lock:
            old, new = session.id, secret_name()
            try:
                self.records.move(session, new)
            except SessionGone:
                self._forget(session, ENDED)
                return False
            self._table.rename(session, old)
        return True

    def login(self, session: Session, user: str) -> bool:
        """Note who it is, under a new id; False: the session has ended."""
        if not self.rotate(session):
            return False
        try:
            self.records.set_user(session, user)
        except SessionGone:
            self._forget(session, ENDED)
            return False
        return True

    def logout_user(self, user: str) -> int:
        """End every session of a user, in all processes; how many there were.

        The live GUIs of other processes end with their next event or request.
        """
        mine = [session for session in self.snapshot() if session.user == user]
        count = sum(self.remove(session, LOGGED_OUT) for session in mine)
        return count + self.records.end_user(user)

    def pin(self, session: Session) -> bool:
        """Count a live GUI instance; False when the session is gone."""
        return self._table.pin(session)

    def unpin(self, session: Session) -> None:
        """A GUI instance has ended; from now on the session may expire.

        Does not wait for the store, which ``prolong`` tells.
        """
        self._table.unpin(session)

    def prolong(self, session: Session) -> None:
        """Tell the store that the session was in use until now."""
        self.records.prolong(session)

    def snapshot(self) -> list[Session]:
        """Every live session, the longest unused first."""
        return self._table.snapshot()

    def __len__(self) -> int:
        return len(self._table)

    # -- inside ------------------------------------------------------------------------------------

    def _load(self, session_id: str, expired: Session | None) -> Session | None:
        """The session of the store, if it has one; of two at once the first becomes the live one.

        Args:
            session_id: of the session.
            expired: the live one that was not used here for long, but may have been elsewhere.

        """
        if expired is not None:
            if self.refresh(expired):
                return expired
            return None
        loaded = Session(self, session_id, "", "", self._clock())
        if not self.records.load(loaded):
            return None
        session, gone = self._table.add(loaded)
        if gone is not None:
            self._tell_end(gone, CROWDED)
        return session

    def _forget(self, session: Session, reason: str) -> bool:
        if not self._table.remove(session):
            return False
        session.ended = True
        self._tell(session, reason)
        return True

    def _tell(self, session: Session, reason: str) -> None:
        for function in self.ended:
            function(session, reason)

    def _tell_end(self, session: Session, reason: str) -> None:
        """What was dropped from the table ends in the store, unless others may still use it."""
        if self.records.store.shared:
            return
        self.records.end(session)
        self._tell(session, reason)
