"""What a process may use; tried in processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


needs_processor_limit = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no such limit"
)
BEGIN = "import signal, sys, time; from quick_htag.isolation.process_limits import *"


def run(*lines: str) -> str:
    """What a program has printed."""
    return subprocess.run(
        [sys.executable, "-c", "\n".join([BEGIN, *lines])],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.strip()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such limit")
def test_memory_ends_where_it_is_to() -> None:
    """What is within it can be had, what is beyond raises."""
    said = run(
        "print(limit_memory(200 << 20)); kept = bytearray(100 << 20)",
        "try: bytearray(150 << 20)",
        "except MemoryError: print('over')",
    )
    assert said.split() == ["True", "over"]


@needs_processor_limit
def test_processor_time_ends_by_a_call() -> None:
    """On the main thread, so that the process may say goodbye."""
    said = run(
        "on_processor_limit(lambda: (print('over', flush=True), sys.exit()))",
        "print(limit_processor(0.1), flush=True)",
        "while True: pass",
    )
    assert said.split() == ["True", "over"]


@needs_processor_limit
def test_that_it_is_over_is_said_once() -> None:
    """The system says it with each second in which the process says goodbye."""
    said = run(
        "on_processor_limit(lambda: print('over'))",
        "for _ in range(3): signal.raise_signal(signal.SIGXCPU)",
    )
    assert said == "over"


@needs_processor_limit
def test_processor_time_is_no_less_than_was_given() -> None:
    """However long the process has computed before, as to load an app on a slow machine."""
    said = run(
        "while time.process_time() < 0.6: pass",
        "limit_processor(0.8)",
        "begun = time.process_time()",
        "on_processor_limit(lambda: (print(time.process_time() - begun), sys.exit()))",
        "while True: pass",
    )
    assert float(said) > 0.7
