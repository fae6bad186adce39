"""What an app is busy with."""

from __future__ import annotations

import contextvars
from typing import Any

import pytest

from quick_htag.guis.interactions import Interactions


@pytest.fixture
def running(clock: Any) -> Interactions:
    """A limit of ten seconds."""
    return Interactions(clock, 10.0)


def test_the_oldest_is_due(running: Interactions, clock: Any) -> None:
    """Its time runs from its beginning; those behind it wait for their turn."""
    assert running.due() is None
    running.begin("a")
    clock.advance(4)
    running.begin("b")
    assert running.due() == clock() + 6
    running.finish("a")
    assert running.due() == clock() + 10
    running.finish("b")
    running.finish("b")
    assert running.due() is None


def test_a_later_one_that_is_done_changes_nothing(running: Interactions, clock: Any) -> None:
    """One that hangs is found though others go on."""
    running.begin("hangs")
    for number in range(5):
        running.begin(number)
        clock.advance(1)
        running.finish(number)
    assert running.due() == clock() + 5


def test_a_sign_of_life_starts_the_time_anew(running: Interactions, clock: Any) -> None:
    """It counts for what runs in that context only."""
    running.begin("a")
    running.begin("b")
    clock.advance(5)

    def work(key: str) -> None:
        running.enter(key)
        running.alive()

    contextvars.copy_context().run(work, "b")
    running.alive()
    assert running.due() == clock() + 5
    contextvars.copy_context().run(work, "a")
    assert running.due() == clock() + 10


def test_another_instance_is_not_meant(running: Interactions, clock: Any) -> None:
    """Code of one instance that sends for another is no sign of life of that one."""
    other = Interactions(clock, 10.0)
    running.begin("a")
    clock.advance(5)

    def work() -> None:
        other.enter("a")
        running.alive()

    contextvars.copy_context().run(work)
    assert running.due() == clock() + 5


def test_without_a_limit_nothing_is_kept(clock: Any) -> None:
    """Then nothing is ever due."""
    running = Interactions(clock, None)
    running.begin("a")
    running.alive()
    assert running.due() is None
    running.finish("a")


def test_who_waits_for_the_visitor_may_take_any_time(clock: Any) -> None:
    """It is not judged meanwhile, and has all of its time afterwards."""
    interactions = Interactions(clock, 10.0)
    interactions.begin("a")
    interactions.enter("a")
    with interactions.waiting():
        clock.advance(1000.0)
        assert interactions.due() is None
    assert interactions.due() == clock() + 10.0
    interactions.finish("a")
    assert interactions.due() is None
