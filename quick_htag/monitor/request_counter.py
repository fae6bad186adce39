"""Counts requests and their durations for next to nothing.

Each thread counts into cells of its own, so that nothing is locked and nothing is lost; whoever
asks adds them up. A number may be one request behind, never wrong for long.
"""

from __future__ import annotations

import operator
import threading
from bisect import bisect_left
from collections import Counter
from typing import Final

from ..deadline import Clock, monotonic
from ..record import field, record
from .histogram import BOUNDS, Histogram

_WIDTH: Final = len(BOUNDS) + 1
_MARKS: Final = 64  # seconds that are told apart; more than ...
_SPAN: Final = 60.0  # ... the seconds over which the rate is told


@record(frozen=True)
class RequestCounts:
    """What was counted.

    Attributes:
        by_status: requests by the class of their status, "2xx" say; only those there were.
        latency: their durations, from the first byte of a request to the head of its answer.
        per_second: the rate of the last minute, or since the start if that is nearer.
        polls: requests of live pages that wait for events, not in ``latency``.

    """

    by_status: dict[str, int] = field(default_factory=dict)
    latency: Histogram = field(default_factory=Histogram)
    per_second: float = 0.0
    polls: int = 0

    @property
    def total(self) -> int:
        """All of them, without ``polls``."""
        return self.latency.total


class _Cells:
    """The numbers of one thread, written by that thread only."""

    __slots__ = ("marks", "polls", "rows", "seconds", "thread", "until")

    def __init__(self, thread: threading.Thread | None) -> None:
        self.thread = thread
        self.rows: dict[int, list[int]] = {}  # by status, the buckets
        self.seconds = 0.0
        self.polls = 0
        self.until = 0  # where the second ends that is being counted
        self.marks = [(0, 0)] * _MARKS  # (second, requests before it), by second

    def row(self, status: int) -> list[int]:
        """The buckets of a status."""
        return self.rows.setdefault(status, [0] * _WIDTH)

    def total(self) -> int:
        """Requests of every status."""
        return sum(map(sum, self.rows.copy().values()))  # at once: its thread may add a row

    def begin_second(self, second: int) -> None:
        """Note how many requests there were before."""
        self.marks[second % _MARKS] = (second, self.total())
        self.until = second + 1

    def add(self, other: _Cells) -> None:
        """Take over what another thread has counted, but for its marks."""
        for status, counts in other.rows.copy().items():
            self.rows[status] = list(map(operator.add, self.row(status), counts))
        self.seconds += other.seconds
        self.polls += other.polls

    def since(self, second: int) -> int:
        """Requests counted in this second and later."""
        first = min((mark for mark in self.marks if mark[0] >= second), default=None)
        return 0 if first is None else self.total() - first[1]


class RequestCounter:
    """The requests of one server. Any thread.

    Args:
        clock: the monotonic clock.

    """

    def __init__(self, clock: Clock = monotonic) -> None:
        self._clock = clock
        self._started = clock()
        self._local = threading.local()
        self._lock = threading.Lock()  # guards the two below, not the cells in them
        self._cells: list[_Cells] = []
        self._ended = _Cells(None)  # of threads that are no more

    def note(self, status: int, elapsed: float) -> None:
        """Count a request.

        Args:
            status: what it was answered.
            elapsed: seconds it took.

        """
        try:
            cells = self._local.cells
            row = cells.rows[status]
        except (AttributeError, KeyError):
            cells = self._own_cells()
            row = cells.row(status)
        now = self._clock()
        if now >= cells.until:
            cells.begin_second(int(now))
        row[bisect_left(BOUNDS, elapsed)] += 1
        cells.seconds += elapsed

    def note_poll(self) -> None:
        """Count a request that has waited on purpose, whose duration says nothing."""
        self._own_cells().polls += 1

    def _own_cells(self) -> _Cells:
        """Those of the calling thread."""
        cells: _Cells | None = getattr(self._local, "cells", None)
        if cells is not None:
            return cells
        cells = self._local.cells = _Cells(threading.current_thread())
        with self._lock:
            recent = self._clock() - _SPAN
            for one in [old for old in self._cells if _is_over(old, recent)]:
                self._ended.add(one)
                self._cells.remove(one)
            self._cells.append(cells)
        return cells

    def counts(self) -> RequestCounts:
        """What was counted until now."""
        now = self._clock()
        span = min(max(now - self._started, 1.0), _SPAN)
        found = _Cells(None)
        with self._lock:
            for cells in (self._ended, *self._cells):
                found.add(cells)
            recent = sum(cells.since(int(now - span)) for cells in self._cells)
        by_status: Counter[str] = Counter()
        for status in sorted(found.rows):
            by_status[f"{status // 100}xx"] += sum(found.rows[status])
        columns = zip(*found.rows.values(), strict=True)
        latency = Histogram(tuple(map(sum, columns)), found.seconds) if found.rows else Histogram()
        return RequestCounts(dict(by_status), latency, recent / span, found.polls)


def _is_over(cells: _Cells, recent: float) -> bool:
    """Whether the thread has ended, and counts for the rate no more."""
    return cells.until < recent and not (cells.thread is not None and cells.thread.is_alive())
