"""Programs with workers, started for a test and ended with it."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.live_program import Program, is_alive
from tests.patience import until

FOLDER = Path(__file__).resolve().parent / "live"
ROOT = FOLDER.parents[2]
SETTINGS = {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", "TERM": "dumb"}
TIMEOUT = 30.0  # seconds


class Fleet(Program):
    """A program with workers that serves."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path, temporary: str) -> None:
        assert process.stdout is not None
        super().__init__(process, process.stdout.fileno())
        self.folder = folder
        self.temporary = temporary  # its temporary folder: who is killed leaves things there
        self.seen_pids: set[int] = set()

    def begin(self) -> None:
        """Wait until it serves."""
        self.wait_for(" worker")
        self.wait_for(" at 127.0.0.1:")
        first = self.wait_for("\n").partition(",")[0]  # of several servers
        self.address = ("127.0.0.1", int(first))

    def ask(self, path: str = "/who", **fields: str) -> dict[str, Any]:
        """The answer to a request on a connection of its own."""
        connection = http.client.HTTPConnection(*self.address, timeout=TIMEOUT)
        try:
            connection.request("GET", path, headers=fields)
            answer = connection.getresponse()
            assert answer.status == 200, answer.status
            found: dict[str, Any] = json.loads(answer.read())
            self.cookie = answer.getheader("Set-Cookie") or ""
        finally:
            connection.close()
        if "pid" in found:
            self.seen_pids.add(found["pid"])
        return found

    def workers(self, wanted: int, but: frozenset[int] = frozenset()) -> dict[int, int]:
        """The process ids of so many workers, by index, as they answer; none of ``but``."""
        found: dict[int, int] = {}

        def all_there() -> bool:
            told = self.ask()
            if told["pid"] not in but:
                found[told["worker"]] = told["pid"]
            return len(found) == wanted

        until(all_there)
        until(lambda: self._all_serve(wanted))
        return found

    def _all_serve(self, wanted: int) -> bool:
        """Whether the supervisor knows it, too, which is a moment later."""
        self.type("workers\n")
        self.wait_for("worker  process  state")
        self.wait_for("\n")
        lines: list[str] = []
        while len(lines) < wanted:
            line = self.wait_for("\n")
            if re.search(r"\[SERVER\] \d+ ", line):
                lines.append(line)
        return all(" serves " in line for line in lines)

    def close(self) -> None:
        """Kill it and its workers, which are in sessions of their own."""
        super().close()
        for pid in self.seen_pids:
            with suppress(ProcessLookupError):
                os.kill(pid, 9)
        until(lambda: not any(map(is_alive, self.seen_pids)))
        shutil.rmtree(self.temporary, ignore_errors=True)


class Load:
    """Requests one after another on a thread, some on persistent connections."""

    def __init__(self, address: tuple[str, int], keep: bool) -> None:
        self._address = address
        self._keep = keep
        self.answers = 0
        self.pids: set[int] = set()
        self.failures: list[str] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        connection = None
        while not self._stop.is_set():
            try:
                if connection is None:
                    connection = http.client.HTTPConnection(*self._address, timeout=TIMEOUT)
                connection.request("GET", "/who")
                answer = connection.getresponse()
                told = json.loads(answer.read())
                assert answer.status == 200
                self.answers += 1
                self.pids.add(told["pid"])
                if not self._keep or answer.getheader("Connection") == "close":
                    connection.close()
                    connection = None
            except Exception as error:
                self.failures.append(repr(error))
                connection = None
            self._stop.wait(0.005)
        if connection is not None:
            connection.close()

    def end(self) -> None:
        """Stop; again is harmless."""
        self._stop.set()
        self._thread.join(TIMEOUT)


def start_fleet(
    folder: Path,
    *args: str,
    script: str = "site.py",
    stdin: int | None = subprocess.PIPE,
    begin: bool = True,
    **environment: str,
) -> Fleet:
    """Start a program in a folder; it serves when this returns, unless ``begin`` is False."""
    temporary = tempfile.mkdtemp(prefix="qt-")  # of short names, as sockets need
    process = subprocess.Popen(
        [sys.executable, *([str(FOLDER / script)] if script else []), *args],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        bufsize=0,
        cwd=folder,
        env={**os.environ, **SETTINGS, "TMPDIR": temporary, **environment},
        start_new_session=True,
    )
    started = Fleet(process, folder, temporary)
    try:
        if begin:
            started.begin()
    except BaseException:
        _end(started)
        raise
    return started


def _end(program: Fleet) -> None:
    program.seen_pids |= {int(pid) for pid in re.findall(r"\(process (\d+)\)", program.said)}
    program.close()


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Callable[..., Fleet]]:
    """Start a program: ``fleet("2", script="site.py", stdin=None)`` serves when it returns."""
    if sys.platform == "win32":
        pytest.skip("workers share a socket of POSIX")
    started: list[Fleet] = []

    def start(*args: str, **options: Any) -> Fleet:
        started.append(start_fleet(tmp_path, *args, **options))
        return started[-1]

    yield start
    for one in started:
        _end(one)


@pytest.fixture(scope="module")
def workers_for_real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Fleet]]:
    """As ``fleet``, for all tests of a file."""
    if sys.platform == "win32":
        pytest.skip("workers share a socket of POSIX")
    started: list[Fleet] = []

    def start(*args: str, **options: Any) -> Fleet:
        started.append(start_fleet(tmp_path_factory.mktemp("fleet"), *args, **options))
        return started[-1]

    yield start
    for one in started:
        _end(one)


@pytest.fixture(scope="session")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A program with two workers, for tests that leave them as they are."""
    if sys.platform == "win32":
        pytest.skip("workers share a socket of POSIX")
    program = start_fleet(tmp_path_factory.mktemp("steady"), "2")
    try:
        program.workers(2)
        yield program
    finally:
        _end(program)


@pytest.fixture
def load() -> Iterator[Callable[[tuple[str, int]], list[Load]]]:
    """``load(address)``: a few clients that ask all the time, ended with the test."""
    running: list[Load] = []

    def start(address: tuple[str, int]) -> list[Load]:
        running.extend(Load(address, keep) for keep in (False, True, True))
        return running

    yield start
    for one in running:
        one.end()
