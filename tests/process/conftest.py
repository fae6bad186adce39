"""Programs started for a test, on pipes or on a terminal, and ended with it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

TIMEOUT = 30.0  # seconds for anything a program is expected to do
FOLDER = Path(__file__).resolve().parent / "live"
ROOT = FOLDER.parents[2]
PYTHON = os.environ.get("QUICK_HTAG_LIVE_PYTHON", sys.executable)  # another version to try
SETTINGS = {"PYTHONPATH": str(ROOT), "TERM": "xterm", "PYTHONWARNINGS": "error", "INPUTRC": "/x"}


class Program:
    """A running program and what it has said.

    Args:
        process: leads a process group of its own.
        output: where to read what it says.
        has_job: it runs a job in yet another group, and kills that on SIGTERM.

    """

    def __init__(
        self, process: subprocess.Popen[bytes], output: int, has_job: bool = False
    ) -> None:
        self.has_job = has_job
        self.process = process
        self.output = output
        self.said = ""
        self.seen = 0

    def wait_for(self, text: str, timeout: float = TIMEOUT) -> str:
        """Read until ``text`` comes, after what was waited for before; the output in between."""
        end = time.monotonic() + timeout
        while (at := self.said.find(text, self.seen)) < 0:
            if not self._read(end - time.monotonic()):
                raise AssertionError(f"no {text!r} in {self.said!r}")
        before, self.seen = self.said[self.seen : at], at + len(text)
        return before

    def wait_until(self, true: Callable[[], bool]) -> None:
        """Until ``true()``; what it asks cannot be waited for, so it is asked often."""
        end = time.monotonic() + TIMEOUT
        while not true():
            assert time.monotonic() < end, self.said
            self._read(0.002)

    def _read(self, timeout: float) -> bool:
        if timeout <= 0 or not select.select([self.output], [], [], timeout)[0]:
            return False
        try:
            data = os.read(self.output, 65536)
        except OSError:  # a terminal nobody has open any more
            return False
        self.said += data.decode(errors="replace")
        return bool(data)

    def type(self, text: str) -> None:
        """Send text to its standard input, or press keys on its terminal."""
        os.write(self.keyboard, text.encode())

    @property
    def keyboard(self) -> int:
        """The descriptor that leads to its input."""
        stdin = self.process.stdin
        return self.output if stdin is None else stdin.fileno()

    @property
    def pid(self) -> int:
        """The process id it has told: ``process 123.``."""
        return int(self.said.partition("process ")[2].partition(".")[0])

    @property
    def port(self) -> int:
        """The port it has told: ``serves 8080 ``."""
        return int(self.said.partition("serves ")[2].partition(" ")[0])

    def end_input(self) -> None:
        """Close its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def exit_code(self) -> int:
        """Wait for its end, reading what it still says."""
        end = time.monotonic() + TIMEOUT
        while self.process.poll() is None and time.monotonic() < end:
            if not self._read(0.05):
                time.sleep(0.01)
        while self._read(0.05):
            pass
        return self.process.wait(0.1)

    def close(self) -> None:
        """Kill it and what it started."""
        if self.has_job:
            self.process.terminate()  # it kills its job, which has a process group of its own
            self.process.wait(TIMEOUT)
        with suppress(ProcessLookupError):  # all have ended by themselves
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(TIMEOUT)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        if self.process.stdin is None and self.process.stdout is None:
            os.close(self.output)


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
