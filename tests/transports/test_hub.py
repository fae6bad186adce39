"""Connections go to the poller and come back, each owned by one thread at a time."""

from __future__ import annotations

import socket
import threading

import pytest

from quick_htag.settings import Settings
from quick_htag.transports.connection import NEVER, Connection, State
from quick_htag.transports.hub import Hub
from quick_htag.transports.poller import READ, WRITE


@pytest.fixture
def hub(poller_class, clock):
    """A hub; everything in it is closed when the test is over."""
    poller = poller_class()
    hub = Hub(poller, clock)
    yield hub
    for connection in hub.connections:
        connection.close()
    poller.close()


@pytest.fixture
def pair(hub):
    """A connection in the hub and the socket of its client."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.settimeout(20)
    connection = Connection(ours, ("peer", 1), Settings())
    hub.connections.add(connection)
    yield connection, theirs
    connection.close()
    theirs.close()


def test_wait(hub, pair):
    """A waiting connection is reported when its client sends, and has its deadline."""
    connection, theirs = pair
    hub.wait(connection, State.IDLE, 5)
    assert (connection.state, connection.deadline) == (State.IDLE, 1005.0)
    assert hub.poller.poll(0) == []
    theirs.send(b"x")
    assert hub.poller.poll(20) == [(connection, READ)]


def test_wait_for_ever(hub, pair):
    """A connection may wait without a deadline."""
    hub.wait(pair[0], State.IDLE, None)
    assert (pair[0].deadline, hub.deadlines.next()) == (NEVER, None)


def test_wait_for_something_else(hub, pair):
    """A connection whose answer is not taken waits to write, later to read again."""
    connection, _ = pair
    hub.wait(connection, State.IDLE, 5)
    hub.wait(connection, State.SENDING, 5, WRITE)
    assert hub.poller.poll(20) == [(connection, WRITE)]
    hub.wait(connection, State.IDLE, 5)
    assert hub.poller.poll(0) == []


def test_expires(hub, pair, clock):
    """A connection is due when its time is up."""
    hub.wait(pair[0], State.IDLE, 5)
    assert hub.deadlines.due(clock()) == []
    clock.advance(5)
    assert hub.deadlines.due(clock()) == [pair[0]]


def test_detach(hub, pair, clock):
    """A connection that a thread takes is neither reported nor due."""
    connection, theirs = pair
    hub.wait(connection, State.IDLE, 5)
    hub.detach(connection)
    theirs.send(b"x")
    clock.advance(10)
    assert hub.poller.poll(0) == []
    assert hub.deadlines.due(clock()) == []
    assert connection.state is State.BUSY


def test_set_aside(hub, pair):
    """A connection whose thread is still busy is not reported again and again."""
    connection, theirs = pair
    hub.wait(connection, State.IDLE, None)
    connection.state = State.BUSY
    theirs.send(b"x")
    assert hub.poller.poll(20)
    hub.set_aside(connection)
    assert hub.poller.poll(0) == []


def test_set_aside_too_late(hub, pair):
    """A connection that its thread has just given back must not be lost."""
    connection, theirs = pair
    hub.wait(connection, State.IDLE, None)
    connection.state = State.BUSY
    hub.detach(connection)
    hub.wait(connection, State.IDLE, None)
    hub.set_aside(connection)
    theirs.send(b"x")
    assert hub.poller.poll(20) == [(connection, READ)]


def test_discard(hub, pair):
    """A discarded connection is closed and known to nobody; twice is harmless."""
    connection, theirs = pair
    hub.wait(connection, State.IDLE, 5)
    hub.discard(connection)
    hub.discard(connection)
    assert theirs.recv(1) == b""
    assert (connection.state, hub.connections) == (State.CLOSED, set())
    assert hub.deadlines.due(2000.0) == []


def test_release(hub, pair):
    """A released socket stays open, and the hub knows nothing of it."""
    connection, theirs = pair
    hub.wait(connection, State.IDLE, 5)
    sock = hub.release(connection)
    sock.send(b"x")
    assert theirs.recv(1) == b"x"
    theirs.send(b"y")
    assert hub.poller.poll(0) == []
    assert not hub.connections


def test_linger(hub, pair):
    """A lingering connection sends its end and goes on reading."""
    connection, theirs = pair
    connection.buffer += b"unread"
    hub.linger(connection, 5)
    assert theirs.recv(1) == b""
    theirs.send(b"x")
    assert hub.poller.poll(20) == [(connection, READ)]
    assert (connection.state, connection.buffer) == (State.LINGERING, b"")


@pytest.mark.parametrize("how", ["wait", "discard", "release"])
def test_wakes_the_leader_at_the_end(hub, pair, how):
    """While the server stops, the leader hears of every connection another thread is done with."""
    hub.closing = True
    timer = threading.Timer(0.01, _end, [hub, pair[0], how])
    timer.start()
    assert hub.poller.poll(20) == []
    timer.join(20)


def _end(hub, connection, how):
    if how == "wait":
        hub.wait(connection, State.IDLE, None)
    else:
        getattr(hub, how)(connection)


def test_nobody_waits_when_it_has_stopped(hub, pair):
    """A thread that outlives the server is told to close its connection."""
    hub.stopped = True
    with pytest.raises(OSError):
        hub.wait(pair[0], State.IDLE, 5)


def test_connections_are_counted_by_what_they_do(hub, pair):
    """Each kind has a number, 0 too."""
    connection, _ = pair
    assert hub.kinds()["busy"] + hub.kinds()["idle"] == 1
    connection.state = State.PARKED
    assert hub.kinds() == {
        "reading": 0,
        "idle": 0,
        "busy": 0,
        "waiting": 1,
        "sending": 0,
        "closing": 0,
    }
