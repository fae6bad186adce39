"""The sessions of one server: issued by us only, forgotten when unused, limited in number."""

from __future__ import annotations

import re
import secrets
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from ..deadline import Clock, monotonic
from ..errors import NoCapacity

if TYPE_CHECKING:
    from ..settings import Settings

_ID_BYTES = 24  # 192 random bits
_ID = re.compile(r"[A-Za-z0-9_-]{32}")
_SHORT_BYTES = 4


class Session:
    """One visitor.

    Attributes:
        id: the secret in the cookie; never shown, logged or stored in the clear.
        short_id: eight characters that name the session in lists and logs; not derived from ``id``.
        created: monotonic time of issue, in seconds.
        last_used: monotonic time of the last use, in seconds.
        address: host of the client that got it.
        data: the one mapping that routes and GUI share.
        pins: live GUI instances; a pinned session is in use.

    """

    __slots__ = ("address", "created", "data", "id", "last_used", "pins", "short_id")

    def __init__(self, session_id: str, short_id: str, address: str, now: float) -> None:
        self.id = session_id
        self.short_id = short_id
        self.created = now
        self.last_used = now
        self.address = address
        self.data: dict[str, Any] = {}
        self.pins = 0

    def __repr__(self) -> str:
        return f"<Session {self.short_id}>"


class Sessions:
    """Every session of one server, in memory. Any thread.

    Expired sessions leave when the next one is issued or when they are asked for; nothing polls.

    Args:
        settings: ``max_sessions`` and ``session_timeout``.
        clock: the monotonic clock.

    """

    def __init__(self, settings: Settings, clock: Clock = monotonic) -> None:
        self._settings = settings
        self._clock = clock
        # guards the tables and last_used and pins of every session; nothing is called under it
        self._lock = threading.Lock()
        self._sessions: OrderedDict[str, Session] = OrderedDict()  # the longest unused first
        self._short_ids: set[str] = set()

    def issue(self, address: str) -> Session:
        """A new session.

        Args:
            address: host of the client.

        Raises:
            NoCapacity: the limit is reached and every session has a live GUI.

        """
        with self._lock:
            now = self._clock()
            self._expire(now)
            if len(self._sessions) >= self._settings.max_sessions:
                self._make_room()
            short_id = secrets.token_hex(_SHORT_BYTES)
            while short_id in self._short_ids:
                short_id = secrets.token_hex(_SHORT_BYTES)
            session = Session(secrets.token_urlsafe(_ID_BYTES), short_id, address, now)
            self._sessions[session.id] = session
            self._short_ids.add(short_id)
            return session

    def get(self, session_id: str) -> Session | None:
        """The live session with this id; None for any other text, which is never adopted."""
        if _ID.fullmatch(session_id) is None:
            return None
        with self._lock:
            session = self._sessions.get(session_id)
            if session is None:
                return None
            if self._expired(session, self._clock()):
                self._drop(session)
                return None
            return session

    def touch(self, session: Session) -> None:
        """Note a use now."""
        with self._lock:
            if session.id in self._sessions:
                self._renew(session, self._clock())

    def remove(self, session: Session) -> bool:
        """Forget a session; False when it was gone already."""
        with self._lock:
            if self._sessions.get(session.id) is not session:
                return False
            self._drop(session)
            return True

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
            if session.id in self._sessions:
                self._renew(session, self._clock())

    def snapshot(self) -> list[Session]:
        """Every session, the longest unused first."""
        with self._lock:
            return list(self._sessions.values())

    def __len__(self) -> int:
        return len(self._sessions)

    # -- the lock is held --------------------------------------------------------------------------

    def _expired(self, session: Session, now: float) -> bool:
        return session.pins == 0 and now - session.last_used > self._settings.session_timeout

    def _renew(self, session: Session, now: float) -> None:
        session.last_used = now
        self._sessions.move_to_end(session.id)

    def _drop(self, session: Session) -> None:
        del self._sessions[session.id]
        self._short_ids.discard(session.short_id)

    def _expire(self, now: float) -> None:
        """Drop expired sessions; a pinned one that comes first is in use now."""
        while self._sessions:
            oldest = next(iter(self._sessions.values()))
            if now - oldest.last_used <= self._settings.session_timeout:
                return
            if oldest.pins:
                self._renew(oldest, now)
            else:
                self._drop(oldest)

    def _make_room(self) -> None:
        for session in self._sessions.values():
            if not session.pins:
                self._drop(session)
                return
        raise NoCapacity(f"the limit of {self._settings.max_sessions} sessions is reached")
