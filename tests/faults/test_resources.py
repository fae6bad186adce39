"""Nothing left: of the disk, of file descriptors, of threads."""

from __future__ import annotations

import errno
import io
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from quick_htag import RedisStore, Settings, SQLiteStore
from quick_htag.stores import sqlite_file
from tests.patience import until

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="the limits are those of POSIX")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
LIMIT = 30.0
STARVED = Path(__file__).with_name("starved.py")


# -- the disk --------------------------------------------------------------------------------------


class Full(io.TextIOBase):
    """A file on a full disk."""

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_ends_the_log_only(faulty: Any) -> None:
    """Lines are lost, requests are not."""
    one = faulty()
    one.server.log.file = Full()
    assert all(one.serves() for _ in range(3))


@pytest.fixture(scope="module")
def starved() -> Iterator[Callable[..., Any]]:
    """``starved(what, limit)``: a server in a process with a limit; its address and the process."""
    processes: list[Any] = []

    def start(what: str, *arguments: Any) -> tuple[str, Any]:
        process = subprocess.Popen(
            [sys.executable, STARVED, what, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.stderr.read()
        return line.strip(), process

    yield start
    for process in processes:
        process.stdin.close()
        try:
            process.wait(LIMIT)
        finally:
            process.kill()
            process.stdout.close()
            process.stderr.close()


@pytest.fixture(scope="module")
def disk(starved: Any) -> str:
    """A server whose files may have one megabyte."""
    url, _ = starved("disk", 1 << 20)
    return str(url)


@POSIX
def test_an_upload_that_finds_no_room(disk: str) -> None:
    """It is answered 507, the next smaller one is taken."""
    with requests.Session() as session:
        big = session.post(f"{disk}echo", data=bytes(4 << 20), timeout=LIMIT)
        assert big.status_code == 507
        assert session.post(f"{disk}echo", data=bytes(1000), timeout=LIMIT).text == "1000"


@POSIX
def test_a_form_that_finds_no_room(disk: str) -> None:
    """The same for a file of a form."""
    files = {"file": ("a.bin", bytes(4 << 20))}
    assert requests.post(f"{disk}form", files=files, timeout=LIMIT).status_code == 507
    small = {"file": ("a.bin", bytes(1000))}
    assert requests.post(f"{disk}form", files=small, timeout=LIMIT).text == "1000"


@POSIX
def test_a_store_that_finds_no_room(disk: str) -> None:
    """What cannot be stored is answered 503; what was stored is there."""
    with requests.Session() as visitor:
        assert visitor.get(f"{disk}keep?size=10", timeout=LIMIT).text == "10"
        assert visitor.get(f"{disk}keep?size=900000", timeout=LIMIT).status_code in (200, 503)
        full = visitor.get(f"{disk}keep?size=900001", timeout=LIMIT)
        assert full.status_code == 503
        assert full.headers["Retry-After"]
        assert requests.get(f"{disk}ok", timeout=LIMIT).text == "ok"


# -- file descriptors ------------------------------------------------------------------------------


@LINUX
def test_no_descriptor_is_left(starved: Any) -> None:
    """Clients wait, the processor does not spin, and service is back when there are some again."""
    url, process = starved("files", 64)
    host, port = url.removeprefix("http://").rstrip("/").split(":")
    clients = [socket.create_connection((host, int(port)), LIMIT) for _ in range(120)]

    def is_at_rest() -> bool:
        used = _processor_time(process.pid)
        time.sleep(0.5)
        return _processor_time(process.pid) - used < 0.25

    until(is_at_rest)  # it may still accept those for which there is room
    for client in clients:
        client.close()
    assert requests.get(f"{url}ok", timeout=LIMIT).text == "ok"
    assert int(requests.get(f"{url}reports", timeout=LIMIT).text) < 5  # not one with each attempt


def _processor_time(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100.0


# -- threads ---------------------------------------------------------------------------------------


class NoMore(threading.Thread):
    """Cannot be started, as when the system has no thread to give."""

    refuses = False

    def start(self) -> None:
        if type(self).refuses:
            raise RuntimeError("can't start new thread")
        super().start()


@pytest.fixture
def scarce() -> Iterator[type[NoMore]]:
    """A factory of threads that can be told to give none."""
    yield NoMore
    NoMore.refuses = False


def _busy(server: Any) -> None:
    server.text_get("/slow", 0)(lambda req, args: time.sleep(0.05) or "slow")
    server.json_worker("/job")(lambda payload: 1)
    server.websocket("/ws")(lambda ws: None)


def test_no_thread_for_requests(faulty: Any, scarce: type[NoMore]) -> None:
    """Those there are do the work, one after the other."""
    one = faulty(_busy, thread_factory=scarce)
    assert one.get("slow").text == "slow"
    scarce.refuses = True
    assert [one.get("slow").text for _ in range(3)] == ["slow"] * 3
    assert one.serves()


def test_no_thread_for_a_websocket(faulty: Any, scarce: type[NoMore]) -> None:
    """It is told to come again; the server goes on."""
    one = faulty(_busy, thread_factory=scarce)
    scarce.refuses = True
    address = f"{one.url}ws".replace("http", "ws", 1)
    with pytest.raises((ConnectionClosed, InvalidStatus)), connect(address) as ws:
        ws.recv(LIMIT)
    scarce.refuses = False
    assert one.serves()


def test_no_thread_for_a_job(faulty: Any, scarce: type[NoMore]) -> None:
    """The client is told to come again, and they run when there are threads again."""
    patient = Settings(job_start_wait=LIMIT)  # a busy machine needs a while for a quick job, too
    one = faulty(_busy, thread_factory=scarce, settings=patient)
    scarce.refuses = True
    start = {"action": "start", "payload": {}}
    refused = requests.post(f"{one.url}job", json=start, timeout=LIMIT)
    assert refused.status_code == 503
    assert refused.headers["Retry-After"]
    scarce.refuses = False

    def done() -> bool:
        answer = requests.post(f"{one.url}job", json=start, timeout=LIMIT)
        return answer.status_code == 200 and answer.json()["result"] == "1"

    until(done)
    assert one.serves()


@LINUX
def test_no_process_for_threads(starved: Any) -> None:
    """A limit of the system on threads stops nobody for good."""
    url, _ = starved("threads", 4)
    found = [0, 0]

    def ask() -> None:
        try:
            found[requests.get(f"{url}slow", timeout=LIMIT).text == "slow"] += 1
        except requests.RequestException:
            found[0] += 1

    threads = [threading.Thread(target=ask) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    assert found == [0, 30]
    assert requests.get(f"{url}ok", timeout=LIMIT).text == "ok"


# -- stores ----------------------------------------------------------------------------------------


def _counting(server: Any) -> None:
    def count(req: Any, args: Any) -> int:
        req.session["n"] = req.session.get("n", 0) + 1
        return int(req.session["n"])

    server.json_get("/count", 0)(count)


def test_a_store_that_is_locked_by_somebody(
    faulty: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests are answered 503 meanwhile, and go on where they were."""
    monkeypatch.setattr(sqlite_file, "_BUSY_TIMEOUT", 0.2)
    store = SQLiteStore(str(tmp_path / "store.db"))
    one = faulty(_counting, store=store)
    with requests.Session() as visitor:
        assert visitor.get(f"{one.url}count", timeout=LIMIT).json() == 1
        other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        assert visitor.get(f"{one.url}count", timeout=LIMIT).status_code == 503
        assert one.serves()
        other.execute("ROLLBACK")
        other.close()
        until(lambda: visitor.get(f"{one.url}count", timeout=LIMIT).status_code == 200)
        assert visitor.get(f"{one.url}count", timeout=LIMIT).json() >= 3
    one.server.shutdown()
    store.close()


def test_redis_that_goes_and_comes_back(faulty: Any, redis_server: Any) -> None:
    """Requests with sessions are answered 503 meanwhile, others as ever; then all go on."""
    store = RedisStore(redis_server.url, prefix="faults:")
    one = faulty(_counting, store=store)
    with requests.Session() as visitor:
        assert visitor.get(f"{one.url}count", timeout=LIMIT).json() == 1
        redis_server.stop()
        try:
            assert visitor.get(f"{one.url}count", timeout=LIMIT).status_code == 503
            assert one.serves()
        finally:
            redis_server.start()
        until(lambda: visitor.get(f"{one.url}count", timeout=LIMIT).status_code == 200)
    one.server.shutdown()
    store.close()
