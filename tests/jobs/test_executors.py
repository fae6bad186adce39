"""What runs the jobs of a server."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from typing import Any

import pytest

from quick_htag.deadline import Deadline
from quick_htag.errors import ConfigurationError, NoCapacity
from quick_htag.jobs.executors import JobExecutors, check_plan
from quick_htag.jobs.running_job import JobPlan
from quick_htag.settings import Settings

TIMEOUT = 30


@pytest.fixture
def executors(no_thread_left: None) -> Iterator[JobExecutors]:
    """Of a server that has none of its own."""
    made = JobExecutors(Settings(), None, lambda: None)
    yield made
    assert made.stop(Deadline(TIMEOUT))


def _plan(executor: Any = None) -> JobPlan:
    return JobPlan(int, "/job", executor)


def test_its_own_are_made_once(executors: JobExecutors) -> None:
    """No choice means threads."""
    assert executors.of(_plan()) is executors.of(_plan("threads"))
    assert executors.of(_plan("processes")) is not executors.of(_plan())


def test_the_plan_comes_before_the_server(no_thread_left: None) -> None:
    """Both take an object with ``submit``."""
    first, second = Executor(), Executor()
    executors = JobExecutors(Settings(), None, lambda: first)
    assert executors.of(_plan()) is first
    assert executors.of(_plan(second)) is second


@pytest.mark.parametrize("executor", ["nonsense", 7])
def test_no_executor(executors: JobExecutors, executor: Any) -> None:
    """What is none is named."""
    with pytest.raises(ConfigurationError, match=r"nonsense|7"):
        executors.of(_plan(executor))


def test_nothing_begins_after_the_end(executors: JobExecutors) -> None:
    """Also where there was an executor already."""
    executors.of(_plan())
    executors.stop(Deadline(TIMEOUT))
    with pytest.raises(NoCapacity):
        executors.of(_plan())


def test_a_local_function_cannot_go_to_a_process() -> None:
    """That is told when the endpoint is made."""

    def inner(payload: Any) -> None:
        pass

    for fun in (inner, lambda payload: None):
        with pytest.raises(ConfigurationError, match="top of a module"):
            check_plan(JobPlan(fun, "/job", "processes"))
