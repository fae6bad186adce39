"""Answers on their way: clients that take them slowly, logs and disks that block."""

from __future__ import annotations

import errno
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from quick_htag.messages.response import FileBody, HTTPResponse
from quick_htag.transports import connection

PIECE = os.urandom(1 << 20)
PATIENCE = 20.0


def test_slow_reader_holds_no_thread(live, site, until):
    """Clients that do not take their large answers cost no thread and delay nobody."""
    site.add("/large", lambda _: PIECE * 8)
    live.get()
    threads = live.counts()["threads"]
    readers = [live.connect().send(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(20)]
    until(
        lambda: (
            [one.state.name for one in list(live.transport._hub.connections)].count("SENDING") == 20
        )
    )
    assert live.get().body == b"hello"
    until(lambda: live.counts()["threads"] - live.counts()["waiting_threads"] <= threads)
    assert all(reader.answer().body == PIECE * 8 for reader in readers)


def test_reader_that_never_reads(serve, site, until):
    """A client that takes nothing is dropped when its time is up."""
    site.add("/large", lambda _: PIECE * 8)
    live = serve(site, send_timeout=0.05)
    client = live.connect().send(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    until(lambda: live.observed and live.counts()["connections"] == 0)
    assert len(client.rest()) < 8 << 20


def test_reader_that_reads_a_byte_now_and_then(serve, site, clock, until):
    """A client below the rate is dropped, whatever it takes."""
    site.add("/large", lambda _: PIECE * 32)
    live = serve(site, {"clock": clock}, send_timeout=10.0, send_min_rate=1 << 40)
    client = live.connect().send(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    until(lambda: live.observed)
    [connection] = live.transport._hub.connections
    until(lambda: connection.deadline == clock() + 10.0)
    for _ in range(4):
        client.take(1 << 10)
        clock.advance(3.0)
        live.transport._hub.poller.wake()
    until(lambda: live.counts()["connections"] == 0)


def test_slow_reader_above_the_rate(serve, site, clock, until):
    """A client that keeps up the rate may take any time."""
    site.add("/large", lambda _: PIECE * 32)
    live = serve(site, {"clock": clock}, send_timeout=10.0, send_min_rate=1000.0)
    client = live.connect().send(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    until(lambda: live.observed)
    [connection] = live.transport._hub.connections
    until(lambda: connection.deadline == clock() + 10.0)
    for _ in range(4):
        clock.advance(9.0)
        until(lambda: client.take(1 << 16) and connection.deadline == clock() + 10.0)
    assert live.counts()["connections"] == 1


# -- what blocks, and is no target -----------------------------------------------------------------


def test_a_log_that_blocks_delays_nobody(serve, site, gate):
    """The line of one answer cannot be written: the others go on, and that one does later."""

    def observe(request, *_):
        if request.raw_path == "/noted":
            gate()

    site.add("/noted", lambda _: "noted")
    live = serve(site, {"observer": observe})
    stalled = live.connect().send(b"GET /noted HTTP/1.1\r\nHost: x\r\n\r\n")
    gate.await_inside()
    client = live.connect()
    assert [client.get().body for _ in range(3)] == [b"hello"] * 3
    gate.open()
    assert stalled.answer().body == b"noted"
    assert stalled.get().body == b"hello"


@pytest.mark.skipif(not hasattr(os, "sendfile"), reason="there is no such call to stall")
@pytest.mark.parametrize("call", [1, 3, 8])
def test_a_disk_that_stalls_delays_nobody(serve, site, gate, tmp_path, monkeypatch, call):
    """At the first piece of a file or later: others go on, and the file arrives whole."""
    path, calls = tmp_path / "file", []
    path.write_bytes(PIECE * 12)

    def send(*args):
        calls.append(args)
        if len(calls) == call:
            gate()
        return os.sendfile(*args)

    monkeypatch.setattr(connection, "_SENDFILE", send)
    site.add("/file", lambda _: HTTPResponse(body=FileBody(path.open("rb"), 0, 12 << 20)))
    live = serve(site)
    with ThreadPoolExecutor(1) as pool:
        file = pool.submit(live.get, "/file")
        gate.await_inside()
        client = live.connect()
        assert [client.get().body for _ in range(3)] == [b"hello"] * 3
        gate.open()
        body = file.result(PATIENCE).body
    assert hashlib.sha256(body).digest() == hashlib.sha256(PIECE * 12).digest()
    assert live.get().body == b"hello"


@pytest.mark.skipif(not hasattr(os, "sendfile"), reason="there is no such call to fail")
def test_a_disk_that_fails_costs_nobody_the_lead(serve, site, tmp_path, monkeypatch):
    """The connection ends, and the watchdog has nothing to look at any more."""

    def send(*_):
        raise OSError(errno.EIO, "broken")

    path = tmp_path / "file"
    path.write_bytes(PIECE)
    monkeypatch.setattr(connection, "_SENDFILE", send)
    place = site.add("/file", lambda _: HTTPResponse(body=FileBody(path.open("rb"), 0, 1 << 20)))
    live = serve(site, watchdog_interval=5.0, inline_limit=5.0)
    with pytest.raises((EOFError, OSError)):
        live.get("/file")
    assert live.get().body == b"hello"
    assert live.transport._crew._since == place.cost == 0.0
