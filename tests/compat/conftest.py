"""Servers, a client that sends bytes as they are, and scripts as programs."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack
from email.message import Message
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from quick_htag import MessageLog, create_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from quick_htag import QuickServer

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 30.0  # seconds in which an answer must come
LIFETIME = 150.0  # seconds a program may run


class Reply(NamedTuple):
    """An answer as it came over the wire."""

    line: str
    status: int
    headers: Message
    body: bytes


class Wire:
    """One connection. ``ask`` sends and reads one answer; what follows stays for the next."""

    def __init__(self, server: QuickServer) -> None:
        self.sock = socket.create_connection(server.server_address[:2], TIMEOUT)
        self.file = self.sock.makefile("rb")

    def send(self, data: str | bytes) -> None:
        """Send bytes, or text with its line ends made those of HTTP."""
        self.sock.sendall(data if isinstance(data, bytes) else data.replace("\n", "\r\n").encode())

    def read(self) -> Reply:
        """The next answer, whose body has a length or ends with the connection."""
        line = self.file.readline().decode("latin-1").rstrip()
        assert line.startswith("HTTP/1.1 "), line
        status = int(line.split()[1])
        headers = http.client.parse_headers(self.file)
        length = headers["Content-Length"]
        bare = status < 200 or status in (204, 304)
        body = b"" if bare else self.file.read(-1 if length is None else int(length))
        return Reply(line, status, headers, body)

    def ask(self, data: str | bytes) -> Reply:
        """Send, and read one answer."""
        self.send(data)
        return self.read()

    def rest(self) -> bytes:
        """Everything up to the end of the connection."""
        return self.file.read()

    def close(self) -> None:
        """End the connection."""
        self.file.close()
        self.sock.close()


@pytest.fixture
def connect() -> Iterator[Callable[[QuickServer], Wire]]:
    """``connect(server)`` opens a connection that ends with the test."""
    with ExitStack() as stack:

        def start(server: QuickServer) -> Wire:
            wire = Wire(server)
            stack.callback(wire.close)
            return wire

        yield start


@pytest.fixture
def server() -> Iterator[QuickServer]:
    """A server that does not serve."""
    with create_server(("", 0)) as made:
        yield made


@pytest.fixture
def logged() -> StringIO:
    """What servers of ``quiet`` have logged."""
    return StringIO()


@pytest.fixture
def quiet(start_server: Callable[..., QuickServer], logged: StringIO) -> Callable[..., QuickServer]:
    """``start_server`` with a log of its own, for tests that make errors."""

    def start(setup: Any = None, **options: Any) -> QuickServer:
        return start_server(setup, log=MessageLog(logged), **options)

    return start


class Program:
    """A script that runs in a folder of its own, with pipes to its prompt and from its log."""

    def __init__(
        self,
        source: str,
        folder: Path,
        flags: tuple[str, ...],
        args: tuple[str, ...],
        env: dict[str, str],
    ) -> None:
        (folder / "script.py").write_text(source, encoding="utf-8")
        kept = {k: v for k, v in os.environ.items() if not k.startswith("QUICK_")}
        self.process = subprocess.Popen(
            [sys.executable, *flags, "script.py", *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
            env={**kept, "PYTHONPATH": str(ROOT), **env},
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.stdin, self.stdout = self.process.stdin, self.process.stdout
        self.stderr = self.process.stderr
        self.said = ""
        self.alarm = threading.Timer(LIFETIME, self.process.kill)
        self.alarm.start()

    def until(self, text: str) -> str:
        """The next line of the log that has this."""
        for line in self.stderr:
            self.said += line
            if text in line:
                return line
        raise AssertionError(f"no {text!r} in {self.said}")

    def type(self, text: str) -> None:
        """Send lines to its prompt."""
        self.stdin.write(text)
        self.stdin.flush()

    def end(self) -> int:
        """Its exit code, once it has ended by itself; ``said`` has all of its log."""
        self.said += self.stderr.read()
        return self.process.wait(TIMEOUT)

    def close(self) -> None:
        """Kill it if it is still there."""
        self.alarm.cancel()
        self.process.kill()
        self.process.wait()
        for stream in (self.stdin, self.stdout, self.stderr):
            stream.close()


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """``launch(source, flags=(), args=(), **environment)`` starts a script that ends with us."""
    programs: list[Program] = []

    def start(
        source: str, flags: tuple[str, ...] = (), args: tuple[str, ...] = (), **env: str
    ) -> Program:
        programs.append(Program(source, tmp_path, flags, args, env))
        return programs[-1]

    yield start
    for program in programs:
        program.close()
