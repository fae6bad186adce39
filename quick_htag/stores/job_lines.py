"""Who waits behind whom: the order of jobs that wait for the same executor."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Hashable
from itertools import count

from .job import Job


class JobLines:
    """The lines of a table of jobs, whose lock is held by whoever calls anything here."""

    def __init__(self) -> None:
        self._lines: dict[Hashable, list[int]] = {}
        self._numbers = count()

    def __len__(self) -> int:
        return len(self._lines)

    def join(self, job: Job, name: Hashable) -> None:
        """It waits now, behind those that are in the line of this name."""
        job.line = self._lines.setdefault(name, [])
        job.line_name = name
        job.number = next(self._numbers)
        insort(job.line, job.number)

    def leave(self, job: Job) -> list[int] | None:
        """It does not wait any more; the value is the line it was in, None: it was in none."""
        line = job.line
        if line is None:
            return None
        del line[bisect_left(line, job.number)]
        job.line = None
        if not line:
            del self._lines[job.line_name]
        return line

    @staticmethod
    def position(job: Job) -> int | None:
        """Its place in the line, 1: the next; None: it does not wait."""
        return None if job.line is None else bisect_left(job.line, job.number) + 1
