"""Time limits that bytes extend."""

from __future__ import annotations

import contextlib
import socket
import sys

import pytest

from quick_htag.transports.pace import Pace, unconfirmed


def test_silence_ends_after_the_grace() -> None:
    """Who never moves a byte has the grace."""
    assert Pace(10.0, 100.0, 1000.0).deadline == 1010.0


def test_who_keeps_up_may_go_on() -> None:
    """At the rate, the deadline stays as far away as it was."""
    pace = Pace(10.0, 100.0, 0.0)
    for second in range(1, 1000):
        assert pace.reached(100 * second, float(second)) == pytest.approx(second + 10.0)


def test_who_is_slower_uses_the_grace_up() -> None:
    """At half of the rate, it is over after twice the grace."""
    pace = Pace(10.0, 100.0, 0.0)
    over = next(second for second in range(1, 100) if pace.reached(50 * second, second) <= second)
    assert over == 20


def test_a_byte_now_and_then_stretches_nothing() -> None:
    """One byte a second buys a hundredth of one."""
    pace = Pace(10.0, 100.0, 0.0)
    for second in range(1, 11):
        pace.reached(second, float(second))
    assert pace.deadline == pytest.approx(10.1)


def test_what_was_quick_before_buys_no_silence() -> None:
    """After any number of bytes there is the grace, no more."""
    assert Pace(10.0, 100.0, 0.0).reached(1 << 30, 5.0) == 15.0


def test_without_a_rate_any_byte_counts() -> None:
    """A rate of 0 limits silence only."""
    assert Pace(10.0, 0.0, 0.0).reached(1, 9.0) == 19.0


def test_nothing_moved_moves_nothing() -> None:
    """A look without progress leaves the deadline."""
    pace = Pace(10.0, 0.0, 0.0, done=7)
    assert pace.reached(7, 9.0) == 10.0


def test_a_pause_costs_nothing() -> None:
    """Time in which there is nothing to take does not count, and gives none back."""
    pace = Pace(10.0, 100.0, 0.0)
    pace.pause(8.0)
    pace.resume(0, 5000.0)
    assert pace.deadline == 5002.0


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell")
def test_unconfirmed_bytes_are_counted() -> None:
    """What the peer has not read, beyond what its side holds for it, is known."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs, _ = listener.accept()
    with ours, theirs:
        assert unconfirmed(ours) == 0
        ours.setblocking(False)
        sent = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                sent += ours.send(bytes(65536))
        assert 0 < unconfirmed(ours) <= sent


def test_a_closed_socket_has_none() -> None:
    """Asking for one that was closed fails nobody."""
    sock = socket.socket()
    sock.close()
    assert unconfirmed(sock) == 0
