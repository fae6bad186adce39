"""The order of jobs that wait."""

from __future__ import annotations

from quick_htag.stores.job import Job
from quick_htag.stores.job_lines import JobLines


def _job() -> Job:
    return Job("1", "/a", None)


def test_places_move_up() -> None:
    """In the order in which they came."""
    lines, jobs = JobLines(), [_job() for _ in range(3)]
    for job in jobs:
        lines.join(job, "a")
    assert [lines.position(job) for job in jobs] == [1, 2, 3]
    lines.leave(jobs[1])
    assert [lines.position(job) for job in jobs] == [1, None, 2]


def test_lines_are_apart() -> None:
    """Each has a first."""
    lines, one, other = JobLines(), _job(), _job()
    lines.join(one, "a")
    lines.join(other, "b")
    assert (lines.position(one), lines.position(other)) == (1, 1)


def test_nothing_stays_of_an_empty_line() -> None:
    """Executors come and go."""
    lines, job = JobLines(), _job()
    lines.join(job, "a")
    lines.leave(job)
    assert lines.leave(job) is None
    assert len(lines) == 0
