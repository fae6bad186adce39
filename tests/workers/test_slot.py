"""Who serves in a place, who comes and who leaves."""

from __future__ import annotations

import types
from typing import Any

import pytest

from quick_htag.workers.slot import Slot


class Child:
    """What is known here of a process."""

    def __init__(self) -> None:
        self.ending_since: float | None = None
        self.served: float | None = None


@pytest.fixture
def slot(clock: Any) -> Slot:
    """An empty place."""
    return Slot(1, clock)


def test_a_new_process_takes_over(slot):
    """The one before leaves."""
    old, new = Child(), Child()
    slot.current, slot.coming = old, new
    assert slot.take_over() is old
    assert (slot.current, slot.coming, slot.leaving) == (new, None, [old])


def test_a_death_nobody_asked_for_is_told(slot):
    """The place is empty then."""
    slot.current = child = Child()
    assert slot.lost(child)
    assert slot.is_empty()


def test_the_end_of_who_leaves_is_no_death(slot):
    """Nor is that of who was told to end."""
    old, new = Child(), Child()
    slot.current, slot.leaving = new, [old]
    assert not slot.lost(old)
    new.ending_since = 1.0
    assert not slot.lost(new)


def test_who_comes_is_there_when_the_old_one_dies(slot):
    """No third one is started."""
    old, new = Child(), Child()
    slot.current, slot.coming = old, new
    assert slot.lost(old)
    assert (slot.current, slot.coming) == (new, None)


def test_the_next_start_is_set_after_a_death(slot, clock):
    """By the pauses of a row."""
    child = Child()
    assert slot.wait_after(child) == pytest.approx(0.1)
    assert slot.next_start == pytest.approx(clock() + 0.1)


def test_who_is_given_up_leaves_room(slot):
    """For the one that comes, or for a new one."""
    old, new = Child(), Child()
    slot.current, slot.coming = old, new
    slot.abandon(old)
    assert (slot.current, slot.coming, slot.leaving) == (new, None, [old])
    slot.abandon(new)
    assert slot.is_empty()
    assert not slot.lost(old)


def test_its_state_is_told(slot):
    """Also that who serves does not answer."""
    assert slot.described()[2] == "waits"
    slot.current = child = types.SimpleNamespace(pid=7, serves=False, served=None, trouble="")
    assert slot.described() == (1, 7, "starts", None, 0)
    child.serves, child.trouble = True, "has not answered for 30 s"
    assert slot.described()[2] == "serves, has not answered for 30 s"
