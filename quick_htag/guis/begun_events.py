"""Which events of pages the apps have begun to handle, for pages that come from an earlier app.

A page whose app is gone, after a restart say, is loaded again and sends what it has not heard to be
done once more, to the new app. Rules of this file: an event may begin once, whoever asks; the store
has noted it before its handler runs, so nothing that dies in between makes it begin twice; events
of a page begin in their order, so its last number tells all.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

from ..deadline import Clock, monotonic
from ..errors import QuickHtagError

if TYPE_CHECKING:
    from ..interfaces import Store

PREFIX: Final = "begun:"
KEPT: Final = 3600.0  # seconds a page is remembered; it sends events again for ten minutes only


class _Begun(QuickHtagError):
    """The event has begun before; never leaves this file."""


class BegunEvents:
    """The numbers of the last events that began, by session and page. Any thread.

    In a store that outlives the process, or that other processes use, each event writes its number
    there; otherwise they are in memory.

    Args:
        store: of the sessions.
        clock: the monotonic clock.

    Attributes:
        here: the numbers are in memory, so nothing goes wrong with them.

    """

    def __init__(self, store: Store, clock: Clock = monotonic) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()  # guards the table
        # number and time by key, of a store that dies with us; see ``_forget``
        self._here: OrderedDict[tuple[str, str], list[Any]] = OrderedDict()
        self.here = not store.shared

    def begin(self, owner: str, page_id: str, number: int, claim: str = "") -> bool:
        """Note that an event is about to be handled; False: it has begun before.

        Args:
            owner: uid of the session.
            page_id: of the page the event was given to.
            number: the event's number there.
            claim: names who asks: it may do so again when it has not heard the answer. Only where
                the store is shared.

        Raises:
            StoreError: it could not be noted.

        """
        if self.here:
            return self._begin_here((owner, page_id), number)

        def advance(last: Any) -> Any:
            began, by = last if isinstance(last, list) else (last or 0, "")
            if began > number or (began == number and not (claim and by == claim)):
                raise _Begun
            return [number, claim] if claim else number

        try:
            self._store.update(_key(owner, page_id), advance, KEPT)
        except _Begun:
            return False
        return True

    def _begin_here(self, key: tuple[str, str], number: int) -> bool:
        now = self._clock()
        with self._lock:
            entry = self._here.get(key)
            if entry is None:
                self._here[key] = [number, now]
                self._forget(now - KEPT)
            elif entry[0] >= number:
                return False
            else:
                entry[0], entry[1] = number, now
        return True

    def _forget(self, before: float) -> None:
        """Look at a few pages and drop those that were not used since; the lock is held.

        Two for each new one, those not looked at for longest, so that all have their turn.
        """
        for _ in range(2):
            key, (_, used) = next(iter(self._here.items()))
            if used < before:
                del self._here[key]
            else:
                self._here.move_to_end(key)


def _key(owner: str, page_id: str) -> str:
    """Where the store has it: the id of a page is a secret that a stolen store must not tell."""
    return PREFIX + hashlib.sha256(f"{owner}:{page_id}".encode()).hexdigest()
