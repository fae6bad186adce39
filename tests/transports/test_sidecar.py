"""The sidecar's thread, timers and stop. Frames are tested in test_websocket."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side, State

from quick_htag.logs import MessageLog
from quick_htag.settings import Settings
from quick_htag.transports.departures import Departures
from quick_htag.transports.loop_thread import LoopThread
from quick_htag.transports.sidecar import Sidecar

LIMIT = 30.0


class Quiet:
    """A receiver that notes what happens."""

    def __init__(self) -> None:
        self.channel: Any = None
        self.open = threading.Event()
        self.over = threading.Event()
        self.code = 0

    def opened(self, channel: Any) -> None:
        self.channel = channel
        self.open.set()

    def received(self, message: str | bytes) -> None:
        self.channel.send(f"echo {message!r}")

    def closed(self, code: int, reason: str) -> None:
        self.code = code
        self.over.set()


@pytest.fixture
def sidecar(no_thread_left: None) -> Iterator[Sidecar]:
    """A sidecar, stopped at the end."""
    made = Sidecar(Settings(), MessageLog())
    yield made
    made.stop(LIMIT)


def _adopt(sidecar: Sidecar) -> tuple[socket.socket, Quiet]:
    ours, theirs = socket.socketpair()
    ours.settimeout(LIMIT)
    theirs.setblocking(False)
    receiver = Quiet()
    sidecar.adopt(theirs, b"HEAD", b"", receiver, "peer")
    return ours, receiver


def _read(sock: socket.socket, protocol: Protocol) -> list[Frame]:
    """The next frames, after the head."""
    while True:
        protocol.receive_data(sock.recv(65536))
        frames = protocol.events_received()
        if frames:
            return frames  # type: ignore[return-value]


def test_nothing_runs_before_it_is_used(no_thread_left: None) -> None:
    """A sidecar nobody uses has no thread, and stopping it is harmless."""
    before = set(threading.enumerate())
    sidecar = Sidecar(Settings(), MessageLog())
    assert set(threading.enumerate()) <= before
    assert sidecar.stop(LIMIT)


def test_a_timer_calls_back(sidecar: Sidecar) -> None:
    """call_later calls the function on the sidecar's thread."""
    names: list[str] = []
    called = threading.Event()

    def note() -> None:
        names.append(threading.current_thread().name)
        called.set()

    sidecar.call_later(0.001, note)
    assert called.wait(LIMIT)
    assert names == ["quick_htag-sidecar"]


def test_a_timer_can_be_undone(sidecar: Sidecar) -> None:
    """What was undone is not called."""
    called, later = threading.Event(), threading.Event()

    def ask() -> None:  # on its own thread, where nothing rings in between
        sidecar.call_later(0.01, called.set)()
        sidecar.call_later(0.02, later.set)

    sidecar.post(ask)
    assert later.wait(LIMIT)
    assert not called.is_set()


def test_the_head_comes_first(sidecar: Sidecar) -> None:
    """The 101 response is written before any frame."""
    ours, _ = _adopt(sidecar)
    with ours:
        assert ours.recv(4) == b"HEAD"


def test_channels_are_counted(sidecar: Sidecar) -> None:
    """The count tells how many websockets are open."""
    ours, receiver = _adopt(sidecar)
    assert receiver.open.wait(LIMIT)
    assert sidecar.channels == 1
    assert sidecar.kinds() == {"websocket": 1, "event stream": 0, "tunnel": 0}
    ours.close()
    assert receiver.over.wait(LIMIT)
    assert sidecar.channels == 0


def test_stop_closes_with_1001(sidecar: Sidecar) -> None:
    """Every websocket is told that the server goes away, and the handshake is completed."""
    ours, receiver = _adopt(sidecar)
    assert receiver.open.wait(LIMIT)
    stopper = threading.Thread(target=sidecar.stop, args=(LIMIT,))
    stopper.start()
    with ours:
        assert ours.recv(4) == b"HEAD"
        protocol = Protocol(Side.CLIENT, state=State.OPEN)
        frames = _read(ours, protocol)
        assert frames[0].opcode == Opcode.CLOSE
        ours.sendall(b"".join(protocol.data_to_send()))
        stopper.join(LIMIT)
    assert not stopper.is_alive()
    assert receiver.code == 1001


