"""What a function on another thread has given."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError

import pytest

from quick_htag.transports.outcome import Outcome


def test_the_value_comes_from_another_thread() -> None:
    """The waiter sleeps until it is there."""
    outcome: Outcome[int] = Outcome()
    release = threading.Event()

    def work() -> int:
        assert release.wait(30)
        return 7

    thread = threading.Thread(target=outcome.call, args=(work,))
    thread.start()
    release.set()
    assert outcome.result(30, "a thread") == 7
    thread.join(30)


def test_what_was_raised_is_raised() -> None:
    """Where it is waited for."""
    outcome: Outcome[int] = Outcome()
    outcome.call(lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        outcome.result(None, "a thread")


def test_the_end_of_a_program_ends_both() -> None:
    """What is no ``Exception`` goes on in the thread that has called, too."""
    outcome: Outcome[object] = Outcome()

    def leave() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        outcome.call(leave)
    with pytest.raises(SystemExit):
        outcome.result(None, "a thread")


def test_nobody_waits_for_ever() -> None:
    """The name of the thread is told, and the function is not called any more."""
    outcome: Outcome[object] = Outcome()
    with pytest.raises(TimeoutError, match=r"a thread took longer than 0\.01 s"):
        outcome.result(0.01, "a thread")
    outcome.call(lambda: pytest.fail("nobody waits"))


def test_a_cancelled_one_is_not_called() -> None:
    """The waiter is told at once."""
    outcome: Outcome[object] = Outcome()
    assert outcome.cancel()
    outcome.call(lambda: pytest.fail("nobody waits"))
    with pytest.raises(CancelledError):
        outcome.result(None, "a thread")


def test_only_the_first_counts() -> None:
    """A value that came before the end of the thread is the outcome."""
    outcome: Outcome[int] = Outcome()
    outcome.call(lambda: 1)
    assert not outcome.cancel()
    assert outcome.result(None, "a thread") == 1


def test_one_that_comes_after_it_was_given_up() -> None:
    """It was under way, and its value is nobody's."""
    outcome: Outcome[int] = Outcome()
    begun, release = threading.Event(), threading.Event()

    def work() -> int:
        begun.set()
        assert release.wait(30)
        return 1

    thread = threading.Thread(target=outcome.call, args=(work,))
    thread.start()
    assert begun.wait(30)
    with pytest.raises(TimeoutError):
        outcome.result(0.0, "a thread")
    release.set()
    thread.join(30)
    assert not outcome.cancel()
