"""The table of jobs: states, lines, results, time."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.errors import HTTPError, NoCapacity
from quick_htag.settings import Settings
from quick_htag.stores.job import Failure, Job
from quick_htag.stores.jobs import JobTable

FAILURE = Failure(500, "no")


@pytest.fixture
def table(clock: Any) -> JobTable:
    """Room for three; ten seconds for a result."""
    settings = Settings(max_jobs=3, job_result_ttl=10.0, max_job_items=2)
    return JobTable(settings, clock)


def _running(table: JobTable, owner: str | None = None, limit: float | None = None) -> Job:
    job = table.reserve("/a", owner, limit)
    table.enqueue(job, "line")
    assert table.begin(job)
    return job


def test_the_way_of_a_job(table: JobTable) -> None:
    """Reserved, queued, running, done."""
    job = table.reserve("/a", None)
    states = [job.state]
    assert table.enqueue(job, "line")
    states.append(job.state)
    assert table.begin(job)
    states.append(job.state)
    assert table.finish(job, "1")
    assert [*states, job.state] == ["reserved", "queued", "running", "done"]
    assert job.ended.is_set()


@pytest.mark.parametrize("end", ["finish", "fail", "cancel"])
def test_what_is_over_stays_so(table: JobTable, end: str) -> None:
    """There is one end; what comes later changes nothing."""
    job = _running(table)
    ends: dict[str, Any] = {
        "finish": lambda: table.finish(job, "1"),
        "fail": lambda: table.fail(job, FAILURE),
        "cancel": lambda: table.cancel(job),
    }
    assert ends[end]()
    state = job.state
    assert not any(other() for other in ends.values())
    assert not table.begin(job)
    assert job.state == state


def test_the_line_is_in_order(table: JobTable) -> None:
    """A position counts those before it; who leaves makes room."""
    first, second, third = (table.reserve("/a", None) for _ in range(3))
    for job in (first, second, third):
        table.enqueue(job, "line")
    assert [table.position(job) for job in (first, second, third)] == [1, 2, 3]
    table.begin(first)
    table.cancel(second)
    assert [table.position(job) for job in (first, second, third)] == [None, None, 1]


def test_lines_are_separate(table: JobTable) -> None:
    """Who waits for something else does not count."""
    one, other = table.reserve("/a", None), table.reserve("/a", None)
    table.enqueue(one, "line")
    table.enqueue(other, "another")
    assert table.position(other) == 1


def test_a_full_table_refuses(table: JobTable) -> None:
    """Finished jobs count, too, until they are fetched."""
    made = [table.reserve("/a", None) for _ in range(3)]
    with pytest.raises(NoCapacity):
        table.reserve("/a", None)
    table.finish(made[0], "1")
    table.take(made[0])
    table.reserve("/a", None)


@pytest.fixture
def shared(clock: Any) -> JobTable:
    """Room for many, two of each client."""
    return JobTable(Settings(max_jobs_per_address=2, job_result_ttl=10.0), clock)


def _of(table: JobTable, client: str) -> Job:
    return table.reserve("/a", None, None, client)


def test_one_client_has_a_share(shared: JobTable) -> None:
    """One too many is 429, to be tried later; others are not concerned."""
    for _ in range(2):
        _of(shared, "one")
    with pytest.raises(HTTPError) as refused:
        _of(shared, "one")
    assert (refused.value.status, [*refused.value.headers]) == (429, [("Retry-After", "10")])
    _of(shared, "other")
    assert all(_of(shared, "").alive for _ in range(5))


@pytest.mark.parametrize("end", ["fetched", "cancelled", "expired"])
def test_a_share_is_given_back(shared: JobTable, clock: Any, end: str) -> None:
    """However a job is forgotten, its client may start another."""
    job, _ = _of(shared, "one"), _of(shared, "one")
    if end == "cancelled":
        shared.cancel(job)
        shared.cancel(job)  # again changes nothing
    else:
        shared.finish(job, "1")
    if end == "fetched":
        shared.take(job)
    if end == "expired":
        clock.advance(11.0)
        shared.expire()
    _of(shared, "one")
    with pytest.raises(HTTPError):
        _of(shared, "one")


def test_a_result_is_given_once(table: JobTable) -> None:
    """The second who comes finds nothing."""
    job = _running(table)
    table.finish(job, "1")
    assert table.find(job.token, "/a", None) is job
    assert table.take(job)
    assert not table.take(job)
    assert table.find(job.token, "/a", None) is None


@pytest.mark.parametrize(
    ("owner", "asks", "found"), [(None, None, True), (None, "s", True), ("s", "s", True)]
)
def test_whose_job_it_is(table: JobTable, owner: Any, asks: Any, found: bool) -> None:
    """A job of nobody is everybody's who knows its name."""
    job = _running(table, owner)
    assert (table.find(job.token, "/a", asks) is job) is found


