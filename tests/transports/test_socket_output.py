"""What is sent over a socket: at once, later, or together with others."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from quick_htag.transports.departures import Departures
from quick_htag.transports.socket_output import SocketOutput
from tests.hand_timer import HandTimer

LARGE = b"x" * (8 * 1024 * 1024)  # more than a socket takes at once


class Line:
    """An output, the other end of its socket, and what was told."""

    def __init__(self) -> None:
        self.peer, self.sock = socket.socketpair()
        for one in (self.peer, self.sock):
            one.setblocking(False)
        self.told: list[OSError | None] = []
        self.departures = Departures(HandTimer())
        self.output = SocketOutput(self.sock, self.departures, self.told.append)

    def arrived(self) -> bytes:
        """What has come."""
        data = b""
        try:
            while piece := self.peer.recv(1 << 20):
                data += piece
        except BlockingIOError:
            return data
        return data


@pytest.fixture
def line() -> Iterator[Line]:
    """Nothing was sent."""
    made = Line()
    yield made
    made.output.close()
    made.peer.close()


def test_it_is_sent_at_once(line: Line) -> None:
    """Nobody has to be told."""
    assert line.output.send(b"hello")
    assert (line.arrived(), line.told, line.output.size()) == (b"hello", [], 0)


def test_the_rest_is_sent_when_there_is_room(line: Line) -> None:
    """Who looks after the socket is told; nobody overtakes, and what is written follows."""
    assert line.output.send(LARGE)
    assert line.told == [None]
    assert not line.output.send(b"too early")
    assert line.output.write(b"then") is None
    assert line.output.size() == line.output.left > 0
    data = line.arrived()
    while line.output.left:
        assert line.output.go_on() is None
        data += line.arrived()
    assert data == LARGE + b"then"


def test_what_is_held_departs_together(line: Line) -> None:
    """In order; what does not fit is told."""
    line.departures.begin()
    assert line.output.send(b"one")
    assert line.output.send(LARGE)
    assert (line.arrived(), line.output.size()) == (b"", 3 + len(LARGE))
    line.departures.end()
    assert line.arrived().startswith(b"onex")
    assert line.told == [None]


def test_what_is_written_goes_behind_what_is_held(line: Line) -> None:
    """And takes it along."""
    line.departures.begin()
    line.output.send(b"one")
    line.output.write(b"two")
    assert line.arrived() == b"onetwo"


def test_an_end_lets_out_what_is_held(line: Line) -> None:
    """Nothing more is taken."""
    line.departures.begin()
    line.output.send(b"one")
    assert line.output.end() is None
    assert not line.output.send(b"two")
    line.output.write(b"three")
    assert line.arrived() == b"one"


def test_what_is_dropped_is_not_sent(line: Line) -> None:
    """Whatever waits."""
    line.departures.begin()
    line.output.send(b"one")
    line.output.drop()
    line.departures.end()
    assert (line.arrived(), line.output.size()) == (b"", 0)
    assert not line.output.send(b"two")


def test_an_error_is_told_to_who_looks_after_the_socket(line: Line) -> None:
    """By threads that send; who writes gets it."""
    line.peer.close()
    assert line.output.send(b"one")
    assert isinstance(line.told[0], OSError)
    line.departures.begin()
    line.output.send(b"two")
    line.departures.end()
    assert isinstance(line.told[1], OSError)
    assert isinstance(line.output.write(b"three"), OSError)
