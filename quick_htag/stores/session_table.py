"""The live sessions of one process: found by id, in order of use, limited in number."""

from __future__ import annotations

import os
import threading
from collections import Counter, OrderedDict
from typing import TYPE_CHECKING

from ..errors import NoCapacity
from ..messages.networks import network_of
from .session import Session

if TYPE_CHECKING:
    from ..deadline import Clock
    from ..settings import Settings

_SHORT_BYTES = 4
_CROWD = 10  # one address with more than this part of all sessions makes room first


class SessionTable:
    """Any thread; nothing here waits for a store.

    Args:
        settings: ``max_sessions`` and ``session_timeout``.
        clock: the monotonic clock.

    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        # guards the tables and last_used and pins of every session; nothing is called under it
        self._lock = threading.Lock()
        self._sessions: OrderedDict[str, Session] = OrderedDict()  # the longest unused first
        self._short_ids: set[str] = set()
        self._networks: Counter[str] = Counter()  # sessions by address; of some it is not known

    def __len__(self) -> int:
        return len(self._sessions)

    def snapshot(self) -> list[Session]:
        """Every session, the longest unused first."""
        with self._lock:
            return list(self._sessions.values())

    def find(self, session_id: str) -> tuple[Session | None, bool]:
        """The session with this id, and whether it has expired."""
        with self._lock:
            session = self._sessions.get(session_id)
            if session is None:
                return None, False
            unused = self._clock() - session.last_used
            return session, session.pins == 0 and unused > self._settings.session_timeout

    def use(self, session_id: str, now: float) -> Session | None:
        """The session with this id, noted as used ``now``; None: there is none, or it expired."""
        with self._lock:
            session = self._sessions.get(session_id)
            if session is None:
                return None
            unused = now - session.last_used
            if unused > self._settings.session_timeout and session.pins == 0:
                return None
            session.last_used = now
            self._sessions.move_to_end(session_id)
            return session

    def add(self, session: Session) -> tuple[Session, Session | None]:
        """Put a session in, with a short id of its own.

        Returns:
            The one with this id, which another thread may have added first; and the one that had to
            make room.

        Raises:
            NoCapacity: the limit is reached and every session has a live GUI.

        """
        with self._lock:
            there = self._sessions.get(session.id)
            if there is not None:
                return there, None
            full = len(self._sessions) >= self._settings.max_sessions
            gone = self._make_room() if full else None
            # the same in all processes, unless another session here has it
            session.short_id = session.short_id or session.uid[: 2 * _SHORT_BYTES]
            while session.short_id in self._short_ids:
                session.short_id = os.urandom(_SHORT_BYTES).hex()
            self._sessions[session.id] = session
            self._short_ids.add(session.short_id)
            self._networks[network_of(session.address)] += 1
            return session, gone

    def remove(self, session: Session) -> bool:
        """Take a session out; False when it was gone already."""
        with self._lock:
            if self._sessions.get(session.id) is not session:
                return False
            self._drop(session)
            return True

    def rename(self, session: Session, old: str) -> None:
        """Find a session by the id it has now, and no longer by the ``old`` one."""
        with self._lock:
            if self._sessions.pop(old, None) is session:
                self._sessions[session.id] = session

    def touch(self, session: Session) -> bool:
        """Note a use now; False when the session is gone."""
        with self._lock:
            return self._renew(session)

    def pin(self, session: Session) -> bool:
        """Count a live GUI instance; False when the session is gone."""
        with self._lock:
            if not self._renew(session):
                return False
            session.pins += 1
            return True

    def unpin(self, session: Session) -> bool:
        """A GUI instance has ended; False when the session is gone."""
        with self._lock:
            session.pins -= 1
            return self._renew(session)

    def expire(self) -> list[Session]:
        """Take out those that have expired; a pinned one that comes first is in use now."""
        gone: list[Session] = []
        with self._lock:
            now = self._clock()
            while self._sessions:
                oldest = next(iter(self._sessions.values()))
                if now - oldest.last_used <= self._settings.session_timeout:
                    break
                if oldest.pins:
                    self._renew(oldest)
                else:
                    self._drop(oldest)
                    gone.append(oldest)
        return gone

    # -- the lock is held --------------------------------------------------------------------------

    def _renew(self, session: Session) -> bool:
        if self._sessions.get(session.id) is not session:
            return False
        session.last_used = self._clock()
        self._sessions.move_to_end(session.id)
        return True

    def _drop(self, session: Session) -> None:
        del self._sessions[session.id]
        self._short_ids.discard(session.short_id)
        network = network_of(session.address)
        self._networks[network] -= 1
        if not self._networks[network]:
            del self._networks[network]

    def _make_room(self) -> Session:
        """Drop the longest unused; where one address has very many, the longest unused of those."""
        crowd = max(filter(None, self._networks), key=self._networks.__getitem__, default="")
        if self._networks[crowd] <= max(1, self._settings.max_sessions // _CROWD):
            crowd = ""
        found = None
        for session in self._sessions.values():
            if session.pins:
                continue
            if found is None:
                found = session
            if not crowd or network_of(session.address) == crowd:
                found = session
                break
        if found is None:
            raise NoCapacity(f"the limit of {self._settings.max_sessions} sessions is reached")
        self._drop(found)
        return found
