"""Whose processes there are: one for each visitor of an app, whichever web process he comes to.

With a store that several web processes use, a process is noted there with its address and secret,
and a lock of the store sees to it that two of them do not start one each for the same visitor.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from ..errors import StoreError
from ..guis.instance_table import busy
from .greeting import NotTrusted
from .link import LinkLost
from .meeting import this_machine

if TYPE_CHECKING:
    from ..interfaces import Store
    from ..stores.session import Session
    from .seat import Seat

_NOTED: Final = 30 * 24 * 3600.0  # seconds a note is kept that nobody has removed
_ENDS: Final = 5.0  # seconds for a process to end whose connection is lost

Join = Callable[["Session", "dict[str, Any]"], "Seat"]
"""Connects to a noted process; raises ``OSError``, ``NotTrusted`` or ``LinkLost`` if it is gone."""


class Residents:
    """The processes of one bound app, by visitor. Any thread.

    Args:
        place: names the app among those of its server, in all web processes.
        store: of the sessions.
        make: gives a visitor a process of his own; told his address.
        join: connects to one that another web process has started.
        note: what is noted of a process of ours.
        timeout: seconds until a process is there.

    """

    def __init__(
        self,
        place: str,
        store: Store,
        make: Callable[[Session, str], Seat],
        join: Join,
        note: Callable[[Seat], dict[str, Any]],
        timeout: float,
    ) -> None:
        self._place = f"{this_machine()}:{place}"
        self._store = store
        self._make = make
        self._join = join
        self._note = note
        self._timeout = timeout
        self._lock = threading.Lock()  # guards the two below
        self._seats: dict[str, Seat] = {}  # by uid
        self._coming: dict[str, Future[Seat]] = {}  # somebody sees to it

    @property
    def may_be_elsewhere(self) -> bool:
        """Whether another web process may have started the process of a visitor."""
        return self._store.shared

    def at(self, uid: str) -> Seat | None:
        """That of a visitor, as far as is known here."""
        with self._lock:
            seat = self._seats.get(uid)
        return seat if seat is not None and seat.usable else None

    def all(self) -> list[Seat]:
        """All that are known here."""
        with self._lock:
            return list(self._seats.values())

    def obtain(self, session: Session, address: str) -> Seat:
        """That of a visitor, who gets one if he has none. Waits.

        Args:
            session: the visitor's.
            address: host of the visitor.

        Raises:
            AppFailed: the app cannot be loaded.
            HTTPError: 503, it takes too long.
            NoCapacity: there are too many.

        """
        return self._arrange(session, lambda: self._find_or_make(session, address))

    def seek(self, session: Session) -> Seat | None:
        """That of a visitor, if there is one in any web process. Waits for the store."""
        found = self.at(session.uid)
        if found is not None or not self._store.shared:
            return found
        with suppress(StoreError):
            return self._noted(session)
        return None

    def gone(self, seat: Seat) -> None:
        """Its connection is lost; what is noted of it goes when it has ended. Waits for that."""
        session = seat.session
        if session is None:
            return
        with self._lock:
            if self._seats.get(session.uid) is seat:
                del self._seats[session.uid]
        if not self._store.shared or seat.released or seat.process is None:
            return
        if seat.process.wait(_ENDS):
            self._forget(session, seat.address)

    def _arrange(self, session: Session, work: Callable[[], Seat]) -> Seat:
        """What one of several requests does; the others wait for it."""
        with self._lock:
            seat = self._seats.get(session.uid)
            if seat is not None and seat.usable:
                return seat
            coming = self._coming.get(session.uid)
            mine = coming is None
            if coming is None:
                coming = self._coming[session.uid] = Future()
        if not mine:
            try:
                return coming.result(self._timeout)
            except FutureTimeoutError:
                raise busy("the app takes too long to start, try again") from None
        try:
            coming.set_result(work())
        except BaseException as error:
            coming.set_exception(error)
            raise
        finally:
            with self._lock:
                del self._coming[session.uid]
        return coming.result()

    def _find_or_make(self, session: Session, address: str) -> Seat:
        if not self._store.shared:
            return self._keep(session, self._make(session, address))
        with self._store.locked(f"process lock:{self._key(session)}", self._timeout):
            found = self._noted(session)
            if found is not None:
                return found
            seat = self._keep(session, self._make(session, address))
            self._store.put(self._key(session), self._note(seat), _NOTED)
            return seat

    def _keep(self, session: Session, seat: Seat) -> Seat:
        with self._lock:
            self._seats[session.uid] = seat
        if not seat.usable:  # it has ended at once
            self.gone(seat)
        return seat

    def _noted(self, session: Session) -> Seat | None:
        """The process that the store tells of, if it is there."""
        note = self._store.get(self._key(session))
        if note is None:
            return None
        try:
            seat = self._join(session, note)
        except (OSError, NotTrusted, LinkLost):
            self._forget(session, note["address"])
            return None
        return self._keep(session, seat)

    def _forget(self, session: Session, address: list[object]) -> None:
        """Take back a note of a process that is gone, but not that of the next one."""
        key = self._key(session)
        with suppress(StoreError):
            note = self._store.get(key)
            if note is not None and note["address"] == address:
                self._store.delete(key)

    def _key(self, session: Session) -> str:
        text = f"{self._place}:{session.uid}"
        return f"process:{hashlib.sha256(text.encode()).hexdigest()}"
