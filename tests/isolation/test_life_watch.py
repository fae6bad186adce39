"""When a process counts as hung, over a real connection and with a timer of the test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from quick_htag.guis.instance import STUCK
from quick_htag.isolation.life_watch import LifeWatch
from tests.hand_timer import HandTimer
from tests.patience import until


class Watched:
    """A watch, its timer, both ends of its connection, and why it gave up."""

    def __init__(self, ends: Any, patience: float | None) -> None:
        self.given_up: list[tuple[str, Any]] = []
        self.timer = HandTimer()
        self.ends = ends
        self.asked = 0
        self.life = LifeWatch(self.timer, patience, self._give_up)
        self.life.begin(ends.here)
        ends.here.heard = 0.0  # nothing ever

    def _give_up(self, why: str, farewell: tuple[int, str] | None = None) -> None:
        self.given_up.append((why, farewell))

    def answer(self, *, whether: bool) -> None:
        """Have the process answer, or be silent, when it is asked whether it lives."""

        def alive(link: Any, talk: int, value: Any) -> None:
            self.asked += 1
            if whether:
                link.end(talk)

        self.ends.answers["alive"] = alive


@pytest.fixture
def watched(linked: Any) -> Callable[[float | None], Watched]:
    """``watched(patience)``: one over a connection of its own."""
    return lambda patience: Watched(linked(), patience)


def test_one_whose_app_may_take_any_time_is_not_watched(watched: Any) -> None:
    """Nothing waits for it."""
    one = watched(None)
    one.life.watch()
    assert not one.timer.alarms


def test_one_timer_serves_all_that_a_page_says(watched: Any) -> None:
    """It rings a while after a handler should have been done."""
    one = watched(3.0)
    for _ in range(3):
        one.life.watch()
    assert one.timer.delays == [5.0]


def test_one_that_has_said_something_since_is_left_alone(watched: Any) -> None:
    """It is not even asked, and watched again when a page says something."""
    one = watched(3.0)
    one.life.watch()
    one.ends.there.note("anything")
    until(lambda: one.ends.here.heard)
    one.timer.ring()
    assert not one.timer.alarms
    one.life.watch()
    assert one.timer.alarms


def test_one_that_answers_is_left_alone(watched: Any) -> None:
    """Whatever its app does."""
    one = watched(3.0)
    one.answer(whether=True)
    one.life.watch()
    one.timer.ring()
    until(lambda: one.ends.here.heard)
    one.timer.ring()
    assert (one.asked, one.given_up) == (1, [])


def test_one_that_is_silent_when_asked_is_given_up(watched: Any) -> None:
    """Its pages are told that it was stuck."""
    one = watched(3.0)
    one.answer(whether=False)
    one.life.watch()
    one.timer.ring()
    until(lambda: one.asked)
    one.timer.ring()
    assert one.timer.delays == [5.0, 5.0]
    assert one.given_up == [("has shown no sign of life for 3.0 s and more", STUCK)]


def test_one_that_is_doubted_is_asked_at_once(watched: Any) -> None:
    """Also when its app may take any time."""
    one = watched(None)
    one.answer(whether=False)
    one.life.doubt()
    until(lambda: one.asked)
    one.timer.ring()
    assert one.given_up == [("has shown no sign of life", STUCK)]


def test_one_that_does_not_end_is_given_up(watched: Any) -> None:
    """A few seconds after it had to; its pages are told what they were told before."""
    one = watched(None)
    one.life.insist(2.0)
    assert one.timer.delays == [7.0]
    one.timer.ring()
    assert one.given_up == [("does not end", None)]


def test_nobody_gives_up_what_has_ended(watched: Any) -> None:
    """What would is undone, and does nothing where it rings all the same."""
    one = watched(3.0)
    one.life.insist(2.0)
    one.life.watch()
    insists = one.timer.alarms[0]
    one.life.end()
    assert one.timer.undone == [insists]
    one.timer.ring()
    assert (one.timer.alarms, one.given_up) == ([], [])


def test_one_that_has_never_connected_is_not_judged() -> None:
    """There is nobody to ask."""
    timer = HandTimer()
    given_up: list[str] = []
    life = LifeWatch(timer, 3.0, lambda why, _farewell=None: given_up.append(why))
    life.watch()
    life.doubt()
    timer.ring()
    assert not given_up
