"""Jobs in processes, for real."""

from __future__ import annotations

import errno
import json
import multiprocessing.process
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from quick_htag.errors import ConfigurationError, JobFailed
from quick_htag.jobs.process_executor import ProcessExecutor
from tests.patience import until

TIMEOUT = 30


@pytest.fixture
def cpu(live_apps: Path) -> Any:
    """The functions."""
    import cpu_jobs

    return cpu_jobs


@pytest.fixture(scope="module")
def shared() -> Iterator[ProcessExecutor]:
    """Two processes, for tests that leave them whole."""
    with ProcessExecutor(2) as made:
        yield made


@pytest.fixture
def pool() -> Iterator[ProcessExecutor]:
    """Two processes."""
    made = ProcessExecutor(2)
    yield made
    assert made.stop(TIMEOUT)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    if not Path("/proc/self/stat").exists():
        return True
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:  # gone by now
        return False


def test_functions_run_elsewhere(shared: ProcessExecutor, cpu: Any) -> None:
    """And a process is used again."""
    first = shared.submit(cpu.pid, {}).result(TIMEOUT)
    assert first != os.getpid()
    assert shared.submit(cpu.pid, {}).result(TIMEOUT) == first


def test_failures_come_back(shared: ProcessExecutor, cpu: Any) -> None:
    """With the traceback of the other process."""
    with pytest.raises(JobFailed, match=r"cpu_jobs\.py(.|\n)*Odd: no luck"):
        shared.submit(cpu.fail, {}).result(TIMEOUT)


def test_what_cannot_go_is_refused(shared: ProcessExecutor) -> None:
    """With what to do about it."""
    with pytest.raises(ConfigurationError, match="top of a module"):
        shared.submit(lambda: None)


def test_a_job_tells_its_progress(
    jobs: Any, shared: ProcessExecutor, cpu: Any, tmp_path: Path
) -> None:
    """From process to table, while it runs."""
    go = tmp_path / "go"
    job = jobs.start(cpu.told, {"go": str(go)}, executor=shared)
    until(lambda: job.told)
    assert (job.state, job.fraction, job.text) == ("running", 0.5, "half")
    go.touch()
    assert job.ended.wait(TIMEOUT)
    assert job.result == '"done"'


def test_items_arrive_as_they_come(
    jobs: Any, shared: ProcessExecutor, cpu: Any, tmp_path: Path
) -> None:
    """And all of them before the end."""
    go = tmp_path / "go"
    job = jobs.start(cpu.numbers, {"go": str(go)}, executor=shared)
    until(lambda: len(job.items) == 2)
    go.touch()
    assert job.ended.wait(TIMEOUT)
    assert (job.items, json.loads(job.result)) == (["1", "2", "3"], [1, 2, 3])


def test_a_cancelled_job_is_killed(jobs: Any, pool: ProcessExecutor, cpu: Any) -> None:
    """Soon, although it never looks; the job beside it goes on."""
    other = jobs.start(cpu.add, {"numbers": [1, 2]}, executor=pool)
    job = jobs.start(cpu.forever, executor=pool)
    pid = int(until(lambda: job.text))
    begun = time.monotonic()
    jobs.service.cancel(job)
    until(lambda: not _is_alive(pid))
    assert time.monotonic() - begun < 15.0
    assert other.ended.wait(TIMEOUT)
    assert other.result == "3"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no process groups")
