"""The clock, and deadlines on it."""

from __future__ import annotations

import time

from quick_htag.deadline import Deadline, get_time


def test_several_waits_share_a_deadline(clock):
    """What one wait took is missing for the next; it never gets negative."""
    deadline = Deadline(10.0, clock)
    clock.advance(4.0)
    assert (deadline.remaining(), deadline.expired()) == (6.0, False)
    clock.advance(6.0)
    assert (deadline.remaining(), deadline.expired()) == (0.0, True)
    clock.advance(1.0)
    assert (deadline.remaining(), deadline.expired()) == (0.0, True)


def test_no_limit(clock):
    """None is never."""
    deadline = Deadline(None, clock)
    clock.advance(1e9)
    assert (deadline.remaining(), deadline.expired()) == (None, False)


def test_no_time_at_all(clock):
    """Zero is over at once."""
    assert Deadline(0.0, clock).expired()


def test_real_clock():
    """Without a clock of its own a deadline takes the monotonic one."""
    remaining = Deadline(60.0).remaining()
    assert remaining is not None
    assert 50.0 < remaining <= 60.0
    assert abs(get_time() - time.monotonic()) < 10.0
