"""Late is not again."""

from __future__ import annotations

import random

import pytest

from quick_htag.replay_window import SIZE, ReplayWindow

FIRST = 1_700_000_000_000_000  # a page begins with the time


def test_numbers_are_taken_once() -> None:
    """In order, however large the first one is."""
    window = ReplayWindow()
    assert [window.take(FIRST + n) for n in (0, 1, 5)] == ["", "", ""]
    assert [window.take(FIRST + n) for n in (5, 0, 1)] == ["the message was sent before"] * 3


def test_late_ones_are_taken_once_too() -> None:
    """As long as something is known of them."""
    window = ReplayWindow()
    window.take(FIRST + SIZE)
    late = [FIRST + SIZE - 1, FIRST + 1]
    assert [window.take(number) for number in late] == ["", ""]
    assert all(window.take(number) for number in late)
    assert window.take(FIRST) == f"the message is older than the last {SIZE}"


@pytest.mark.parametrize("jump", [SIZE - 1, SIZE, SIZE + 1, 10**15])
def test_a_jump_forgets_what_falls_out(jump: int) -> None:
    """And nothing that was taken is taken again."""
    window = ReplayWindow()
    window.take(FIRST)
    assert window.take(FIRST + jump) == ""
    assert window.take(FIRST) != ""
    assert window.take(FIRST + jump) != ""
    assert window.take(FIRST + jump - 1) == ""


def test_any_order_takes_each_once() -> None:
    """As a set would tell."""
    rng = random.Random(1)
    window, taken = ReplayWindow(), set()
    for _ in range(5000):
        number = FIRST + rng.randrange(SIZE)
        assert (window.take(number) == "") == (number not in taken)
        taken.add(number)
