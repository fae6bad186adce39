"""The sessions of one server: issued by us only, forgotten when unused, limited in number."""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from ..deadline import Clock, monotonic
from ..errors import NoCapacity
from .memory import MemoryStore
from .quota import Quota
from .session import Session, SessionData
from .session_records import SessionGone, SessionRecords

if TYPE_CHECKING:
    from ..interfaces import Store
    from ..settings import Settings

_ID_BYTES = 24  # 192 random bits
_ID = re.compile(r"[A-Za-z0-9_-]{32}")
_SHORT_BYTES = 4

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
        self.started: list[Callable[[Session], object]] = []
        self.ended: list[Callable[[Session, str], object]] = []
        self._quota = Quota(settings.max_sessions, self.records.count, clock)
        # guards the tables and last_used and pins of every session; nothing is called under it
        self._lock = threading.Lock()
        self._sessions: OrderedDict[str, Session] = OrderedDict()  # the longest unused first
        self._short_ids: set[str] = set()

    # -- requests ----------------------------------------------------------------------------------

    def issue(self, address: str, data: SessionData | None = None) -> Session:
        """A new session.

        Args:
            address: host of the client.
            data: becomes its data; it is stored when the session is saved.

        Raises:
            NoCapacity: the limit is reached and every session has a live GUI.

        """
        with self._lock:
            now = self._clock()
            gone = self._expire(now)
            if len(self._sessions) >= self._settings.max_sessions:
                gone.append((self._make_room(), CROWDED))
            session = self._new(secrets.token_urlsafe(_ID_BYTES), address, now)
            if data is not None:
                session.take(data)
        for one, reason in gone:
            self._tell_end(one, reason)
        if self.records.store.shared and not self._quota.take():  # sessions of others, too
            self.records.make_room({one.id for one in self.snapshot() if one.pins})
            self._quota.reset()
        self.records.create(session)
        for function in self.started:
            function(session)
        return session

    def get(self, session_id: str) -> Session | None:
        """The session with this id; None for any other text, which is never adopted."""
        if _ID.fullmatch(session_id) is None:
            return None
        with self._lock:
            session = self._sessions.get(session_id)
            expired = session is not None and self._expired(session, self._clock())
        if session is None or (expired and self.records.store.shared):
            return self._load(session_id, session)
        if expired or self.records.outlived(session):
            self.remove(session, EXPIRED if expired else OUTLIVED)
            return None
        return session if self.refresh(session) else None

    def touch(self, session: Session) -> None:
        """Note a use now."""
        with self._lock:
            if session.id not in self._sessions:
                return
            self._renew(session, self._clock())
        self.records.touch(session)

    # -- the keeper of each session ----------------------------------------------------------------

    def save(self, session: Session) -> None:
        """Store what was changed, see ``Session.save``. What has ended stays so."""
        try:
            self.records.save(session)
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
        """End a session; False when it was gone already."""
        if not self._forget(session, reason):
            return False
        self.records.end(session)
        return True

    def rotate(self, session: Session) -> bool:
        """Give a session a new id, with which its cookie has to be sent; False: it has ended.

        Whoever knows the old one, from before a login say, has nothing then.
        """
        with session.lock:
            old, new = session.id, secrets.token_urlsafe(_ID_BYTES)
            try:
                self.records.move(session, new)
            except SessionGone:
                self._forget(session, ENDED)
                return False
            with self._lock:
                if self._sessions.pop(old, None) is session:
                    self._sessions[new] = session
        return True

    def login(self, session: Session, user: str) -> bool:
        """Note who it is, under a new id; False: the session has ended."""
        if not self.rotate(session):
            return False
        self.records.set_user(session, user)
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
        with self._lock:
            if self._sessions.get(session.id) is not session:
                return False
            session.pins += 1
            self._renew(session, self._clock())
            return True

    def unpin(self, session: Session) -> None:
        """A GUI instance has ended; from now on the session may expire."""
        with self._lock:
            session.pins -= 1
            live = session.id in self._sessions
            if live:
                self._renew(session, self._clock())
        if live:
            self.records.touch(session)

    def snapshot(self) -> list[Session]:
        """Every live session, the longest unused first."""
        with self._lock:
            return list(self._sessions.values())

    def __len__(self) -> int:
        return len(self._sessions)

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
        with self._lock:
            session = self._sessions.get(session_id)
            if session is not None:
                return session
            gone = None
            if len(self._sessions) >= self._settings.max_sessions:
                gone = self._make_room()
            self._add(loaded)
        if gone is not None:
            self._tell_end(gone, CROWDED)
        return loaded

    def _forget(self, session: Session, reason: str) -> bool:
        with self._lock:
            if self._sessions.get(session.id) is not session:
                return False
            self._drop(session)
        session.ended = True
        for function in self.ended:
            function(session, reason)
        return True

    def _tell_end(self, session: Session, reason: str) -> None:
        """What was dropped from the table ends in the store, unless others may still use it."""
        if self.records.store.shared:
            return
        self.records.end(session)
        for function in self.ended:
            function(session, reason)

    # -- the lock is held --------------------------------------------------------------------------

    def _new(self, session_id: str, address: str, now: float) -> Session:
        session = Session(self, session_id, "", address, now)
        self._add(session)
        return session

    def _add(self, session: Session) -> None:
        while not session.short_id or session.short_id in self._short_ids:
            session.short_id = secrets.token_hex(_SHORT_BYTES)
        self._sessions[session.id] = session
        self._short_ids.add(session.short_id)

    def _expired(self, session: Session, now: float) -> bool:
        return session.pins == 0 and now - session.last_used > self._settings.session_timeout

    def _renew(self, session: Session, now: float) -> None:
        session.last_used = now
        self._sessions.move_to_end(session.id)

    def _drop(self, session: Session) -> None:
        del self._sessions[session.id]
        self._short_ids.discard(session.short_id)

    def _expire(self, now: float) -> list[tuple[Session, str]]:
        """Drop expired sessions; a pinned one that comes first is in use now."""
        gone: list[tuple[Session, str]] = []
        while self._sessions:
            oldest = next(iter(self._sessions.values()))
            if now - oldest.last_used <= self._settings.session_timeout:
                break
            if oldest.pins:
                self._renew(oldest, now)
            else:
                self._drop(oldest)
                gone.append((oldest, EXPIRED))
        return gone

    def _make_room(self) -> Session:
        for session in self._sessions.values():
            if not session.pins:
                self._drop(session)
                return session
        raise NoCapacity(f"the limit of {self._settings.max_sessions} sessions is reached")
