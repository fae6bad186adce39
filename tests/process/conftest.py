"""Programs started for a test, on pipes or on a terminal, and ended with it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.live_program import Program

FOLDER = Path(__file__).resolve().parent / "live"
ROOT = FOLDER.parents[2]
PYTHON = os.environ.get("QUICK_HTAG_LIVE_PYTHON", sys.executable)  # another version to try
SETTINGS = {"PYTHONPATH": str(ROOT), "TERM": "xterm", "PYTHONWARNINGS": "error", "INPUTRC": "/x"}


Start = Callable[..., Program]


@pytest.fixture
def programs() -> Iterator[list[Program]]:
    """The programs of a test, killed after it."""
    started: list[Program] = []
    yield started
    for program in started:
        program.close()


@pytest.fixture
def live(programs: list[Program], tmp_path: Path) -> Start:
    """Start a script of the live folder on pipes: ``live("name.py", "argument", flags=[...])``."""

    def start(
        script: str,
        *args: str,
        flags: tuple[str, ...] = (),
        stdin: int | None = None,
        relative: bool = False,
    ) -> Program:
        process = subprocess.Popen(
            [PYTHON, *flags, script if relative else str(FOLDER / script), *args],
            stdin=subprocess.PIPE if stdin is None else stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            cwd=tmp_path,
            env={**os.environ, **SETTINGS},
            start_new_session=True,
        )
        assert process.stdout is not None
        programs.append(Program(process, process.stdout.fileno()))
        return programs[-1]

    return start


@pytest.fixture
def on_terminal(programs: list[Program], tmp_path: Path) -> Start:
    """Start a script on a terminal of its own; ``job="background"`` makes it a background job."""
    import pty

    def start(
        script: str, *args: str, job: str = "foreground", stdout: int | None = None
    ) -> Program:
        master, slave = pty.openpty()
        process = subprocess.Popen(
            [PYTHON, str(FOLDER / "on_terminal.py"), job, PYTHON, str(FOLDER / script), *args],
            stdin=slave,
            stdout=slave if stdout is None else stdout,
            stderr=slave,
            cwd=tmp_path,
            env={**os.environ, **SETTINGS},
            start_new_session=True,
        )
        os.close(slave)
        programs.append(Program(process, master, has_job=job != "foreground"))
        return programs[-1]

    return start
