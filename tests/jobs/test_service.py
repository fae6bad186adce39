"""Running jobs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

import pytest

from quick_htag.errors import ConfigurationError, NoCapacity, PreventDefaultResponse
from quick_htag.jobs.context import check, is_worker_alive
from tests.patience import until

TIMEOUT = 30


def test_a_job_is_done(jobs: Any) -> None:
    """Its result is JSON text."""
    job = jobs.ended(lambda payload: payload["a"] + 1, {"a": 1})
    assert (job.state, job.result) == ("done", "2")


def test_a_failure_is_logged_without_the_payload(jobs: Any, said: Any) -> None:
    """The log has the reason, the client a constant."""
    job = jobs.ended(lambda payload: payload["secret"][7], {"secret": {}})
    assert (job.state, job.failure.status, job.failure.message) == ("failed", 500, "worker error")
    assert isinstance(said.errors[0], KeyError)
    assert "secret" not in "".join(said.lines)


@pytest.mark.parametrize(("code", "state"), [(402, "failed"), (None, "done")])
def test_an_early_answer(jobs: Any, code: int | None, state: str) -> None:
    """``PreventDefaultResponse`` is no failure to be logged; without a code the result is null."""

    def answer(payload: Any) -> None:
        raise PreventDefaultResponse(code, "text")

    job = jobs.ended(answer)
    assert job.state == state
    assert job.result == (None if code else "null")


def test_a_time_limit_is_kept(jobs: Any) -> None:
    """The client is told, and the function sees that it is not wanted any more."""
    ended = threading.Event()

    def work(payload: Any) -> None:
        while is_worker_alive():
            pass
        ended.set()

    job = jobs.ended(work, time_limit=0.01)
    assert (job.state, job.failure.status) == ("failed", 504)
    assert "0.01 seconds" in job.failure.message
    assert ended.wait(TIMEOUT)


def test_any_executor_will_do(jobs: Any) -> None:
    """One of the standard library; it stays its owner's."""
    with ThreadPoolExecutor(1, "mine") as pool:
        job = jobs.ended(lambda _: threading.current_thread().name, executor=pool)
        jobs.service.close(TIMEOUT)
        assert pool.submit(int).result(TIMEOUT) == 0
    assert job.result.startswith('"mine')


def test_a_log_that_fails_keeps_no_job_running(
    jobs: Any, said: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job has failed, whatever becomes of the report."""
    monkeypatch.setattr(said, "error", lambda *_: 1 // 0)
    assert jobs.ended(lambda _: int("no number")).state == "failed"


class _Odd(Executor):
    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result("not what was asked for")
        return future


def test_an_executor_that_returns_something_else_fails_the_job(jobs: Any) -> None:
    """It does not stay "running" for ever."""
    assert jobs.ended(int, executor=_Odd()).state == "failed"


class _Broken(Executor):
    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        raise RuntimeError("no room")


def test_an_executor_that_refuses_fails_the_job(jobs: Any, said: Any) -> None:
    """It is told, and nothing waits for ever."""
    job = jobs.ended(int, executor=_Broken())
    assert job.state == "failed"
    assert str(said.errors[0]) == "no room"


@pytest.mark.parametrize("executor", ["nonsense", 7])
def test_no_executor(jobs: Any, executor: Any) -> None:
    """What is none is named."""
    with pytest.raises(ConfigurationError, match=r"nonsense|7"):
        jobs.start(int, executor=executor)


def test_only_few_wait(make_jobs: Any) -> None:
    """A request that would be one too many is answered at once."""
    jobs = make_jobs(job_waiters=1, job_threads=2)
    go = threading.Event()
    one, two = (jobs.running(lambda _: go.wait(TIMEOUT)) for _ in range(2))
    waiting = threading.Thread(target=jobs.service.wait, args=(one, TIMEOUT))
    waiting.start()
    while jobs.service._waiters.acquire(blocking=False):
        jobs.service._waiters.release()
    jobs.service.wait(two, TIMEOUT)
    assert not two.ended.is_set()
    go.set()
    waiting.join(TIMEOUT)
    assert not waiting.is_alive()


def test_who_waits_in_line_is_not_waited_for(make_jobs: Any) -> None:
    """The request comes back at once."""
    jobs = make_jobs(job_threads=1)
    go = threading.Event()
    held = [jobs.running(lambda _: go.wait(TIMEOUT))]
    held += [jobs.start(lambda _: go.wait(TIMEOUT)) for _ in range(2)]
    jobs.service.wait(held[2], TIMEOUT)
    assert not held[2].ended.is_set()
    go.set()


def test_the_end_stops_every_job(jobs: Any) -> None:
    """Those that run see it, those that wait never begin."""

    def work(payload: Any) -> None:
        while True:
            check()

    held = [jobs.running(work) for _ in range(2)]
    waiting = jobs.start(pytest.fail)
    assert jobs.service.close(TIMEOUT)
    assert {job.state for job in [*held, waiting]} == {"cancelled"}


def test_what_waits_does_not_begin_because_another_is_stopped(
    jobs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The threads that become free while the end stops one job after the other take none."""
    stop = jobs.service._stop_run

    def stop_and_wait(job: Any) -> None:
        stop(job)
        until(lambda: job.token not in jobs.service._runs)

    def work(payload: Any) -> None:
        while True:
            check()

    for _ in range(2):
        jobs.running(work)
    waiting = jobs.start(pytest.fail)
    monkeypatch.setattr(jobs.service, "_stop_run", stop_and_wait)
    assert jobs.service.close(TIMEOUT)
    assert waiting.state == "cancelled"


def test_nothing_is_kept_of_a_fetched_job(jobs: Any) -> None:
    """Neither in the table nor of its run."""
    job = jobs.ended(lambda _: 1)
    jobs.table.take(job)
    jobs.service.close(TIMEOUT)
    assert len(jobs.table) == 0
    assert jobs.service._runs == {}


def test_a_job_that_cannot_be_started_is_forgotten(jobs: Any) -> None:
    """It takes no place for ever."""
    for executor in ("nonsense", 7):
        with pytest.raises(ConfigurationError):
            jobs.start(int, executor=executor)
    assert len(jobs.table) == 0


def test_a_stopped_server_takes_no_job(jobs: Any) -> None:
    """Its client may try another one."""
    jobs.service.close(TIMEOUT)
    with pytest.raises(NoCapacity):
        jobs.start(int)
    assert len(jobs.table) == 0


def test_a_job_its_executor_has_dropped_fails(jobs: Any, said: Any) -> None:
    """Nobody waits for what will never run."""
    go = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(go.wait, TIMEOUT)
        job = jobs.start(int, executor=pool)
        pool.shutdown(wait=False, cancel_futures=True)
        go.set()
    assert (job.state, job.failure.status) == ("failed", 500)
    assert len(said.lines) == 1


def test_pieces_nobody_comes_for_expire(make_jobs: Any, said: Any) -> None:
    """It is logged without their names."""
    jobs = make_jobs(job_cargo_ttl=0.01)
    (name,) = jobs.service.add_cargo("text", 10, "/job", None)
    end = time.monotonic() + TIMEOUT
    while not said.lines:
        assert time.monotonic() < end
    assert jobs.service.cargo.take(name, "/job", None) is None
    assert said.lines == [f"purged cargo that was never read ({name[-6:]})"]
