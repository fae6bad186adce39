"""The thread that reads all connections."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import ExitStack, suppress
from types import SimpleNamespace
from typing import Any

from quick_htag.isolation.addresses import address_of
from quick_htag.isolation.folders import Folder
from quick_htag.isolation.greeting import GREETING_SIZE
from quick_htag.isolation.hub import Hub
from tests.patience import until


def test_it_starts_with_its_first_use() -> None:
    """And ends without one."""
    hub = Hub("idle-hub", lambda *_: None)
    assert "idle-hub" not in [thread.name for thread in threading.enumerate()]
    assert hub.close(1.0)
    assert not hub.post(lambda: None)


def test_alarms_ring_in_order(clock: Any) -> None:
    """Those that were undone do not."""
    rung: list[int] = []
    last = threading.Event()
    hub = Hub("timed-hub", lambda *_: None, clock)
    hub.call_later(3.0, last.set)
    hub.call_later(2.0, lambda: rung.append(2))
    hub.call_later(1.0, lambda: rung.append(1))
    hub.call_later(0.5, lambda: rung.append(0))()
    clock.advance(5.0)
    hub.post(lambda: None)
    assert last.wait(30)
    assert rung == [1, 2]
    assert hub.close(30.0)


def test_what_fails_is_told_and_ends_nothing() -> None:
    """The thread goes on."""
    told, went_on = [], threading.Event()
    hub = Hub("failing-hub", lambda text, error: told.append(error))
    hub.post(lambda: 1 / 0)
    hub.post(went_on.set)
    assert went_on.wait(30)
    assert isinstance(told[0], ZeroDivisionError)
    assert hub.close(30.0)


def test_what_is_handed_over_as_it_ends_is_closed(no_thread_left: None) -> None:
    """The thread may not have got to it yet: as it begins, say."""
    hub, busy = Hub("ending-hub", lambda *_: None), threading.Event()
    hub.post(lambda: busy.wait(30))
    listening = Folder(files=False).listen()
    hub.listen(listening, lambda _: b"secret", lambda *_: None)
    hub.close(0.0)
    busy.set()
    assert hub.close(30.0)
    assert listening.fileno() == -1
    late: Any = SimpleNamespace(sock=socket.socket())
    assert not hub.adopt(late)
    assert late.sock.fileno() == -1


def test_a_crowd_of_strangers_is_no_failure(hub: Hub) -> None:
    """One of them says something at the moment at which it has to make room for another."""
    listening = Folder(files=False).listen()
    address: Any = tuple(address_of(listening))
    hub.listen(listening, lambda _: b"secret", lambda *_: None)
    busy, go_on = threading.Event(), threading.Event()
    with ExitStack() as stack:
        crowd = [stack.enter_context(socket.create_connection(address)) for _ in range(64)]
        until(lambda: len(hub._strangers) == len(crowd))
        hub.post(lambda: (busy.set(), go_on.wait(30)))
        assert busy.wait(30)
        stack.enter_context(socket.create_connection(address))
        crowd[0].send(b"x")
        go_on.set()
        crowd[0].settimeout(30)
        with suppress(ConnectionError):
            while crowd[0].recv(1000):
                pass


def test_garbage_is_turned_away(hub: Hub) -> None:
    """Who says something else than a proof is cut off, and is never handed on."""
    folder, accepted = Folder(files=False), []
    listening = folder.listen()
    address = address_of(listening)
    hub.listen(listening, lambda _: b"secret", lambda sock, name: accepted.append(name))
    with socket.create_connection(tuple(address), timeout=30) as stranger:
        stranger.sendall(os.urandom(500))
        received = b""
        try:
            while data := stranger.recv(1000):
                received += data
        except ConnectionError:  # it was reset, for it had said too much
            pass
    assert len(received) <= GREETING_SIZE
    assert not accepted
