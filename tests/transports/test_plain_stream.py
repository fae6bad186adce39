"""A plain socket on a loop, written by any thread."""

from __future__ import annotations

import asyncio
import select
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from quick_htag.transports.arrivals import Arrivals
from quick_htag.transports.departures import Departures
from quick_htag.transports.loop_thread import LoopThread
from quick_htag.transports.plain_stream import PlainStream
from tests.hand_timer import HandTimer
from tests.patience import until

LIMIT = 30.0
LARGE = 8 * 1024 * 1024  # bytes, more than a socket takes at once


class Heard(asyncio.Protocol):
    """Notes what it is told."""

    def __init__(self) -> None:
        self.stream: Any = None
        self.data = b""
        self.told: list[str] = []
        self.lost = threading.Event()
        self.fails = False
        self.then: Callable[[], object] = lambda: None
        self.half_open = False

    def connection_made(self, transport: Any) -> None:
        self.stream = transport

    def data_received(self, data: bytes) -> None:
        if self.fails:
            raise ValueError("as the test wants it")
        self.data += data
        self.then()

    def eof_received(self) -> bool:
        self.told.append("eof")
        return self.half_open

    def pause_writing(self) -> None:
        self.told.append("pause")

    def resume_writing(self) -> None:
        self.told.append("resume")

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set()


