"""What is held in a round of a loop, and when it leaves."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.transports.departures import Departures
from tests.hand_timer import HandTimer


class Letter:
    """Notes that it was sent."""

    def __init__(self, sent: list[str], name: str) -> None:
        self._sent, self._name = sent, name

    def depart(self) -> None:
        """Send it."""
        self._sent.append(self._name)


class Station:
    """Departures with a clock, a timer rung by hand, and what has left."""

    def __init__(self, clock: Any) -> None:
        self.clock = clock
        self.timer = HandTimer()
        self.sent: list[str] = []
        self.departures = Departures(self.timer, clock)

    def hold(self, names: str) -> list[bool]:
        """Hold one letter for each name, and send them when that is due."""
        held = []
        for name in names:
            held.append(self.departures.hold(Letter(self.sent, name)))
            if self.departures.due:
                self.departures.send()
        return held


@pytest.fixture
def station(clock: Any) -> Station:
    """Nothing is held."""
    return Station(clock)


def test_a_round_leaves_together(station: Station) -> None:
    """In order, and once, when it is over."""
    station.departures.begin()
    assert station.hold("abc") == [True, True, True]
    assert station.sent == []
    station.departures.end()
    station.departures.end()
    assert station.sent == ["a", "b", "c"]


def test_nothing_is_held_without_a_round(station: Station) -> None:
    """Neither before the first one nor after it."""
    assert station.hold("a") == [False]
    station.departures.begin()
    station.departures.end()
    assert station.hold("b") == [False]
    assert station.sent == []


def test_nothing_is_held_where_nobody_looks_after_it(clock: Any) -> None:
    """Without a timer there are no rounds."""
    departures = Departures(None, clock)
    departures.begin()
    assert not departures.hold(Letter([], "a"))


def test_what_waits_too_long_leaves_with_the_next(station: Station) -> None:
    """The round goes on."""
    station.departures.begin()
    for name in "abc":
        station.hold(name)
        station.clock.advance(0.0016)
    assert station.sent == ["a", "b", "c"]
    assert station.hold("d") == [True]
    assert station.sent == ["a", "b", "c"]


def test_who_blocks_the_loop_keeps_nothing_from_leaving(station: Station) -> None:
    """The timer sends what waits."""
    station.departures.begin()
    station.hold("ab")
    station.clock.advance(0.02)
    station.timer.ring()
    assert station.sent == ["a", "b"]


def test_a_timer_that_rings_early_sends_nothing(station: Station) -> None:
    """It rings again."""
    station.departures.begin()
    station.hold("a")
    station.clock.advance(0.0001)
    station.timer.ring()
    assert station.sent == []
    station.clock.advance(0.02)
    station.timer.ring()
    assert station.sent == ["a"]


def test_the_timer_stops_when_nothing_happens(station: Station) -> None:
    """It is set once for all that is held, and again by what is held later."""
    station.departures.begin()
    station.hold("abc")
    assert len(station.timer.alarms) == 1
    station.departures.end()
    station.timer.ring()
    station.timer.ring()
    assert station.timer.alarms == []
    station.departures.begin()
    station.hold("d")
    assert len(station.timer.alarms) == 1


def test_other_threads_may_send_what_is_held(station: Station) -> None:
    """What was sent by the timer is not sent again at the end of the round."""
    station.departures.begin()
    station.hold("a")
    station.clock.advance(0.02)
    station.timer.ring()
    station.departures.end()
    assert station.sent == ["a"]
