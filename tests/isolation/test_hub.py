"""The thread that reads all connections."""

from __future__ import annotations

import os
import socket
import threading
from typing import Any

from quick_htag.isolation.addresses import Folder, address_of
from quick_htag.isolation.greeting import GREETING_SIZE
from quick_htag.isolation.hub import Hub


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
