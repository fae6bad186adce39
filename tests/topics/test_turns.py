"""Calls in turn, on a thread that is there while there are some."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from quick_htag.deadline import Deadline
from quick_htag.topics.turns import Turns

LIMIT = 20.0  # seconds


def wait_for_end(turns: Turns) -> None:
    """No call is under way."""
    assert turns.join(Deadline(LIMIT))


def test_calls_come_one_after_the_other(no_thread_left: None) -> None:
    """Never two at once, in order, on one thread."""
    got: list[tuple[int, int]] = []
    done = threading.Event()
    turns = Turns("t", lambda _: None)
    for number in range(100):
        turns.start(lambda n=number: got.append((n, threading.get_ident())))  # type: ignore[misc]
    turns.start(done.set)
    assert done.wait(LIMIT)
    wait_for_end(turns)
    assert [number for number, _ in got] == list(range(100))


def test_the_thread_ends_with_the_work(no_thread_left: None) -> None:
    """A listener that nobody talks to costs no thread; the next message starts one."""
    turns = Turns("t", lambda _: None)
    for _ in range(3):
        done = threading.Event()
        assert turns.start(done.set)
        assert done.wait(LIMIT)
        wait_for_end(turns)


@pytest.mark.parametrize("error", [KeyError, SystemExit])
def test_a_failure_is_told_and_the_next_is_called(
    no_thread_left: None, error: type[BaseException]
) -> None:
    """One bad message does not end the listener, nor does one that wants to end everything."""
    told: list[BaseException] = []
    done = threading.Event()
    turns = Turns("t", told.append)

    def fail() -> None:
        raise error("no")

    turns.start(fail)
    turns.start(done.set)
    assert done.wait(LIMIT)
    wait_for_end(turns)
    assert [type(one) for one in told] == [error]


def test_the_end(no_thread_left: None) -> None:
    """A call that has begun ends by itself, the others are not made."""
    begun, go = threading.Event(), threading.Event()
    others: list[int] = []

    def slow() -> None:
        begun.set()
        assert go.wait(LIMIT)

    turns = Turns("t", lambda _: None)
    turns.start(slow)
    assert begun.wait(LIMIT)
    turns.start(lambda: others.append(1))
    turns.end()
    assert (turns.start(lambda: others.append(2)), turns.join(Deadline(0.01))) == (False, False)
    go.set()
    wait_for_end(turns)
    assert others == []


def test_without_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the system has no more threads the caller is told, and it may work later."""
    told: list[Any] = []
    turns = Turns("t", told.append)

    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        assert not turns.start(lambda: None)
    assert len(told) == 1
    done = threading.Event()
    assert turns.start(done.set)
    assert done.wait(LIMIT)
    wait_for_end(turns)
