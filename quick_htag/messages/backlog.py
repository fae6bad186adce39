"""What all slow clients of a server together leave untaken, and who makes room."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from ..log_text import format_size

TRY_AGAIN: Final = (1013, "too much waits for slow clients, try again")
"""Code (in the registry of RFC 6455 section 11.7) and reason for a client that makes room."""


class Slow(Protocol):
    """A connection whose client does not take what there is."""

    @property
    def address(self) -> str:
        """Host of the client."""

    def make_room(self) -> None:
        """Forget what waits and close with ``TRY_AGAIN``. Any thread; never blocks, never fails."""


class Backlog:
    """Bytes that wait for clients, over all of a server. Any thread.

    A client is in the list from the moment that something waits for it to the one when nothing does
    any more, so the first in it is the slowest. Who has less than half of an equal share of it all
    need not make room: where the machine is busy, quick clients are waited for, too.

    Args:
        limit: bytes; 0: any number.
        report: told in words of each client that makes room; None: nobody is.

    """

    def __init__(self, limit: int, report: Callable[[str], object] | None = None) -> None:
        self._limit = limit
        self._report = report
        self._lock = threading.Lock()  # guards everything below; nothing is called under it
        self._waiting: dict[Slow, int] = {}  # bytes; who has been waited for longest is first
        self._leaving: set[Slow] = set()  # those that were told to, and are not gone
        self._total = 0

    def note(self, client: Slow, waiting: int) -> Sequence[Slow]:
        """Note how many bytes wait for a client.

        Args:
            client: it is known by its identity.
            waiting: all of its bytes; 0: it has taken everything.

        Returns:
            those to ``dismiss``, as soon as the caller holds no lock; usually nobody.

        """
        with self._lock:
            if client in self._leaving:
                return ()
            self._set(client, waiting)
            if not self._limit or self._total <= self._limit:
                return ()
            share = self._total / len(self._waiting) / 2
            dropped = []
            for slow in [one for one, count in self._waiting.items() if count >= share]:
                if self._total <= self._limit:
                    break
                self._set(slow, 0)
                dropped.append(slow)
            self._leaving.update(dropped)
            return dropped

    def forget(self, client: Slow) -> None:
        """It is gone."""
        with self._lock:
            self._set(client, 0)
            self._leaving.discard(client)

    def _set(self, client: Slow, waiting: int) -> None:
        """The lock is held."""
        self._total += waiting - self._waiting.get(client, 0)
        if waiting:
            self._waiting[client] = waiting
        else:
            self._waiting.pop(client, None)

    def dismiss(self, clients: Sequence[Slow]) -> None:
        """Have clients make room."""
        for client in clients:
            if self._report is not None:
                self._report(
                    f"{client.address} is sent away: it takes too slowly what is sent, and more "
                    f"than {format_size(self._limit)} wait for such clients (websocket_max_backlog)"
                )
            client.make_room()

    def total(self) -> int:
        """Bytes that wait now."""
        with self._lock:
            return self._total
