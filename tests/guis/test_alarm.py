"""A call at a moment that keeps moving."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.guis.alarm import Alarm


class Moment:
    """A due time to be set, and how often the alarm fired."""

    def __init__(self, clock: Any, timer: Any) -> None:
        self.at: float | None = None
        self.fired: list[float] = []
        self.clock = clock
        self.alarm = Alarm(timer, clock, self)

    def due(self) -> float | None:
        return self.at

    def fire(self) -> None:
        self.fired.append(self.clock())


@pytest.fixture
def moment(world: Any) -> Moment:
    """Nothing is due yet."""
    return Moment(world.clock, world.timer)


def test_it_fires_when_it_is_due(world: Any, moment: Moment) -> None:
    """Not before, and once."""
    moment.at = world.clock() + 10
    moment.alarm.watch()
    world.timer.advance(9.9)
    assert moment.fired == []
    world.timer.advance(5)
    assert len(moment.fired) == 1
    assert world.timer.alarms == []


def test_a_moment_that_moves_away(world: Any, moment: Moment) -> None:
    """Moving it needs no call; there is one timer at a time."""
    moment.at = world.clock() + 10
    moment.alarm.watch()
    moment.at += 100
    moment.alarm.watch()
    assert len(world.timer.alarms) == 1
    world.timer.advance(109)
    assert moment.fired == []
    world.timer.advance(2)
    assert len(moment.fired) == 1


def test_a_moment_that_comes_nearer(world: Any, moment: Moment) -> None:
    """An earlier time replaces the timer."""
    moment.at = world.clock() + 100
    moment.alarm.watch()
    moment.at = world.clock() + 1
    moment.alarm.watch()
    assert len(world.timer.alarms) == 1
    world.timer.advance(2)
    assert len(moment.fired) == 1


def test_a_moment_that_vanishes(world: Any, moment: Moment) -> None:
    """Nothing is due any more: no call, and no timer left."""
    moment.at = world.clock() + 1
    moment.alarm.watch()
    moment.at = None
    world.timer.advance(2)
    assert (moment.fired, world.timer.alarms) == ([], [])


def test_stop(world: Any, moment: Moment) -> None:
    """A stopped alarm leaves no timer and takes no other."""
    moment.at = world.clock() + 1
    moment.alarm.watch()
    moment.alarm.stop()
    moment.alarm.stop()
    moment.alarm.watch()
    assert world.timer.alarms == []
