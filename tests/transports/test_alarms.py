"""Calls at a time: in order, undone, and without waking a loop that has something to do before."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from quick_htag.transports.alarms import Alarms
from quick_htag.transports.loop_thread import LoopThread

LIMIT = 20.0  # seconds for what must not hang


class Posting:
    """A loop thread that counts how often it is woken."""

    def __init__(self) -> None:
        self.errors: list[BaseException | None] = []
        self.thread = LoopThread("alarms", lambda _, error: self.errors.append(error))
        self.posts = 0

    def post(self, function: Callable[[], object]) -> bool:
        self.posts += 1
        return self.thread.post(function)


@pytest.fixture
def posting() -> Iterator[Posting]:
    """Ended with the test."""
    made = Posting()
    yield made
    assert made.thread.stop(LIMIT)


def test_the_earlier_is_called_first(posting: Posting) -> None:
    """Calls come in the order of their times, however they were added."""
    alarms, called, done = Alarms(posting.post), [], threading.Event()
    alarms.add(0.03, done.set)
    alarms.add(0.02, lambda: called.append(2))
    alarms.add(0.01, lambda: called.append(1))
    assert done.wait(LIMIT)
    assert called == [1, 2]


def test_what_is_later_wakes_nobody(posting: Posting) -> None:
    """A time behind those that were added before is noted without the loop."""
    alarms = Alarms(posting.post)
    for number in range(10):
        alarms.add(60.0 + number, lambda: None)
    assert posting.posts == 1


def test_what_is_later_is_called(posting: Posting) -> None:
    """What was added without the loop has its turn after what came before."""
    alarms, done = Alarms(posting.post), threading.Event()
    alarms.add(0.01, lambda: None)
    alarms.add(0.02, done.set)
    assert done.wait(LIMIT)


def test_what_was_undone_is_not_called(posting: Posting) -> None:
    """Undone, twice even, it is passed over, and what comes behind it is called."""
    alarms, called, done = Alarms(posting.post), threading.Event(), threading.Event()
    undo = alarms.add(0.01, called.set)
    alarms.add(0.02, done.set)
    undo()
    undo()
    assert done.wait(LIMIT)
    assert not called.is_set()
    undo()


def test_what_was_undone_takes_no_memory(posting: Posting) -> None:
    """Thousands that were undone are not kept until their time."""
    alarms = Alarms(posting.post)
    alarms.add(60.0, lambda: None)
    for _ in range(5000):
        alarms.add(60.0, lambda: None)()
    assert len(alarms) < 200


def test_one_that_fails_stops_no_other(posting: Posting) -> None:
    """What a call raises is reported by the loop, and the next is called."""
    alarms, done, error = Alarms(posting.post), threading.Event(), ValueError("on purpose")

    def fail() -> None:
        raise error

    alarms.add(0.01, fail)
    alarms.add(0.01, done.set)
    assert done.wait(LIMIT)
    assert posting.errors == [error]
