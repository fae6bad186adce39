"""One run of a job, and how it is stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

import pytest

from quick_htag.errors import WorkerDeath
from quick_htag.jobs.context import check, is_worker_alive, progress

TIMEOUT = 30


def test_a_stopped_job_ends_where_it_looks(jobs: Any) -> None:
    """The client does not wait for that."""
    inside, ended = threading.Event(), threading.Event()

    def work(payload: Any) -> None:
        inside.set()
        try:
            while True:
                check()
        except WorkerDeath:
            ended.set()
            raise

    job = jobs.start(work)
    assert inside.wait(TIMEOUT)
    jobs.service.cancel(job)
    assert job.state == "cancelled"
    assert ended.wait(TIMEOUT)


def test_a_waiting_job_is_never_begun(jobs: Any) -> None:
    """It leaves the line."""
    go = threading.Event()
    held = [jobs.running(lambda _: go.wait(TIMEOUT)) for _ in range(2)]
    waiting = jobs.start(pytest.fail)
    assert jobs.table.position(waiting) == 1
    jobs.service.cancel(waiting)
    go.set()
    assert all(job.ended.wait(TIMEOUT) for job in held)
    assert waiting.state == "cancelled"


def test_injection_ends_a_function_that_never_looks(jobs: Any) -> None:
    """On request only; no ``except Exception`` keeps it."""
    inside, ended = threading.Event(), threading.Event()

    def work(payload: Any) -> None:
        inside.set()
        try:
            while True:
                try:
                    sum(range(10))
                except Exception:
                    continue
        finally:
            ended.set()

    job = jobs.start(work, inject=True)
    assert inside.wait(TIMEOUT)
    jobs.service.cancel(job)
    assert ended.wait(TIMEOUT)


def test_a_soft_job_is_not_interrupted(jobs: Any) -> None:
    """``progress`` raises nothing; the function ends by itself."""
    inside, ended = threading.Event(), threading.Event()

    def work(payload: Any) -> None:
        inside.set()
        while is_worker_alive():
            progress(0.5)
        progress(1.0)
        ended.set()

    job = jobs.start(work, soft=True)
    assert inside.wait(TIMEOUT)
    jobs.service.cancel(job)
    assert ended.wait(TIMEOUT)


class _Lingering(Executor):
    """Stays on its thread for a while when the function is done."""

    def __init__(self) -> None:
        self.done, self.go = threading.Event(), threading.Event()
        self.hit: list[BaseException] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        threading.Thread(target=self._run, args=(future, fn), daemon=True).start()
        return future

    def _run(self, future: Future[Any], fn: Callable[..., Any]) -> None:
        value = fn()
        try:
            self.done.set()
            while not self.go.is_set():
                pass
        except BaseException as error:
            self.hit.append(error)
        future.set_result(value)


def test_injection_hits_the_function_only(jobs: Any) -> None:
    """The thread belongs to others when it is done."""
    executor = _Lingering()
    job = jobs.start(lambda _: 1, executor=executor, inject=True)
    assert executor.done.wait(TIMEOUT)
    jobs.service.cancel(job)
    executor.go.set()
    assert job.ended.wait(TIMEOUT)
    while jobs.service._runs:
        pass
    assert executor.hit == []


def test_a_job_is_stopped_where_it_was_started(jobs: Any) -> None:
    """Although the server has another executor by now."""
    killed: list[Future[Any]] = []

    class Killing(_Lingering):
        def kill(self, future: Future[Any]) -> bool:
            killed.append(future)
            self.go.set()
            return True

    chosen: list[Any] = [Killing()]
    jobs.service.executors._default = lambda: chosen[-1]
    job = jobs.running(lambda _: 1)
    chosen.append("threads")
    jobs.service.cancel(job)
    assert len(killed) == 1
