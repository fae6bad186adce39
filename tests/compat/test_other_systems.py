"""The package on Windows and macOS, as far as that can be had elsewhere; see ``other_system``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 120.0  # seconds
SYSTEMS = ("windows", "macos")

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="what is missing is taken away from Linux"
)
pytest.importorskip("htag", exc_type=ImportError)


@pytest.fixture(scope="module", params=SYSTEMS)
def seen(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What a server does there, by what was tried."""
    script = str(Path(__file__).with_name("other_system.py"))
    done = subprocess.run(
        [sys.executable, "-W", "error", script, request.param],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = {"system": request.param}
    for line in done.stdout.splitlines():
        start = line.find("{")  # a prompt stands before the last one
        if start >= 0:
            found.update(json.loads(line[start:]))
    return found


def test_every_module_is_imported(seen):
    """Without what POSIX alone has."""
    assert seen["imports"] is True


def test_no_other_program_takes_the_port(seen):
    """Windows has an option for that, and another meaning for the one of POSIX."""
    windows = seen["system"] == "windows"
    assert seen["address"] == {"exclusive": windows, "reused": not windows}


def test_files_are_sent(seen):
    """With their own types, whatever the registry says, whole and in parts."""
    assert seen["files"] == ["text/javascript; charset=utf-8", 3_000_000, 206, 5]


def test_endpoints_answer(seen):
    """And keep sessions in a file that processes share."""
    assert (seen["endpoints"], seen["sessions"]) == ({"a": 1}, [1, 2])


def test_websockets_and_live_pages_work(seen):
    """Events are handled and answered."""
    assert (seen["sockets"], seen["apps"]) == ("HELLO", True)


def test_jobs_run_in_processes(seen):
    """Which are spawned."""
    assert seen["jobs"] == 7


def test_the_state_is_told(seen):
    """As far as the system tells it."""
    assert seen["status"] is True


def test_the_end_is_one(seen):
    """No thread is left."""
    assert seen["end"] == []


def test_the_prompt_takes_commands(seen):
    """Without readline."""
    assert seen["prompt"] == [["ann"]]
