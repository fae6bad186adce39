"""A wait that another thread can end."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from quick_htag.process.wakeup import Wakeup

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="select() on pipes")


@pytest.fixture
def wakeup():
    """A wakeup, closed after the test."""
    made = Wakeup()
    yield made
    made.close()


@pytest.fixture
def pipe():
    """The two ends of a pipe."""
    reader, writer = os.pipe()
    yield reader, writer
    os.close(reader)
    os.close(writer)


def test_readable(wakeup, pipe):
    """A descriptor with something to read ends the wait."""
    os.write(pipe[1], b"x")
    assert wakeup.wait(pipe[0], 10.0)


def test_time_is_up(wakeup, pipe):
    """The wait ends with its timeout."""
    assert not wakeup.wait(pipe[0], 0.0)


def test_wake_ends_a_wait(wakeup, pipe, no_thread_left):
    """Another thread ends a wait that has begun."""
    answers = []
    thread = threading.Thread(target=lambda: answers.append(wakeup.wait(pipe[0], 10.0)))
    thread.start()
    wakeup.wake()
    thread.join(10.0)
    assert answers == [False]


def test_woken_for_good(wakeup, pipe):
    """Once woken there is no wait any more, whatever can be read."""
    wakeup.wake()
    wakeup.wake()
    os.write(pipe[1], b"x")
    assert not wakeup.wait(pipe[0], 10.0)
    assert not wakeup.wait(timeout=10.0)
    assert wakeup.woken


def test_unwakeable_wait_is_told(wakeup):
    """Who wakes learns that it will not be noticed."""
    assert wakeup.enter_unwakeable()
    assert not wakeup.wake()
    wakeup.leave_unwakeable()
    assert wakeup.wake()


def test_no_unwakeable_wait_after_waking(wakeup):
    """A wait that could not be ended does not begin."""
    assert wakeup.wake()
    assert not wakeup.enter_unwakeable()
    assert wakeup.wake()


def test_closed_descriptor(wakeup):
    """A descriptor closed by somebody else is an OSError."""
    reader, writer = os.pipe()
    os.close(reader)
    os.close(writer)
    with pytest.raises(OSError, match="Bad file"):
        wakeup.wait(reader, 0.0)


def test_wake_after_close():
    """Closing twice and waking later is harmless."""
    wakeup = Wakeup()
    wakeup.close()
    wakeup.close()
    wakeup.wake()
