"""What a process tells of its threads when it can tell nothing else."""

from __future__ import annotations

import subprocess
import sys

import pytest

from quick_htag.workers import stacks
from tests.patience import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
HANGS = """
import ctypes, sys
from quick_htag.workers.stacks import offer
offer(sys.argv[1])
def stuck():
    print("ready", flush=True)
    ctypes.PyDLL(None).pause()  # and keeps the lock of Python
stuck()
"""
CRASHES = HANGS.replace("pause()", "abort()")


@pytest.fixture
def start(tmp_path):
    """Start code that says "ready" and does what it does then."""
    started = []

    def begin(code):
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE
        )
        started.append(process)
        assert process.stdout.readline() == b"ready\n"
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait(30.0)
        process.stdout.close()


def test_a_thread_that_keeps_the_lock_is_told(start, tmp_path):
    """By the handler of a signal, which needs no lock."""
    process = start(HANGS)
    stacks.ask_for(process.pid)
    until(lambda: "in <module>" in (tmp_path / f"stacks-{process.pid}").read_text())
    process.kill()
    assert "in stuck" in stacks.take(str(tmp_path), process.pid)
    assert not list(tmp_path.iterdir())


def test_a_crash_is_told(start, tmp_path):
    """A bug of a library in C."""
    process = start(CRASHES)
    process.wait(30.0)
    told = stacks.take(str(tmp_path), process.pid)
    assert told.startswith("Fatal Python error: Aborted")
    assert "in stuck" in told


def test_what_has_told_nothing_is_nothing(tmp_path):
    """It ended in order, or never had a file."""
    assert stacks.take(str(tmp_path), 7) == ""
    stacks.ask_for(2**22 + 1)
