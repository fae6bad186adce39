"""Servers under measurement: programs of their own, and what the system tells of them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


class Server:
    """A running peer; the figures are of Linux.

    Attributes:
        name: the key of ``peers.PEERS``.
        port: where it listens, on 127.0.0.1.
        pids: its processes.

    """

    def __init__(self, name: str, port: int, pid: int) -> None:
        self.name = name
        self.port = port
        self._pid = pid

    @property
    def pids(self) -> list[int]:
        """The process and its children; gunicorn answers in one of these."""
        children = Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text().split()
        return [self._pid, *map(int, children)]

    def processor_seconds(self) -> float:
        """Processor time it has used."""
        total = 0
        for pid in self.pids:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        """Bytes of memory, what is shared counted in part (PSS)."""
        return 1024 * sum(_field(f"/proc/{pid}/smaps_rollup", "Pss:") for pid in self.pids)

    def peak(self) -> int:
        """The most bytes of memory that it had at one time since ``reset_peak``."""
        return 1024 * sum(_field(f"/proc/{pid}/status", "VmHWM:") for pid in self.pids)

    def reset_peak(self) -> None:
        """Begin to look for the peak anew."""
        for pid in self.pids:
            Path(f"/proc/{pid}/clear_refs").write_text("5")

    def threads(self) -> int:
        """How many threads it has."""
        return sum(_field(f"/proc/{pid}/status", "Threads:") for pid in self.pids)

    def wake_ups(self) -> int:
        """How often its threads have gone to sleep since they began."""
        return sum(
            _field(str(task / "status"), "voluntary_ctxt_switches:")
            for pid in self.pids
            for task in Path(f"/proc/{pid}/task").iterdir()
        )


def _field(path: str, name: str) -> int:
    for line in Path(path).read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    raise LookupError(f"{path} has no {name}")


@contextmanager
def running(name: str, python: str, folder: str) -> Iterator[Server]:
    """A peer in a process of its own.

    Args:
        name: the key of ``peers.PEERS``.
        python: the interpreter of its environment.
        folder: the files it serves.

    """
    process = subprocess.Popen(
        [python, str(HERE / "peers.py"), name, folder],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # some report every connection that is dropped at the end
        text=True,
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise SystemExit(f"{name} did not start: {python} {HERE / 'peers.py'} {name} {folder}")
        yield Server(name, int(line), process.pid)
    finally:
        process.terminate()
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def versions(python: str, packages: list[str]) -> str:
    """What an environment has, in one line."""
    code = (
        "import sys, platform, importlib.metadata as m; "
        "print('Python', platform.python_version(), *(f'{p} {m.version(p)}' for p in sys.argv[1:]))"
    )
    found: Any = subprocess.run(
        [python, "-c", code, *packages], capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or "not installed"


if __name__ == "__main__":
    sys.exit("this is a part of http_bench.py")
