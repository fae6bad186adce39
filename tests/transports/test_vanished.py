"""Connections whose peer may vanish."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator

import pytest

from quick_htag.transports.vanished import give_up_after, notice_silence


@pytest.fixture
def sock() -> Iterator[socket.socket]:
    """A TCP socket."""
    with socket.socket() as made:
        yield made


def test_a_silent_connection_is_probed(sock: socket.socket) -> None:
    """The system looks whether somebody is there."""
    notice_silence(sock)
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems name it otherwise")
def test_a_vanished_peer_is_found_within_two_minutes(sock: socket.socket) -> None:
    """Not after the hours that are the default."""
    notice_silence(sock)
    found = [
        sock.getsockopt(socket.IPPROTO_TCP, option)
        for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
    ]
    assert found[0] + found[1] * found[2] <= 120


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such option")
def test_unconfirmed_bytes_break_a_connection(sock: socket.socket) -> None:
    """The time is given in seconds and told in milliseconds."""
    give_up_after(sock, 2.5)
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 2500


def test_a_socket_without_such_options_is_left_alone() -> None:
    """A pair of Unix sockets, or none at all, is nothing to complain of."""
    pair = socket.socketpair()
    for one in pair:
        notice_silence(one)
        give_up_after(one, 1.0)
        one.close()
    give_up_after(None, 1.0)
