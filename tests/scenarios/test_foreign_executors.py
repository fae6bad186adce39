"""Jobs on executors of other libraries: progress, items, cancelling and failures get through."""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from quick_htag import QuickServer
from quick_htag.jobs.running_job import JobPlan
from tests.patience import until

LIVE_APPS = Path(__file__).resolve().parent.parent / "live_apps"
TIMEOUT = 20


def _standard() -> Iterator[Executor]:
    with ProcessPoolExecutor(1, get_context("spawn")) as made:
        yield made


def _loky() -> Iterator[Executor]:
    from loky import ProcessPoolExecutor as Pool

    with Pool(1) as made:
        yield made


def _dask() -> Iterator[Executor]:
    from distributed import Client, LocalCluster

    options: dict[str, Any] = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        yield client.get_executor()


def _start(made: Iterator[Executor]) -> Executor:
    """With its processes and threads, so that no test is blamed for these."""
    started = next(made)
    started.submit(int).result(TIMEOUT)
    return started


@pytest.fixture(scope="module", params=[_standard, _loky, _dask], ids=["standard", "loky", "dask"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    """One that runs things in another process, which finds the functions."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they warn of their own affairs
        patch.syspath_prepend(str(LIVE_APPS))
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        made = request.param()
        yield _start(made)
        for _ in made:  # ends it
            pass


@pytest.fixture
def cpu(live_apps: Path) -> Any:
    """The functions."""
    import cpu_jobs

    return cpu_jobs


@pytest.fixture
def start(executor: Executor, live_server: QuickServer) -> Any:
    """``start(fun, payload)``: a job on that executor."""

    def run(fun: Callable[[Any], Any], payload: Any) -> Any:
        plan = JobPlan(fun, "/job", executor)
        job = live_server.jobs.reserve(plan, None)
        live_server.jobs.start(job, plan, payload)
        return job

    return run


def test_progress_and_result(start: Any, cpu: Any, tmp_path: Path) -> None:
    """While it runs, and at its end."""
    job = start(cpu.told, {"go": str(tmp_path / "go")})
    until(lambda: job.told)
    assert (job.state, job.fraction, job.text) == ("running", 0.5, "half")
    (tmp_path / "go").touch()
    assert job.ended.wait(TIMEOUT)
    assert job.result == '"done"'


def test_items(start: Any, cpu: Any, tmp_path: Path) -> None:
    """All of them, in order, each before the end."""
    job = start(cpu.numbers, {"go": str(tmp_path / "go")})
    until(lambda: len(job.items) == 2)
    (tmp_path / "go").touch()
    assert job.ended.wait(TIMEOUT)
    assert (job.items, json.loads(job.result)) == (["1", "2", "3"], [1, 2, 3])


def test_a_cancelled_job_sees_it(
    start: Any, live_server: QuickServer, cpu: Any, tmp_path: Path
) -> None:
    """It ends where it looks; these executors cannot kill."""
    job = start(cpu.until_stopped, {"left": str(tmp_path / "left")})
    until(lambda: job.told)
    live_server.jobs.cancel(job)
    until((tmp_path / "left").exists)


def test_a_failure(start: Any, cpu: Any) -> None:
    """Is one, whatever the other library makes of exceptions."""
    job = start(cpu.fail, {})
    assert job.ended.wait(TIMEOUT)
    assert "Odd: no luck" in str(job.failure.error)
