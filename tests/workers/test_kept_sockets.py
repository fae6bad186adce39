"""Listening sockets that are kept for workers."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator

import pytest

from quick_htag.process.handover import Held
from quick_htag.workers.kept_sockets import KeptSockets

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="workers share a socket of POSIX")


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """A socket that listens."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        yield found


def _held(listening: socket.socket) -> Held:
    return Held(os.dup(listening.fileno()), listening.getsockname())


def _is_open(held: Held) -> bool:
    try:
        os.fstat(held.fd)
    except OSError:
        return False
    return True


def test_each_address_is_kept_once(listening: socket.socket) -> None:
    """Every worker hands over the same one; what is not needed is closed."""
    kept, first = KeptSockets(), _held(listening)
    kept.keep(first)
    second = _held(listening)
    kept.keep(second)
    assert kept.all() == [first]
    assert kept.places() == [listening.getsockname()]
    assert not _is_open(second)
    kept.close()


def test_none_is_kept_after_the_end(listening: socket.socket) -> None:
    """One that comes late must not go on taking clients."""
    kept = KeptSockets([_held(listening)])
    kept.close()
    kept.close()
    kept.keep(_held(listening))
    assert kept.all() == []
    assert kept.places() == []


def test_what_came_without_a_descriptor_is_not_kept() -> None:
    """The system had none to give; no process could be started with it."""
    kept = KeptSockets()
    kept.keep(Held(-1, ("127.0.0.1", 80)))
    assert kept.all() == []
