"""A program started for a test, and what it says."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

TIMEOUT = 30.0  # seconds for anything a program is expected to do


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


def is_alive(pid: int) -> bool:
    """Whether there is such a process, and it is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        with suppress(ProcessLookupError):
            os.kill(pid, 0)
            return not Path("/proc/self").exists()
        return False
    return state != "Z"
