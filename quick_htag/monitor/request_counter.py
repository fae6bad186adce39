"""Counts requests and their durations for next to nothing.

Each thread counts into cells of its own, so that nothing is locked and nothing is lost; whoever
asks adds them up. A number may be one request behind, never wrong for long.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Final

from ..deadline import Clock, monotonic
from .histogram import BOUNDS, Histogram

_WIDTH: Final = len(BOUNDS) + 1
_CLASSES: Final = 10  # of statuses: 1 to 5, and whatever a handler invents
_MARKS: Final = 64  # seconds that are told apart; more than ...
_SPAN: Final = 60.0  # ... the seconds over which the rate is told


@dataclass(frozen=True)
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

    __slots__ = ("counts", "marks", "polls", "second", "seconds", "thread")

    def __init__(self, thread: threading.Thread | None) -> None:
        self.thread = thread
        self.counts = [0] * (_WIDTH * _CLASSES)
        self.seconds = 0.0
        self.polls = 0
        self.second = 0  # the one that is being counted; whole seconds of the clock
        self.marks = [(0, 0)] * _MARKS  # (second, requests before it), by second

    def add(self, other: _Cells) -> None:
        """Take over what an ended thread has counted, but for its marks."""
        self.counts = [one + two for one, two in zip(self.counts, other.counts, strict=True)]
        self.seconds += other.seconds
        self.polls += other.polls

    def since(self, second: int) -> int:
        """Requests counted in this second and later."""
        first = min((mark for mark in self.marks if mark[0] >= second), default=None)
        return 0 if first is None else sum(self.counts) - first[1]


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
        except AttributeError:
            cells = self._new_cells()
        second = int(self._clock())
        if second != cells.second:
            cells.marks[second % _MARKS] = (second, sum(cells.counts))
            cells.second = second
        cells.counts[status // 100 * _WIDTH + bisect_left(BOUNDS, elapsed)] += 1
        cells.seconds += elapsed

    def note_poll(self) -> None:
        """Count a request that has waited on purpose, whose duration says nothing."""
        try:
            cells = self._local.cells
        except AttributeError:
            cells = self._new_cells()
        cells.polls += 1

    def _new_cells(self) -> _Cells:
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
        with self._lock:
            cells = [self._ended, *self._cells]
            numbers = [sum(column) for column in zip(*(one.counts for one in cells), strict=True)]
            seconds = sum(one.seconds for one in cells)
            polls = sum(one.polls for one in cells)
            recent = sum(one.since(int(now - span)) for one in cells)
        rows = [numbers[at : at + _WIDTH] for at in range(0, len(numbers), _WIDTH)]
        return RequestCounts(
            {f"{place}xx": sum(row) for place, row in enumerate(rows) if any(row)},
            Histogram(tuple(map(sum, zip(*rows, strict=True))), seconds),
            recent / span,
            polls,
        )


def _is_over(cells: _Cells, recent: float) -> bool:
    """Whether the thread has ended, and counts for the rate no more."""
    return cells.second < recent and not (cells.thread is not None and cells.thread.is_alive())
