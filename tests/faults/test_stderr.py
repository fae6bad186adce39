"""A program whose standard error nobody reads goes on serving."""

from __future__ import annotations

import http.client
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

_PROGRAM = """
import sys
from quick_htag import create_server

server = create_server(("127.0.0.1", 0))
server.no_command_loop = True


@server.text_get("/hello")
def hello(req, args):
    return "hello"


@server.text_get("/fails")
def fails(req, args):
    raise ValueError("x" * 5000)


print(server.server_address[1], flush=True)
server.serve_forever()
"""
_LINES = 1500  # of some 80 bytes, and a pipe takes 64 KiB


@pytest.fixture
def server() -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A server that logs every request, and its port."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", _PROGRAM]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        yield process, int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def _get(client: http.client.HTTPConnection, path: str) -> int:
    client.request("GET", path)
    answer = client.getresponse()
    answer.read()
    return answer.status


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot tell who would wait")
def test_nobody_reads_the_log(server: Any) -> None:
    """Every request is answered, those that fail too; who reads later finds whole lines."""
    process, port = server
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    assert {_get(client, f"/hello?{'x' * 20}") for _ in range(_LINES)} == {200}
    assert {_get(client, "/fails") for _ in range(3)} == {500}
    other = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    assert _get(other, "/hello") == 200
    for _ in range(_LINES):
        line = process.stderr.readline()
        assert line.startswith(b"[SERVER] ")
        assert line.endswith(b"\n")
    client.close()
    other.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot tell who would wait")
def test_it_ends_while_nobody_reads(server: Any) -> None:
    """Lines that wait for a reader hold no process up."""
    process, port = server
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    assert {_get(client, f"/hello?{'x' * 20}") for _ in range(_LINES)} == {200}
    client.close()
    process.terminate()
    assert process.wait(20) is not None