class Line:
    """A stream on a loop of its own, and the other end of its socket."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.thread = LoopThread(
            "line", lambda text, _: self.errors.append(text), asyncio.SelectorEventLoop
        )
        self.departures = Departures(HandTimer())
        self.arrivals = Arrivals(self.departures)
        self.heard, self.sock = self.open()
        self.stream: PlainStream = self.heard.stream

    def open(self) -> tuple[Heard, socket.socket]:
        """A stream."""
        heard = Heard()
        ours, theirs = socket.socketpair()
        ours.settimeout(LIMIT)
        theirs.setblocking(False)

        async def start() -> None:
            PlainStream(theirs, heard, self.arrivals, self.departures).start()

        self.thread.run(start, LIMIT)
        return heard, ours

    def call(self, name: str, *args: Any) -> None:
        """Call a method on the thread of the loop."""

        async def calling() -> None:
            getattr(self.stream, name)(*args)

        self.thread.run(calling, LIMIT)

    def take(self, size: int) -> bytes:
        """So many bytes from the stream."""
        data = bytearray()
        while len(data) < size:
            data += self.sock.recv(1 << 20)
        return bytes(data)


@pytest.fixture
def line(no_thread_left: None) -> Iterator[Line]:
    """A stream that is closed in the end."""
    made = Line()
    yield made
    made.call("abort")
    assert made.heard.lost.wait(LIMIT)
    made.sock.close()
    assert made.thread.stop(LIMIT)


def test_any_thread_sends(line: Line) -> None:
    """Without the thread of the loop."""
    blocked = threading.Event()
    line.thread.post(lambda: blocked.wait(LIMIT))
    assert line.stream.send(b"hello")
    assert line.sock.recv(100) == b"hello"
    blocked.set()


def test_what_does_not_fit_follows(line: Line) -> None:
    """The loop sends the rest when the peer takes more; meanwhile nobody overtakes it."""
    data = bytes(range(256)) * (LARGE // 256)
    assert line.stream.send(data)
    assert not line.stream.send(b"too early")
    assert line.take(LARGE) == data
    until(lambda: line.heard.told == ["pause", "resume"])
    assert line.stream.send(b"again")
    assert line.sock.recv(100) == b"again"


def test_the_loop_writes_behind_what_waits(line: Line) -> None:
    """What it writes is never refused."""
    line.stream.send(b"x" * LARGE)
    line.call("write", b"then")
    assert line.take(LARGE + 4).endswith(b"xthen")


def test_threads_do_not_mix_their_messages(line: Line) -> None:
    """Each arrives as a whole."""
    pieces = [bytes([65 + number]) * 50 for number in range(4)]

    def speak(piece: bytes) -> None:
        for _ in range(100):
            until(lambda: line.stream.send(piece))  # there may be no room just now

    threads = [threading.Thread(target=speak, args=(piece,)) for piece in pieces]
    for one in threads:
        one.start()
    data = line.take(4 * 100 * 50)
    for one in threads:
        one.join(LIMIT)
    found = [data[at : at + 50] for at in range(0, len(data), 50)]
    assert sorted(found) == sorted(pieces * 100)


def test_data_arrives(line: Line) -> None:
    """And the end of it."""
    line.sock.sendall(b"hello")
    until(lambda: line.heard.data == b"hello")
    line.sock.shutdown(socket.SHUT_WR)
    assert line.heard.lost.wait(LIMIT)
    assert line.heard.told == ["eof"]


def test_who_reads_nothing_is_given_nothing(line: Line) -> None:
    """Until it reads on."""
    line.call("pause_reading")
    line.sock.sendall(b"later")
    line.call("write", b"x")
    assert (line.sock.recv(1), line.heard.data) == (b"x", b"")
    line.call("resume_reading")
    until(lambda: line.heard.data == b"later")


@pytest.mark.skipif(not hasattr(select, "epoll"), reason="it is fetched one by one")
@pytest.mark.parametrize("then", ["pause_reading", "abort"])
def test_what_was_fetched_waits_for_who_reads_nothing(line: Line, then: str) -> None:
    """Another one of the same round has seen to that; who has gone gets nothing."""
    other, sock = line.open()
    line.heard.then = getattr(other.stream, then)
    blocked = threading.Event()
    line.thread.post(lambda: blocked.wait(LIMIT))
    line.sock.sendall(b"one")
    sock.sendall(b"two")
    blocked.set()
    until(lambda: line.heard.data == b"one")
    line.call("write", b"x")
    assert (line.sock.recv(1), other.data) == (b"x", b"")
    line.thread.post(other.stream.resume_reading)
    if then == "pause_reading":
        until(lambda: other.data == b"two")
        line.thread.post(other.stream.abort)
    assert other.lost.wait(LIMIT)
    sock.close()
    assert other.data == (b"two" if then == "pause_reading" else b"")


def test_output_ends_and_input_goes_on(line: Line) -> None:
    """Half of the connection."""
    line.heard.half_open = True
    line.stream.send(b"x" * LARGE)
    line.call("write_eof")
    assert not line.stream.send(b"too late")
    assert line.take(LARGE) == b"x" * LARGE
    assert line.sock.recv(1) == b""
    line.sock.sendall(b"still here")
    until(lambda: line.heard.data == b"still here")


def test_close_waits_for_what_is_to_be_sent(line: Line) -> None:
    """The peer gets everything."""
    line.stream.send(b"x" * LARGE)
    line.call("close")
    assert not line.stream.send(b"too late")
    assert line.take(LARGE) == b"x" * LARGE
    assert line.heard.lost.wait(LIMIT)


def test_a_peer_that_is_gone_is_noticed_by_who_sends(line: Line) -> None:
    """On whatever thread; the protocol hears of it on its own."""
    line.call("pause_reading")
    line.sock.close()
    until(lambda: not line.stream.send(b"x") or line.heard.lost.is_set())
    assert line.heard.lost.wait(LIMIT)


def test_a_protocol_that_fails_loses_its_connection(line: Line) -> None:
    """It is reported, and the loop goes on."""
    line.heard.fails = True
    line.sock.sendall(b"hello")
    assert line.heard.lost.wait(LIMIT)
    assert "a connection failed" in line.errors[0]


@pytest.mark.parametrize(
    ("name", "args", "follows"),
    [("write", (b"two",), b"two"), ("write_eof", (), b""), ("close", (), b"")],
)
def test_what_is_held_goes_first(
    line: Line, name: str, args: tuple[bytes, ...], follows: bytes
) -> None:
    """Whatever the loop does with the stream."""
    line.departures.begin()
    line.stream.send(b"one")
    line.call(name, *args)
    assert line.take(3 + len(follows)) == b"one" + follows
    line.departures.end()


def test_what_is_held_is_lost_with_the_connection(line: Line) -> None:
    """Nobody hears of it any more."""
    line.departures.begin()
    line.stream.send(b"one")
    line.call("abort")
    line.departures.end()
    assert line.heard.lost.wait(LIMIT)
    assert line.sock.recv(100) == b""
    assert line.errors == []
