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
from tests.patience import until

LIMIT = 30.0


class Ends:
    """A client and a server, joined by a tunnel."""

    def __init__(self, first: bytes = b"first", early: bytes = b"early", **settings: Any) -> None:
        self.sidecar = Sidecar(Settings(**settings), MessageLog())
        self.client, near = socket.socketpair()
        self.server, far = socket.socketpair()
        near.setblocking(False)
        far.setblocking(False)
        for sock in (self.client, self.server):
            sock.settimeout(LIMIT)
        self.sidecar.relay(near, b"HEAD", early, Tunnel(far, first))


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
    before = set(threading.enumerate())
    pairs: list[Any] = [(socket.socketpair(), socket.socketpair()) for _ in range(20)]
    for (_, near), (_, far) in pairs:
        near.setblocking(False)
        far.setblocking(False)
        ends.sidecar.relay(near, b"H", b"", Tunnel(far, b""))
    for (client, _), (server, _) in pairs:
        assert client.recv(1) == b"H"
        client.close()
        server.close()
    assert set(threading.enumerate()) <= before


# -- silence ---------------------------------------------------------------------------------------

PING, PING_TO_SERVER = b"\x89\x00", b"\x89\x80"
PONG, PONG_OF_CLIENT = b"\x8a\x00", b"\x8a\x80mask"


@pytest.fixture
def brief(no_thread_left: None) -> Iterator[Ends]:
    """A tunnel that nothing has passed, and that asks soon and has little patience."""
    made = Ends(b"", b"", websocket_ping_interval=0.05, websocket_ping_timeout=0.5)
    assert _exactly(made.client, 4) == b"HEAD"
    yield made
    made.sidecar.stop(LIMIT)
    made.client.close()
    made.server.close()


class Answering(threading.Thread):
    """Answers each ping of one side, until that ends."""

    def __init__(self, sock: socket.socket, ping: int, pong: bytes) -> None:
        super().__init__()
        self.sock, self.ping, self.pong = sock, ping, pong
        self.pings = self.pongs = 0
        self.start()

    def run(self) -> None:
        with contextlib.suppress(OSError):
            while frame := self.sock.recv(self.ping):
                if frame[:1] == PING[:1]:
                    self.pings += 1
                    self.sock.sendall(self.pong)
                else:
                    self.pongs += 1


def _end_of(sock: socket.socket) -> bytes:
    """What comes until the end."""
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while more := sock.recv(4096):
            data += more
    return data


def test_a_silent_server_ends_both(brief: Ends) -> None:
    """The client answers the pings, the server does not: both see the end."""
    client = Answering(brief.client, 2, PONG_OF_CLIENT)
    assert _end_of(brief.server).startswith(PING_TO_SERVER)
    client.join(LIMIT)
    assert not client.is_alive()
    assert client.pings > 0


def test_a_silent_client_ends_both(brief: Ends) -> None:
    """The server answers, the client does not."""
    server = Answering(brief.server, 6, PONG)
    assert _end_of(brief.client).startswith(PING)
    server.join(LIMIT)
    assert not server.is_alive()
    assert server.pings > 0


def test_sides_that_answer_stay(no_thread_left: None) -> None:
    """However long they have nothing to say; pongs are passed on."""
    ends = Ends(b"", b"", websocket_ping_interval=0.02, websocket_ping_timeout=LIMIT)
    assert _exactly(ends.client, 4) == b"HEAD"
    client = Answering(ends.client, 2, PONG_OF_CLIENT)
    server = Answering(ends.server, 6, PONG)
    until(lambda: min(client.pings, server.pings) >= 5)
    assert min(client.pongs, server.pongs) > 0
    ends.sidecar.stop(LIMIT)
    for side in (client, server):
        side.join(LIMIT)
        side.sock.close()


def test_no_ping_inside_of_a_frame(brief: Ends) -> None:
    """Who has received half of a frame is not asked; who sends no more of it is, and ends both."""
    brief.server.sendall(b"\x82\x7e\x01\x00" + b"x" * 100)
    got = _end_of(brief.client)
    assert got[-104:] == b"\x82\x7e\x01\x00" + b"x" * 100
    assert set(got[:-104]) <= set(PING)
    assert PING_TO_SERVER in _end_of(brief.server)


def test_no_ping_after_a_close(brief: Ends) -> None:
    """A close that is not answered ends both, too."""
    close = b"\x88\x02\x03\xe8"
    brief.server.sendall(close)
    assert _end_of(brief.client).partition(close)[2] == b""


def test_who_is_not_read_is_not_asked(brief: Ends) -> None:
    """A client that takes nothing ends the tunnel, not the server that it keeps waiting."""
    frame = b"\x82\x7f" + (1 << 24).to_bytes(8, "big")
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        brief.server.sendall(frame + b"x" * (1 << 24))
    assert _end_of(brief.client)
