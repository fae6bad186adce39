"""What happens at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from quick_htag.jobs.timetable import Timetable

TIMEOUT = 30


@pytest.fixture
def times(said: Any, no_thread_left: None) -> Iterator[Timetable]:
    """With nothing to reap."""
    made = Timetable(lambda: None, lambda: None, said)
    yield made
    made.stop(TIMEOUT)


def test_the_earliest_comes_first(times: Timetable) -> None:
    """Of two with the same time the one that was there first."""
    called: list[str] = []
    gate, done = threading.Event(), threading.Event()
    times.at(0.0, lambda: gate.wait(TIMEOUT))
    times.at(3.0, done.set)
    for when, name in ((2.0, "c"), (1.0, "a"), (1.0, "b")):
        times.at(when, lambda name=name: called.append(name))  # type: ignore[misc]
    gate.set()
    assert done.wait(TIMEOUT)
    assert called == ["a", "b", "c"]


def test_a_failure_takes_no_others_along(times: Timetable, said: Any) -> None:
    """It is told, and what is due at the same time happens."""
    happened = threading.Event()
    times.after(0.01, lambda: 1 / 0)
    times.after(0.01, happened.set)
    assert happened.wait(TIMEOUT)
    assert isinstance(said.errors[0], ZeroDivisionError)


def test_deadlines_are_reaped(said: Any, no_thread_left: None) -> None:
    """On the same thread."""
    deadlines, reaped = [0.0], threading.Event()

    def reap() -> None:
        deadlines.clear()
        reaped.set()

    times = Timetable(lambda: min(deadlines, default=None), reap, said)
    times.expect(0.0)
    assert reaped.wait(TIMEOUT)
    times.stop(TIMEOUT)