def test_what_a_job_has_started_is_killed_with_it(jobs: Any, pool: Any, cpu: Any) -> None:
    """Nothing of it goes on."""
    job = jobs.start(cpu.with_a_child, executor=pool)
    pid = int(until(lambda: job.text))
    jobs.service.cancel(job)
    until(lambda: not _is_alive(pid))


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_killed_process_is_one_failed_job(
    jobs: Any, said: Any, pool: ProcessExecutor, cpu: Any, tmp_path: Path
) -> None:
    """Others go on, and the next one gets a new process."""
    go = tmp_path / "go"
    other = jobs.start(cpu.told, {"go": str(go)}, executor=pool)
    until(lambda: other.told)
    job = jobs.start(cpu.forever, executor=pool)
    os.kill(int(until(lambda: job.text)), signal.SIGKILL)
    assert job.ended.wait(TIMEOUT)
    assert (job.state, job.failure.status) == ("failed", 500)
    assert "exit code -9" in str(said.errors[0])
    after = jobs.ended(cpu.add, {"numbers": [4]}, executor=pool)
    assert (other.state, after.result) == ("running", "4")
    go.touch()
    assert other.ended.wait(TIMEOUT)
    assert other.state == "done"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_no_process_can_be_started(
    pool: ProcessExecutor, cpu: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job fails and says why, and the next one runs when there are processes again."""

    def start(process: Any) -> None:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    with monkeypatch.context() as patched:
        patched.setattr(multiprocessing.process.BaseProcess, "start", start)
        with pytest.raises(JobFailed, match="Resource temporarily unavailable"):
            pool.submit(cpu.pid, {}).result(TIMEOUT)
    assert pool.submit(cpu.pid, {}).result(TIMEOUT) != os.getpid()


def test_an_idle_process_that_was_killed_fails_no_job(pool: ProcessExecutor, cpu: Any) -> None:
    """The next job gets another one."""
    first = pool.submit(cpu.pid, {}).result(TIMEOUT)
    os.kill(first, signal.SIGKILL)
    until(lambda: not _is_alive(first))
    assert pool.submit(cpu.pid, {}).result(TIMEOUT) != first


def test_idle_processes_end(cpu: Any, no_thread_left: None) -> None:
    """With their threads; the next job starts another one."""
    pool = ProcessExecutor(2, idle_timeout=0.05)
    first = pool.submit(cpu.pid, {}).result(TIMEOUT)
    until(lambda: not _is_alive(first))
    assert pool.submit(cpu.pid, {}).result(TIMEOUT) != first
    assert pool.stop(TIMEOUT)


def test_a_time_limit_kills(jobs: Any, pool: ProcessExecutor, cpu: Any) -> None:
    """As a cancel does."""
    job = jobs.start(cpu.forever, executor=pool, time_limit=0.2)
    pid = int(until(lambda: job.text))
    assert job.ended.wait(TIMEOUT)
    assert job.failure.status == 504
    until(lambda: not _is_alive(pid))


def test_a_waiting_one_is_cancelled(pool: ProcessExecutor, cpu: Any) -> None:
    """Without a process; one that has ended cannot be killed."""
    done = pool.submit(cpu.pid, {})
    done.result(TIMEOUT)
    held = [pool.submit(cpu.forever, {}) for _ in range(2)]
    until(lambda: all(one.running() for one in held))
    waiting = pool.submit(cpu.pid, {})
    assert pool.kill(waiting)
    assert waiting.cancelled()
    assert not pool.kill(done)
    assert all(pool.kill(one) for one in held)
    for one in held:
        assert one.exception(TIMEOUT) is not None


def test_the_end_leaves_no_process(cpu: Any, no_thread_left: None) -> None:
    """Neither idle nor busy ones."""
    pool = ProcessExecutor(2)
    idle = pool.submit(cpu.pid, {}).result(TIMEOUT)
    busy = pool.submit(cpu.forever, {})
    until(busy.running)
    assert pool.stop(TIMEOUT)
    assert not _is_alive(idle)
    assert busy.exception(TIMEOUT) is not None
    with pytest.raises(RuntimeError):
        pool.submit(cpu.pid, {})


SCRIPT = """
from quick_htag import JobFailed
from quick_htag.jobs.process_executor import ProcessExecutor
try:
    ProcessExecutor(1, {timeout}).submit(len, "abc").result(60)
except JobFailed as error:
    print(error)
"""


def test_a_script_without_a_guard_is_told(tmp_path: Path) -> None:
    """The process would run the script again: the first one says what to do."""
    import subprocess

    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(timeout=30))
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert 'belongs under if __name__ == "__main__":' in done.stdout, done.stderr
