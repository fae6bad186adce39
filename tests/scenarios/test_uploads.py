"""Uploads as a whole: large ones, and those that are given up."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import threading
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from quick_htag import QuickServer

MIB = 1024 * 1024
TIMEOUT = 60.0
PART = b'--x\r\nContent-Disposition: form-data; name="f"; filename="big.bin"\r\n\r\n'
END = b"\r\n--x--\r\n"
needs_proc = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")

# A server in a process of its own, so that nothing else is in its memory.
SERVER = """
import re, sys
from quick_htag import create_server

def memory(name):
    with open("/proc/self/status") as status:
        return int(re.search(name + r":\\s+(\\d+) kB", status.read())[1]) * 1024

server = create_server(("", 0))
server.no_command_loop = True
server.suppress_noise = True
server.max_file_size = 1 << 30

@server.json_post("/upload", 0)
def upload(req, args):
    file = args["files"]["f"]
    file.seek(-5, 2)
    return {"size": file.size, "end": file.read().decode(), "peak": memory("VmHWM")}

print(server.server_address[1], memory("VmRSS"), flush=True)
server.serve_forever()
"""


def _head(length: int) -> bytes:
    return (
        b"POST /upload HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        b"Content-Type: multipart/form-data; boundary=x\r\n"
        b"Content-Length: %d\r\n\r\n" % length
    )


def _read(connection: socket.socket) -> bytes:
    with connection.makefile("rb") as answer:
        return answer.read()


@pytest.fixture
def server_process() -> Iterator[tuple[int, int]]:
    """The port of a server of its own, and its memory in bytes when it has started."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER], cwd=Path(__file__).parents[2], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        port, memory = map(int, process.stdout.readline().split())
        yield port, memory
    finally:
        process.kill()
        process.wait(TIMEOUT)
        process.stdout.close()


@needs_proc
def test_large_upload_is_not_in_memory(server_process: tuple[int, int]) -> None:
    """A file of 200 MiB, twice, costs the process a few MiB."""
    port, before = server_process
    size = 200 * MIB
    for _ in range(2):
        with socket.create_connection(("127.0.0.1", port), TIMEOUT) as connection:
            connection.sendall(_head(len(PART) + size + len(END)) + PART)
            chunk = bytes(MIB)
            for _ in range(size // MIB - 1):
                connection.sendall(chunk)
            connection.sendall(chunk[:-5] + b"right" + END)
            answer = json.loads(_read(connection).partition(b"\r\n\r\n")[2])
        assert (answer["size"], answer["end"]) == (size, "right")
        assert answer["peak"] - before < 20 * MIB


def test_uploads_at_the_same_time(start_server: Callable[..., QuickServer]) -> None:
    """Twenty clients send 3 MiB each, all at once; each file arrives as it was sent."""
    together = threading.Barrier(20, timeout=TIMEOUT)

    def upload(req: Any, args: Any) -> str:
        return f"{zlib.crc32(args['files']['f'].read()):x}"

    server = start_server(lambda s: s.text_post("/upload", 0)(upload))

    def send(number: int) -> bool:
        content = bytes([number]) * (3 * MIB) + bytes([number + 1])
        together.wait()
        with socket.create_connection(server.server_address[:2], TIMEOUT) as connection:
            connection.sendall(_head(len(PART) + len(content) + len(END)) + PART)
            connection.sendall(content + END)
            told = _read(connection).partition(b"\r\n\r\n")[2].decode()
        return told == f"{zlib.crc32(content):x}"

    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(send, range(20)))


def _open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@needs_proc
def test_aborted_upload_leaves_nothing(
    start_server: Callable[..., QuickServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the client goes in the middle, its file is gone and closed."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    called = threading.Event()

    def setup(server: QuickServer) -> None:
        server.json_post("/upload", 0)(lambda req, args: called.set())
        server.json_get("/ping", 0)(lambda req, args: 1)

    server = start_server(setup)
    before = _open_files()
    with socket.create_connection(server.server_address[:2], TIMEOUT) as connection:
        connection.sendall(_head(50 * MIB) + PART + bytes(5 * MIB))
        _wait(lambda: _open_files() > before + 2)  # our end, its end, and the file
    _wait(lambda: _open_files() == before)
    assert not called.is_set()
    assert list(tmp_path.iterdir()) == []


def _wait(condition: Callable[[], bool]) -> None:
    tick = threading.Event()
    for _ in range(int(TIMEOUT / 0.01)):
        if condition():
            return
        tick.wait(0.01)
    raise AssertionError("it did not happen in time")


def test_too_large_upload_is_told_before_it_is_sent(
    start_server: Callable[..., QuickServer],
) -> None:
    """Who asks first is told 413 instead of 100, whatever the length of the body."""
    server = start_server(lambda server: server.json_post("/upload", 0)(lambda req, args: {}))
    with socket.create_connection(server.server_address[:2], TIMEOUT) as connection:
        head = _head(1 << 40).replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n")
        connection.sendall(head)
        assert _read(connection).startswith(b"HTTP/1.1 413 ")
