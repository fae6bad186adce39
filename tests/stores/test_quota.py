"""A limit on what cannot be counted quickly."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.stores.quota import Quota


class _Keys:
    """What is counted, and how often that was done."""

    def __init__(self, number: int = 0) -> None:
        self.number = number
        self.counts = 0

    def count(self) -> int:
        self.counts += 1
        return self.number


def _make(quota: Quota, keys: _Keys, wanted: int) -> int:
    made = 0
    for _ in range(wanted):
        if quota.take():
            keys.number += 1
            made += 1
    return made


@pytest.mark.parametrize("before", [0, 30])
def test_no_more_than_the_limit(clock: Any, before: int) -> None:
    """What was there before counts."""
    keys = _Keys(before)
    assert _make(Quota(100, keys.count, clock), keys, 200) == 100 - before


def test_it_counts_rarely(clock: Any) -> None:
    """Ten thousand new ones are counted a few times only."""
    keys = _Keys()
    quota = Quota(10_000, keys.count, clock)
    for _ in range(10_000):
        clock.advance(0.01)
        _make(quota, keys, 1)
    assert keys.number == 10_000
    assert keys.counts < 30


def test_what_has_gone_makes_room(clock: Any) -> None:
    """It is noticed within a second, or at once when told."""
    keys = _Keys(5)
    quota = Quota(5, keys.count, clock)
    assert _make(quota, keys, 1) == 0
    keys.number = 4
    assert _make(quota, keys, 1) == 0
    clock.advance(1.0)
    assert _make(quota, keys, 2) == 1
    keys.number = 0
    quota.reset()
    assert _make(quota, keys, 9) == 5