def test_the_latest_progress_is_kept(table: JobTable) -> None:
    """And what comes after the end is not."""
    job = _running(table)
    table.progress(job, 0.5, "half")
    table.finish(job, "1")
    table.progress(job, 0.9, "late")
    assert (job.fraction, job.text, job.told) == (0.5, "half", 1)


@pytest.mark.parametrize("asks", [None, "other"])
def test_jobs_of_others_are_not_found(table: JobTable, asks: Any) -> None:
    """Nor is one of another endpoint."""
    job = _running(table, "s")
    assert table.find(job.token, "/a", asks) is None
    assert table.find(job.token, "/b", "s") is None


def test_items_are_limited(table: JobTable) -> None:
    """One too many is refused."""
    job = _running(table)
    assert [table.add_item(job, str(one)) for one in range(3)] == [True, True, False]
    assert job.items == ["0", "1"]


def test_listeners_hear_of_changes(table: JobTable) -> None:
    """Begin, progress, items and the end, until they have heard enough."""
    job, heard = table.reserve("/a", None), []
    undo = table.listen(job, lambda: heard.append(job.state))
    table.begin(job)
    table.progress(job, None, "x")
    table.add_item(job, "1")
    undo()
    table.finish(job, "1")
    assert heard == ["running"] * 3


def test_unfetched_results_expire(table: JobTable, clock: Any) -> None:
    """After their time, not before."""
    job = _running(table)
    table.finish(job, "1")
    clock.advance(9.9)
    assert table.expire().results == []
    clock.advance(0.2)
    assert table.expire().results == [job.token]
    assert job.state == "expired"
    assert len(table) == 0


def test_a_time_limit_counts_from_the_beginning(table: JobTable, clock: Any) -> None:
    """Waiting does not count; what has ended is never late."""
    job = table.reserve("/a", None, 5.0)
    table.enqueue(job, "line")
    clock.advance(100.0)
    table.begin(job)
    assert table.expire().late == []
    clock.advance(5.0)
    assert table.expire().late == [job]
    table.fail(job, FAILURE)
    assert table.expire().late == []


def test_the_next_deadline(table: JobTable, clock: Any) -> None:
    """The nearest of all; None when there is nothing to wait for."""
    assert table.next_deadline() is None
    job = _running(table, limit=3.0)
    assert table.next_deadline() == clock.now + 3.0
    table.finish(job, "1")
    assert table.next_deadline() == clock.now + 10.0


def test_deadlines_are_told(clock: Any) -> None:
    """So that nobody has to look again and again."""
    told: list[float] = []
    table = JobTable(Settings(job_result_ttl=10.0), clock, told.append)
    job = _running(table, limit=3.0)
    table.finish(job, "1")
    assert told == [clock.now + 3.0, clock.now + 10.0]


def test_a_cancelled_job_is_forgotten(table: JobTable) -> None:
    """At once, also when its result was not fetched yet."""
    running, done = _running(table), _running(table)
    table.finish(done, "1")
    assert table.cancel(running)
    assert not table.cancel(done)
    assert len(table) == 0
    assert running.state == "cancelled"
    assert table.live() == []


def test_the_snapshot_has_what_is_over(table: JobTable, clock: Any) -> None:
    """In the order they came, with the time they did."""
    first = _running(table)
    clock.advance(5.0)
    second = table.reserve("/b", None)
    table.finish(first, "1")
    assert table.snapshot() == [first, second]
    assert second.created - first.created == 5.0
