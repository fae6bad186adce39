"""Processes that somebody holds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from quick_htag.workers.held import is_held
from tests.patience import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")


@pytest.fixture
def pid():
    """A process that sleeps."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        yield process.pid
        process.kill()


@pytest.mark.parametrize("processes", ["/proc", "/nothing"])
def test_a_stopped_process_is_held(pid, processes, tmp_path):
    """Until it goes on; by what Linux tells, and by the command of other systems."""
    found = lambda: is_held(pid, tmp_path.__class__(processes))  # noqa: E731
    assert not found()
    os.kill(pid, signal.SIGSTOP)
    until(found)
    os.kill(pid, signal.SIGCONT)
    until(lambda: not found())


def test_a_debugged_process_is_held(tmp_path):
    """It may run just now, and be halted the next moment."""
    (tmp_path / "self").mkdir()
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "stat").write_text("7 (a ) b) S 1")
    status = tmp_path / "7" / "status"
    status.write_text("Name:\tx\nTracerPid:\t0\n")
    assert not is_held(7, tmp_path)
    status.write_text("Name:\tx\nTracerPid:\t81\n")
    assert is_held(7, tmp_path)


def test_what_has_ended_is_not(tmp_path):
    """Nor what the system does not tell of."""
    (tmp_path / "self").mkdir()
    assert not is_held(7, tmp_path)
    assert not is_held(2**30, tmp_path / "nothing")
