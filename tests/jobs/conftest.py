"""Jobs without a server."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag.jobs.running_job import JobPlan
from quick_htag.jobs.service import JobService
from quick_htag.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TIMEOUT = 30.0


class Said:
    """A log that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.errors: list[BaseException | None] = []

    def message(self, text: str) -> None:
        """A line."""
        self.lines.append(text)

    def error(self, source: str, text: str, error: BaseException | None = None) -> None:
        """A failure."""
        self.lines.append(text)
        self.errors.append(error)


class Link:
    """A link of a job that is told what to say."""

    def __init__(self, soft: bool = False) -> None:
        self.soft = soft
        self.wanted = True
        self.told: list[tuple[float | None, str]] = []
        self.items: list[str] = []

    def alive(self) -> bool:
        """As it was told."""
        return self.wanted

    def progress(self, fraction: float | None, text: str) -> None:
        """Kept."""
        self.told.append((fraction, text))

    def item(self, text: str) -> None:
        """Kept."""
        self.items.append(text)


class Jobs:
    """A service, and jobs of it."""

    def __init__(self, service: JobService) -> None:
        self.service = service
        self.table = service.table

    def start(self, fun: Callable[[Any], Any], payload: Any = None, **options: Any) -> Any:
        """A job that was given to its executor."""
        plan = JobPlan(fun, "/job", **options)
        job = self.service.reserve(plan, None)
        self.service.start(job, plan, {} if payload is None else payload)
        return job

    def running(self, fun: Callable[[Any], Any], payload: Any = None, **options: Any) -> Any:
        """A job that runs, and will for a while."""
        job = self.start(fun, payload, **options)
        end = time.monotonic() + TIMEOUT
        while job.state != "running":
            assert time.monotonic() < end
        return job

    def ended(self, fun: Callable[[Any], Any], payload: Any = None, **options: Any) -> Any:
        """A job that is over."""
        job = self.start(fun, payload, **options)
        assert job.ended.wait(TIMEOUT)
        return job


@pytest.fixture
def said() -> Said:
    """A log."""
    return Said()


@pytest.fixture
def link() -> Link:
    """A link."""
    return Link()


@pytest.fixture
def make_jobs(said: Said, no_thread_left: None) -> Iterator[Callable[..., Jobs]]:
    """``make_jobs(**settings)`` gives jobs on threads; stopped with the test."""
    made: list[JobService] = []

    def make(**settings: Any) -> Jobs:
        made.append(JobService(Settings(thread_idle_timeout=0.1, **settings), said))
        return Jobs(made[-1])

    yield make
    for service in made:
        service.close(TIMEOUT)


@pytest.fixture
def jobs(make_jobs: Callable[..., Jobs]) -> Jobs:
    """Jobs with few threads."""
    return make_jobs(job_threads=2)
