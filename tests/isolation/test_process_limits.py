"""What a process may use; tried in processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(program: str) -> str:
    """What a program has printed."""
    return subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.strip()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such limit")
def test_memory_ends_where_it_is_to() -> None:
    """What is within it can be had, what is beyond raises."""
    program = (
        "from quick_htag.isolation.process_limits import limit_memory\n"
        "print(limit_memory(200 << 20)); kept = bytearray(100 << 20)\n"
        "try: bytearray(150 << 20)\n"
        "except MemoryError: print('over')\n"
    )
    assert run(program).split() == ["True", "over"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_processor_time_ends_by_a_call() -> None:
    """On the main thread, so that the process may say goodbye."""
    program = (
        "import sys; from quick_htag.isolation.process_limits import *\n"
        "on_processor_limit(lambda: (print('over', flush=True), sys.exit()))\n"
        "print(limit_processor(0.1), flush=True)\n"
        "while True: pass\n"
    )
    assert run(program).split() == ["True", "over"]
