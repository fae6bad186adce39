"""Waiting for sockets."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from quick_htag.proxy.waiting import has_ended, shake_hands, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def ends() -> Iterator[Pair]:
    """Two ends of a connection, non-blocking."""
    pair = socket.socketpair()
    for end in pair:
        end.setblocking(False)
    yield pair
    for end in pair:
        end.close()


def test_which_are_ready(ends: Pair) -> None:
    """Readable ones, and the first when it takes data and that is asked for."""
    ours, theirs = ends
    assert wait_for(ours, theirs, 0.0) == []
    assert wait_for(ours, theirs, 0.0, writable=True) == [ours]
    ours.send(b"x")
    assert wait_for(ours, theirs, 5.0) == [theirs]
    theirs.send(b"x")
    assert wait_for(ours, None, 0.0) == [ours]
    assert wait_for(ours, None, 0.0, readable=False) == []


def test_the_end_of_a_connection(ends: Pair) -> None:
    """It is seen, what has arrived stays there."""
    ours, theirs = ends
    assert not has_ended(ours)
    theirs.send(b"x")
    assert not has_ended(ours)
    assert ours.recv(10) == b"x"
    theirs.close()
    assert has_ended(ours)


def test_a_handshake_goes_step_by_step(ends: Pair, authority: Any) -> None:
    """Each side says what it waits for, and None when it is done."""
    server = authority.server_context().wrap_socket(
        ends[0], server_side=True, do_handshake_on_connect=False
    )
    client = authority.client_context().wrap_socket(
        ends[1], server_hostname="localhost", do_handshake_on_connect=False
    )
    with server, client:
        steps = [shake_hands(one) for one in (client, server, client, server)]
    assert steps == [False, False, None, None]
