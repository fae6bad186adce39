"""How many visitors may have a process, and whose process makes room for another one."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ..errors import NoCapacity
from ..guis.host import CROWDED
from ..messages.networks import PROXY_ADVICE

if TYPE_CHECKING:
    from ..settings import Settings
    from .seat import Seat

_GOODBYE: Final = 1.0  # seconds that one which makes room gets to end


class Capacity:
    """Of one server. Any thread.

    Args:
        settings: the limits.
        seats: gives the processes there are; asked under the lock, and must not call back.

    """

    def __init__(self, settings: Settings, seats: Callable[[], list[Seat]]) -> None:
        self._settings = settings
        self._seats = seats
        self._lock = threading.Lock()  # guards the two below; held while processes are counted
        self._arriving: Counter[str] = Counter()  # visitors who get a process just now, by network
        self._parting: list[Seat] = []  # told just now to make room

    @property
    def in_use(self) -> bool:
        """Whether somebody gets a process just now."""
        return bool(self._arriving)

    @contextmanager
    def room(self, network: str) -> Iterator[None]:
        """See to it that one more visitor may have a process.

        Args:
            network: what his address counts as.

        Raises:
            NoCapacity: there are too many.

        """
        with self._lock:
            victim = self._crowded(network)
            self._arriving[network] += 1
            if victim is not None:
                self._parting.append(victim)
        try:
            if victim is not None:
                self._send_off(victim)
            yield
        finally:
            with self._lock:
                self._arriving[network] -= 1
                if not self._arriving[network]:
                    del self._arriving[network]

    def _send_off(self, victim: Seat) -> None:
        """Have one make room, which cannot do so for anybody else."""
        try:
            victim.stop(_GOODBYE, CROWDED)
        finally:
            with self._lock:
                self._parting.remove(victim)

    def _crowded(self, network: str) -> Seat | None:
        """Who must make room, if somebody must; the lock is held."""
        settings = self._settings
        found = (seat for seat in self._seats() if seat not in self._parting)
        live = [seat for seat in found if seat.session is not None and seat.usable]
        there = [seat for seat in live if seat.network == network]
        here, limit = len(there) + self._arriving[network], settings.max_instances_per_address
        if here >= limit:
            return _unvisited(there, f"the limit of {limit} live apps for {network}", PROXY_ADVICE)
        if len(live) + sum(self._arriving.values()) >= settings.max_processes:
            return _unvisited(live, f"the limit of {settings.max_processes} processes of apps")
        return None


def _unvisited(seats: list[Seat], limit: str, advice: str = "") -> Seat:
    """The oldest one whose page never connected: of a program that only fetches pages.

    Raises:
        NoCapacity: there is none.

    """
    found = [seat for seat in seats if not seat.ever_connected and not seat.opening]
    if not found:
        raise NoCapacity(f"{limit} is reached{advice}")
    return min(found, key=lambda seat: seat.created)
