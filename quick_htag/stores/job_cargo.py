"""Long results in pieces, each of which is fetched once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..deadline import Clock, monotonic
from .job import new_token

if TYPE_CHECKING:
    from ..settings import Settings


@dataclass(frozen=True)
class _Piece:
    text: str
    group: str
    owner: str | None
    until: float


class JobCargo:
    """The pieces of one server. Any thread.

    Args:
        settings: ``job_cargo_ttl`` and ``max_job_cargo``.
        clock: the monotonic clock.

    """

    def __init__(self, settings: Settings, clock: Clock = monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()  # guards all that follows
        self._pieces: OrderedDict[str, _Piece] = OrderedDict()  # the oldest first
        self._characters = 0

    def __len__(self) -> int:
        return len(self._pieces)

    def add(self, text: str, size: int, group: str, owner: str | None) -> list[str]:
        """Keep a long result; the oldest pieces make room where there is too much of it all.

        Args:
            text: the result.
            size: characters of a piece, at most.
            group: the endpoint it belongs to.
            owner: the session it belongs to; None: none.

        Returns:
            the names of the pieces, in order.

        """
        until = self._clock() + self._settings.job_cargo_ttl
        size = max(size, 1)
        names = []
        with self._lock:
            while self._pieces and self._characters + len(text) > self._settings.max_job_cargo:
                self._drop(next(iter(self._pieces)))
            for start in range(0, len(text), size):
                name = new_token()
                while name in self._pieces:
                    name = new_token()
                piece = text[start : start + size]
                self._pieces[name] = _Piece(piece, group, owner, until)
                self._characters += len(piece)
                names.append(name)
        return names

    def _drop(self, name: str) -> str:
        """The lock is held."""
        text = self._pieces.pop(name).text
        self._characters -= len(text)
        return text

    def take(self, name: str, group: str, owner: str | None) -> str | None:
        """A piece, which is forgotten; None: there is none of theirs with this name."""
        with self._lock:
            piece = self._pieces.get(name)
            if piece is None or piece.group != group or piece.owner not in (None, owner):
                return None
            return self._drop(name)

    def next_deadline(self) -> float | None:
        """Monotonic time at which the first is to be forgotten; None: there is none."""
        with self._lock:
            return next(iter(self._pieces.values())).until if self._pieces else None

    def expire(self, now: float) -> list[str]:
        """Forget what nobody came for; the names."""
        names = []
        with self._lock:
            while self._pieces and next(iter(self._pieces.values())).until <= now:
                names.append(next(iter(self._pieces)))
                self._drop(names[-1])
        return names
