"""The connection of a visitor who is alone is read by the thread of his app, for a while."""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side, State

from quick_htag.logs import MessageLog
from quick_htag.settings import Settings
from quick_htag.transports.loan import POSSIBLE
from quick_htag.transports.loop_thread import LoopThread
from quick_htag.transports.session_loop import SessionLoop
from quick_htag.transports.sidecar import Sidecar
from tests.patience import until

LIMIT = 30.0

pytestmark = pytest.mark.skipif(not POSSIBLE, reason="the system has no eventfd")


class Visitor:
    """A client with a thread for its app, which answers each text with it."""

    def __init__(self, sidecar: Sidecar, number: int) -> None:
        self.thread = LoopThread(f"app {number}", print, partial(SessionLoop, sidecar.turns))
        self.bell: Any = self.thread._loop._bell  # type: ignore[attr-defined]
        self.heard: list[str] = []  # in the order in which they were taken
        self.by: list[str] = []  # the thread that has taken each
        self.lent: list[bool] = []  # whether the sidecar has given them while the app may read
        self.blocked_by: threading.Event | None = None
        self.ends: queue.Queue[tuple[int, str]] = queue.Queue()
        self.sock, theirs = socket.socketpair()
        self.sock.settimeout(LIMIT)
        theirs.setblocking(False)
        self.protocol = Protocol(Side.CLIENT, state=State.OPEN, max_size=None)
        self._frames: list[Frame] = []
        self._opened = threading.Event()
        sidecar.adopt(theirs, b"", b"", self, "peer")
        assert self._opened.wait(LIMIT)

    # -- the receiver ------------------------------------------------------------------------------

    def opened(self, channel: Any) -> None:
        self.channel = channel
        self._opened.set()

    def received(self, message: str | bytes) -> None:
        self.lent.append(self.bell.loan is not None)
        self.thread.post(self.take(str(message)))

    def take(self, message: str) -> Callable[[], object]:
        self.heard.append(message)
        self.by.append(threading.current_thread().name)
        return partial(self._handle, message)

    def closed(self, code: int, reason: str) -> None:
        self.ends.put((code, reason))

    def _handle(self, message: str) -> None:
        if self.blocked_by is not None:
            self.blocked_by.wait(LIMIT)
        self.channel.send(message)

    # -- the client --------------------------------------------------------------------------------

    def send(self, *frames: Frame) -> None:
        """Send frames together."""
        self.sock.sendall(b"".join(frame.serialize(mask=True) for frame in frames))

    def frame(self) -> Frame:
        """The next frame."""
        while not self._frames:
            data = self.sock.recv(65536)
            assert data, "closed"
            self.protocol.receive_data(data)
            self._frames.extend(self.protocol.events_received())
        return self._frames.pop(0)

    def say(self, word: str) -> None:
        """Say something and wait for the answer."""
        self.send(text(word))
        assert self.frame().data == word.encode()

    def borrow(self) -> None:
        """Talk until the connection is lent."""
        until(self._waits_at_the_socket)
        self.heard.clear()
        self.by.clear()

    def _waits_at_the_socket(self) -> bool:
        self.say("more")
        loan = self.bell.loan
        return loan is not None and bool(loan.dozing)

    def leave(self) -> None:
        """End it all."""
        self.sock.close()
        self.thread.stop(LIMIT)


def text(word: str) -> Frame:
    """A text."""
    return Frame(Opcode.TEXT, word.encode())


@pytest.fixture
def visit(no_thread_left: None) -> Iterator[Callable[[], Visitor]]:
    """``visit()`` gives a new visitor of a sidecar."""
    sidecar = Sidecar(Settings(), MessageLog())
    made: list[Visitor] = []

    def one() -> Visitor:
        made.append(Visitor(sidecar, len(made)))
        return made[-1]

    yield one
    for visitor in made:
        visitor.leave()
    assert sidecar.stop(LIMIT)


@pytest.fixture
def visitor(visit: Callable[[], Visitor]) -> Visitor:
    """One who has borrowed his connection."""
    visitor = visit()
    visitor.borrow()
    return visitor


def test_it_is_lent_when_all_that_has_arrived_was_used(visit: Callable[[], Visitor]) -> None:
    """Else the thread of the app would overtake what the sidecar holds, as after a reconnect."""
    visitor = visit()
    visitor.send(*[text(str(number)) for number in range(20)])
    assert [visitor.frame().data for _ in range(20)] == [b"%d" % number for number in range(20)]
    visitor.borrow()
    visitor.send(*[text(str(number)) for number in range(20)])
    assert [visitor.frame().data for _ in range(20)] == [b"%d" % number for number in range(20)]
    assert not any(visitor.lent)