def test_stop_with_a_reason(sidecar: Sidecar) -> None:
    """The code and text of the owner reach the peer, a restart's for example."""
    ours, receiver = _adopt(sidecar)
    assert receiver.open.wait(LIMIT)
    stopper = threading.Thread(target=sidecar.stop, args=(LIMIT, (1012, "again")))
    stopper.start()
    with ours:
        assert ours.recv(4) == b"HEAD"
        protocol = Protocol(Side.CLIENT, state=State.OPEN)
        _read(ours, protocol)
        assert protocol.close_rcvd is not None
        assert (protocol.close_rcvd.code, protocol.close_rcvd.reason) == (1012, "again")
        ours.sendall(b"".join(protocol.data_to_send()))
        stopper.join(LIMIT)
    assert not stopper.is_alive()


def test_stop_does_not_wait_for_a_silent_peer(sidecar: Sidecar) -> None:
    """A peer that never answers the close is dropped within the time given."""
    ours, receiver = _adopt(sidecar)
    with ours:
        assert receiver.open.wait(LIMIT)
        assert sidecar.stop(0.2) or sidecar.stop(LIMIT)
        assert receiver.over.is_set()


def test_stop_from_its_own_thread(sidecar: Sidecar) -> None:
    """stop() called by a timer ends the thread too."""
    done = threading.Event()

    def stop() -> None:
        sidecar.stop(1.0)
        done.set()

    sidecar.call_later(0.0, stop)
    assert done.wait(LIMIT)
    assert sidecar.stop(LIMIT)


def test_after_stop_sockets_are_closed(sidecar: Sidecar) -> None:
    """A socket that comes too late is closed, not leaked."""
    sidecar.post(lambda: None)
    sidecar.stop(LIMIT)
    ours, receiver = _adopt(sidecar)
    with ours:
        assert ours.recv(1) == b""
    assert not receiver.open.is_set()


def test_two_sidecars_live_side_by_side(no_thread_left: None) -> None:
    """Stopping one leaves the other running."""
    first, second = Sidecar(Settings(), MessageLog()), Sidecar(Settings(), MessageLog())
    called = threading.Event()
    first.post(lambda: None)
    second.post(lambda: None)
    first.stop(LIMIT)
    second.call_later(0.0, called.set)
    assert called.wait(LIMIT)
    second.stop(LIMIT)


def test_reminders_share_a_timer(sidecar: Sidecar) -> None:
    """All are called within a moment, from whatever thread they come."""
    called, done = [], threading.Event()
    for number in range(3):
        sidecar.remind(partial(called.append, number))
    sidecar.remind(done.set)
    assert done.wait(LIMIT)
    assert called == [0, 1, 2]


class AtHome(Quiet):
    """A receiver whose websocket has a place where it is best served."""

    def __init__(self, home: Sidecar) -> None:
        super().__init__()
        self.home = home
        self.threads: list[str] = []

    def opened(self, channel: Any) -> None:
        self.threads.append(threading.current_thread().name)
        super().opened(channel)


def test_a_websocket_goes_home(sidecar: Sidecar) -> None:
    """To the thread of its app; it is counted, and closed in the end, as the others are."""
    annex = sidecar.annex(LoopThread("apps", print, asyncio.SelectorEventLoop), Departures())
    receiver = AtHome(annex)
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    sidecar.adopt(theirs, b"", b"", receiver, "peer")
    assert receiver.open.wait(LIMIT)
    assert receiver.threads == ["apps"]
    assert sidecar.channels == sidecar.taken_over() == sidecar.kinds()["websocket"] == 1
    ours.close()
    assert sidecar.stop(LIMIT)
    assert receiver.over.wait(LIMIT)


def test_a_home_that_is_gone_is_done_without(sidecar: Sidecar) -> None:
    """The websocket is served like any other."""
    annex = sidecar.annex(LoopThread("apps", print, asyncio.SelectorEventLoop), Departures())
    assert annex.stop(LIMIT)
    receiver = AtHome(annex)
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    sidecar.adopt(theirs, b"", b"", receiver, "peer")
    assert receiver.open.wait(LIMIT)
    assert receiver.threads == ["quick_htag-sidecar"]
    ours.close()
