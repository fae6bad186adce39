"""What becomes of workers that end, or should."""

from __future__ import annotations

import types
from typing import Any

import pytest

from quick_htag.workers.ends import Ends
from quick_htag.workers.places import Places


class Child:
    """A process that has ended, or is to."""

    def __init__(self, index: int, ended: int | None = 7) -> None:
        self.index = index
        self.ended = ended
        self.ending_since: float | None = None
        self.ready_at: float | None = 0.0
        self.served: float | None = 60.0
        self.given_up = self.killed = False

    def how_it_ended(self) -> str:
        return f"ended with exit code {self.ended}"

    def give_up(self) -> None:
        self.given_up = True

    def kill(self) -> None:
        self.killed = True


@pytest.fixture
def fleet(clock):
    """Two places with a worker each, a restart, and what was said."""
    places, said, over = Places(2, clock), [], []
    for slot in places.slots:
        slot.current = Child(slot.index)
    rolling: Any = types.SimpleNamespace(end=over.append)
    ends = Ends(places, rolling, 42, lambda child, text: said.append((child.index, text)))
    return types.SimpleNamespace(ends=ends, slots=places.slots, said=said, over=over)


def test_a_death_is_told_with_what_comes_next(fleet):
    """The place is empty, and another one may start at once."""
    slot = fleet.slots[0]
    assert fleet.ends.ended(slot.current, wanted=False, is_open=True)
    assert fleet.said == [(1, "ended with exit code 7; starts again")]
    assert slot.is_empty()
    assert fleet.ends.code == 0


def test_deaths_in_a_row_are_counted(fleet):
    """Before it was ready, each time, so the pauses grow."""
    slot = fleet.slots[0]
    for _ in range(2):
        slot.current = child = Child(1)
        child.ready_at = child.served = None
        fleet.ends.ended(child, wanted=False, is_open=True)
    text = "ended with exit code 7 before it was ready, 2 times in a row; starts again in 0.2 s"
    assert fleet.said[-1] == (1, text)


def test_a_program_that_never_serves_ends(fleet):
    """With the exit code of its first process; 1 where a signal has ended that."""
    assert not fleet.ends.ended(fleet.slots[0].current, wanted=False, is_open=False)
    assert fleet.ends.code == 7
    fleet.slots[1].current.ended = -9
    assert not fleet.ends.ended(fleet.slots[1].current, wanted=False, is_open=False)
    assert fleet.ends.code == 1


def test_who_comes_and_dies_ends_the_restart(fleet):
    """The one that serves goes on."""
    slot = fleet.slots[0]
    slot.coming = coming = Child(1)
    assert fleet.ends.ended(coming, wanted=False, is_open=True)
    assert fleet.over == ["restart: given up, the old workers go on"]
    assert slot.current is not None


def test_who_asks_for_a_restart_has_not_died(fleet, clock):
    """Nothing is told, and there is no pause."""
    slot = fleet.slots[0]
    slot.current.ended = 42
    assert fleet.ends.ended(slot.current, wanted=False, is_open=True)
    assert not fleet.said
    assert slot.next_start <= clock()


def test_the_first_bad_end_is_the_exit_code(fleet):
    """Of those that were to end; who was given up has no say, nor who was killed."""
    for ended, given_up in ((0, False), (-9, False), (5, True), (-11, False), (6, False)):
        child = fleet.slots[0].current = Child(1, ended)
        child.ending_since, child.given_up = 1.0, given_up
        fleet.ends.ended(child, wanted=True, is_open=True)
    assert fleet.ends.code == 128 + 11


def test_who_hangs_leaves_its_place_at_once(fleet):
    """However long the system takes to end it; its end is no second death."""
    slot = fleet.slots[0]
    child = slot.current
    fleet.ends.hangs(child, 61.7)
    assert fleet.said == [(1, "hangs, it has not answered for 62 s: killed and replaced")]
    assert slot.is_empty()
    assert child.given_up
    slot.current = Child(1)
    fleet.ends.ended(child, wanted=False, is_open=True)
    assert slot.current is not None
    assert len(fleet.said) == 1


def test_who_is_late_has_a_moment_before_it_is_killed(fleet):
    """In which it writes down where its threads are."""
    child = fleet.slots[0].current
    child.ending_since = 1.0
    fleet.ends.late(child)
    assert fleet.said == [(1, "is not done in time: killed")]
    assert child.given_up
    assert not child.killed
    fleet.ends.late(child)
    assert child.killed
    assert len(fleet.said) == 1