def test_the_thread_of_the_app_reads(visit: Callable[[], Visitor]) -> None:
    """What comes is in order, whoever reads it."""
    visitor = visit()
    end, count = time.monotonic() + LIMIT, 0
    while "app 0" not in visitor.by:
        assert time.monotonic() < end
        visitor.say(str(count))
        count += 1
    assert visitor.heard == [str(number) for number in range(count)]


def test_several_frames_are_in_order(visitor: Visitor) -> None:
    """The sidecar takes them, and what follows."""
    words = [str(number) for number in range(50)]
    visitor.send(*map(text, words[:30]))
    visitor.send(*map(text, words[30:]))
    assert [bytes(visitor.frame().data).decode() for _ in words] == words
    assert visitor.heard == words


def test_a_frame_in_pieces_is_put_together(visitor: Visitor) -> None:
    """However long the rest takes."""
    data = text("in pieces").serialize(mask=True)
    visitor.sock.sendall(data[:5])
    until(lambda: visitor.bell.loan is None)
    visitor.sock.sendall(data[5:])
    assert visitor.frame().data == b"in pieces"


def test_a_ping_is_answered(visitor: Visitor) -> None:
    """By the sidecar, and the next text is taken."""
    visitor.send(Frame(Opcode.PING, b"here"))
    assert visitor.frame() == Frame(Opcode.PONG, b"here")
    visitor.say("next")


def test_a_blocked_app_does_not_keep_the_connection(visitor: Visitor) -> None:
    """What the visitor says meanwhile is heard: the handler may wait for it."""
    release = visitor.blocked_by = threading.Event()
    visitor.send(text("blocks"))
    until(lambda: visitor.heard == ["blocks"])
    visitor.send(text("says"))
    until(lambda: visitor.heard == ["blocks", "says"])
    assert visitor.by[1] == "quick_htag-sidecar"
    visitor.send(Frame(Opcode.PING, b"alive"))
    assert visitor.frame() == Frame(Opcode.PONG, b"alive")
    release.set()
    assert [visitor.frame().data for _ in range(2)] == [b"blocks", b"says"]


def test_another_visitor_ends_it(visit: Callable[[], Visitor]) -> None:
    """Then both take turns."""
    first, second = visit(), visit()
    first.borrow()
    second.say("hello")
    assert first.bell.loan is None
    first.say("too")


def test_other_threads_wake_the_app(visitor: Visitor) -> None:
    """It waits at the socket, and hears of everything else."""
    called = threading.Event()
    assert visitor.thread.post(called.set)
    assert called.wait(LIMIT)


def test_what_an_app_begins_goes_on(visitor: Visitor) -> None:
    """Timers ring while its thread waits at the socket."""
    rang = threading.Event()
    loop: Any = visitor.thread._loop
    visitor.thread.post(lambda: loop.call_later(0.01, rang.set))
    assert rang.wait(LIMIT)
    visitor.say("next")


def test_a_client_that_goes_is_noticed(visitor: Visitor) -> None:
    """With a goodbye or without."""
    visitor.sock.close()
    assert visitor.ends.get(timeout=LIMIT) == (1006, "")


def test_a_connection_that_is_closed_is_given_back(visitor: Visitor) -> None:
    """The answer of the client is heard."""
    visitor.channel.close(4000, "over")
    assert visitor.frame().opcode == Opcode.CLOSE
    visitor.send(Frame(Opcode.CLOSE, b"\x0f\xa0"))
    assert visitor.ends.get(timeout=LIMIT)[0] == 4000


def test_an_idle_visitor_keeps_the_connection(visitor: Visitor) -> None:
    """And nothing looks at the clock for it."""

    def kept() -> bool:
        visitor.borrow()
        loan = visitor.bell.loan
        until(lambda: loan is None or not loan._ticking)
        visitor.say("again")
        return loan is not None and visitor.bell.loan is loan

    until(kept)


def test_no_file_is_left(visitor: Visitor) -> None:
    """What wakes the thread is closed when the connection is given back."""
    loan = visitor.bell.loan
    visitor.send(Frame(Opcode.PING, b""))
    visitor.frame()
    until(lambda: loan._waker.number < 0)
