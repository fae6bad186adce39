"""Names that clients give to their starts."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.jobs.start_ids import StartIds, start_key

KEY = ("/job", "", "n" * 16)


@pytest.fixture
def starts(clock: Any) -> StartIds:
    """Three are known."""
    return StartIds(3, clock)


def test_a_name_finds_its_job(starts: StartIds) -> None:
    """The name is good for a while, as the answer may never arrive."""
    assert starts.started(KEY, "1")
    assert [starts.stop(KEY), starts.stop(KEY)] == ["1", "1"]


def test_a_stop_that_comes_first_counts(starts: StartIds, clock: Any) -> None:
    """For a while."""
    assert starts.stop(KEY) is None
    assert not starts.started(KEY, "1")
    clock.advance(600.0)
    assert starts.started(KEY, "1")


def test_the_oldest_are_forgotten(starts: StartIds) -> None:
    """Nobody fills the memory with names."""
    for number in range(10):
        starts.stop((str(number),))
    assert len(starts) == 3
    assert starts.started(("0",), "1")


def test_names_have_an_owner() -> None:
    """One session cannot name the jobs of another."""
    post = {"id": "n" * 16}
    assert len({start_key(post, "/job", owner) for owner in ("ann", "bob", None)}) == 3
    assert start_key({}, "/job", "ann") is None
