"""A program that is ended while much is under way, kindly or not, and started again."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.patience import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its signals are others")

ENDING = Path(__file__).with_name("ending.py")
LIMIT = 30.0
UPLOAD = b"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n"
EXPECTING = b"Expect: 100-continue\r\n\r\n"  # so that the server says when it has begun


class Program:
    """The program, and a file that each thing under way makes when it has begun."""

    def __init__(self, folder: Path, port: int, patience: float) -> None:
        self.folder = folder
        command = [sys.executable, str(ENDING), str(folder), str(port), str(patience)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        assert self.url
        self.port = int(self.url.rstrip("/").rpartition(":")[2])

    def begin(self, name: str) -> Path:
        """The file that tells that ``name`` has begun."""
        path = self.folder / name
        path.unlink(missing_ok=True)
        return path

    def get(self, path: str, **query: Any) -> requests.Response:
        """The answer on a connection of its own."""
        return requests.get(f"{self.url}{path}", params=query, timeout=LIMIT)

    def end(self, number: int) -> int:
        """Send a signal, and wait for the end; the code."""
        self.process.send_signal(number)
        return self.process.wait(LIMIT)

    def close(self) -> None:
        """Whatever happened, it is gone."""
        self.process.kill()
        self.process.wait(LIMIT)
        if self.process.stdout is not None:
            self.process.stdout.close()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """``run(port=0, patience=60.0)`` starts the program, which has so many seconds to end."""
    programs: list[Program] = []

    def start(port: int = 0, patience: float = 60.0) -> Program:
        programs.append(Program(tmp_path, port, patience))
        return programs[-1]

    yield start
    for program in programs:
        program.close()


def test_what_is_under_way_is_finished(run: Callable[..., Program]) -> None:
    """A request, a stream and an upload end as they should; a websocket is told."""
    program = run()
    waiting, streaming = program.begin("wait"), program.begin("stream")
    upload = socket.create_connection(("127.0.0.1", program.port), LIMIT)
    with ThreadPoolExecutor(2) as pool, upload, contextlib.ExitStack() as stack:
        asked = pool.submit(program.get, "wait", begun=waiting, seconds=0.5)
        streamed = pool.submit(program.get, "stream", begun=streaming)
        upload.sendall(UPLOAD % 2000 + EXPECTING)
        assert upload.recv(100).endswith(b" 100 Continue\r\n\r\n")
        upload.sendall(bytes(1000))
        ws = stack.enter_context(connect(f"{program.url}ws".replace("http", "ws", 1)))
        ws.send("here")
        assert ws.recv(LIMIT) == "here"
        until(lambda: waiting.exists() and streaming.exists())
        program.process.send_signal(signal.SIGTERM)
        upload.sendall(bytes(1000))
        assert asked.result(LIMIT).text == "waited"
        assert streamed.result(LIMIT).text.splitlines()[-1] == "19"
        assert upload.makefile("rb").read().endswith(b"\r\n\r\n2000")
        with pytest.raises(ConnectionClosed) as closed:
            ws.recv(LIMIT)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1001
    assert program.process.wait(LIMIT) == 0


def test_what_does_not_end_is_cut_in_time(run: Callable[..., Program]) -> None:
    """A request that takes for ever does not keep the program."""
    program = run(patience=0.2)
    waiting = program.begin("wait")
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(program.get, "wait", begun=waiting, seconds=600)
        until(waiting.exists)
        began = time.monotonic()
        program.end(signal.SIGTERM)
        assert time.monotonic() - began < 25.0
        with pytest.raises(requests.ConnectionError):
            asked.result(LIMIT)


def test_a_second_signal_cuts(run: Callable[..., Program]) -> None:
    """Who has no time sends it twice."""
    program = run()
    waiting = program.begin("wait")
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(program.get, "wait", begun=waiting, seconds=600)
        until(waiting.exists)
        program.process.send_signal(signal.SIGTERM)

        def refused() -> bool:
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", program.port)),
            ):
                return False
            return True

        until(refused)  # so the first has been heard
        assert program.end(signal.SIGTERM) != 0
        with pytest.raises(requests.ConnectionError):
            asked.result(LIMIT)


def test_a_job_that_was_cut_is_reported(run: Callable[..., Program]) -> None:
    """Its client hears from the next program that it was lost, and does not wait for ever."""
    program = run(patience=0.2)
    begun = program.begin("job")
    with requests.Session() as session:
        session.get(f"{program.url}count", timeout=LIMIT)
        start = {"action": "start", "payload": {"begun": str(begun), "seconds": 600}}
        told = session.post(f"{program.url}job", json=start, timeout=LIMIT).json()
        until(begun.exists)
        program.end(signal.SIGTERM)
        again = run(program.port)
        ask = {"action": "get", "token": told["token"]}
        answer = session.post(f"{again.url}job", json=ask, timeout=LIMIT)
        assert answer.status_code == 410


def test_killed_and_started_again(run: Callable[..., Program]) -> None:
    """Sessions are as they were, the port is there at once, and no file of an upload is left."""
    program = run()
    upload = socket.create_connection(("127.0.0.1", program.port), LIMIT)
    with requests.Session() as session, contextlib.closing(upload):
        upload.sendall(UPLOAD % 8_000_000 + b"\r\n" + bytes(4_000_000))  # spooled to a file
        for number in (1, 2, 3):
            assert session.get(f"{program.url}count", timeout=LIMIT).json() == number
        program.end(signal.SIGKILL)
        again = run(program.port)
        assert session.get(f"{again.url}count", timeout=LIMIT).json() == 4
    assert list((program.folder / "temporary").iterdir()) == []
