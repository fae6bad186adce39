"""Bytes both ways between two sockets, on a loop."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from quick_htag.logs import MessageLog
from quick_htag.messages.response import Tunnel
from quick_htag.settings import Settings
from quick_htag.transports.sidecar import Sidecar

LIMIT = 30.0


class Ends:
    """A client and a server, joined by a tunnel."""

    def __init__(self) -> None:
        self.sidecar = Sidecar(Settings(), MessageLog())
        self.client, near = socket.socketpair()
        self.server, far = socket.socketpair()
        near.setblocking(False)
        far.setblocking(False)
        for sock in (self.client, self.server):
            sock.settimeout(LIMIT)
        self.sidecar.relay(near, b"HEAD", b"early", Tunnel(far, b"first"))


@pytest.fixture
def ends(no_thread_left: None) -> Iterator[Ends]:
    """A tunnel that has not passed anything on yet."""
    made = Ends()
    yield made
    made.sidecar.stop(LIMIT)
    made.client.close()
    made.server.close()


def _exactly(sock: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count and (more := sock.recv(count - len(data))):
        data += more
    return data


def test_what_was_read_before_comes_first(ends: Ends) -> None:
    """The head, then what the server said; the server gets what the client said too early."""
    assert _exactly(ends.client, 9) == b"HEADfirst"
    assert _exactly(ends.server, 5) == b"early"


def test_bytes_go_both_ways(ends: Ends) -> None:
    """As they are."""
    ends.client.sendall(b"to")
    ends.server.sendall(b"fro")
    assert _exactly(ends.server, 7) == b"earlyto"
    assert _exactly(ends.client, 12) == b"HEADfirstfro"


def test_half_closing_is_passed_on(ends: Ends) -> None:
    """A client that has said all of it still gets the answer."""
    ends.client.shutdown(socket.SHUT_WR)
    assert _exactly(ends.server, 100) == b"early"
    ends.server.sendall(b"answer")
    ends.server.close()
    assert _exactly(ends.client, 100) == b"HEADfirstanswer"


def test_a_slow_side_holds_the_other(ends: Ends) -> None:
    """What one side does not take is not read from the other without end."""
    ends.server.settimeout(0.5)
    sent = 0
    with contextlib.suppress(TimeoutError):
        while sent < 1 << 28:
            sent += ends.server.send(b"x" * 65536)
    assert sent < 1 << 24
    assert len(_exactly(ends.client, sent + 9)) == sent + 9


def test_stopping_ends_tunnels(ends: Ends) -> None:
    """Both sides see the end when the server stops."""
    assert _exactly(ends.client, 9) == b"HEADfirst"
    assert ends.sidecar.stop(LIMIT)
    assert ends.client.recv(1) == b""
    assert _exactly(ends.server, 6) == b"early"


def test_a_stopped_sidecar_takes_none(no_thread_left: None) -> None:
    """Both sockets are closed when it is too late."""
    sidecar = Sidecar(Settings(), MessageLog())
    sidecar.stop(LIMIT)
    pairs = [socket.socketpair(), socket.socketpair()]
    sidecar.relay(pairs[0][1], b"", b"", Tunnel(pairs[1][1], b""))
    assert pairs[0][0].recv(1) == pairs[1][0].recv(1) == b""
    for ours, _ in pairs:
        ours.close()


def test_no_thread_for_each(ends: Ends) -> None:
    """Any number of tunnels is the work of one thread."""
    assert _exactly(ends.client, 9) == b"HEADfirst"
    before = threading.active_count()
    pairs: list[Any] = [(socket.socketpair(), socket.socketpair()) for _ in range(20)]
    for (_, near), (_, far) in pairs:
        near.setblocking(False)
        far.setblocking(False)
        ends.sidecar.relay(near, b"H", b"", Tunnel(far, b""))
    for (client, _), (server, _) in pairs:
        assert client.recv(1) == b"H"
        client.close()
        server.close()
    assert threading.active_count() == before
