"""Long results in pieces."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.settings import Settings
from quick_htag.stores.job_cargo import JobCargo


@pytest.fixture
def cargo(clock: Any) -> JobCargo:
    """Room for ten characters, twenty seconds long."""
    return JobCargo(Settings(job_cargo_ttl=20.0, max_job_cargo=10), clock)


def test_pieces_are_given_once(cargo: JobCargo) -> None:
    """Joined they are the text."""
    names = cargo.add("abcde", 2, "/a", None)
    assert "".join(cargo.take(name, "/a", None) or "" for name in names) == "abcde"
    assert cargo.take(names[0], "/a", None) is None
    assert len(cargo) == 0


def test_pieces_have_an_owner(cargo: JobCargo) -> None:
    """Neither another endpoint nor another session finds them."""
    (name,) = cargo.add("a", 2, "/a", "ann")
    assert cargo.take(name, "/b", "ann") is None
    assert cargo.take(name, "/a", "bob") is None
    assert cargo.take(name, "/a", "ann") == "a"


def test_the_oldest_make_room(cargo: JobCargo) -> None:
    """Who fetches nothing does not fill the memory; a single result is kept whatever its size."""
    first, second = (cargo.add("x" * 6, 6, "/a", None)[0] for _ in range(2))
    assert cargo.take(first, "/a", None) is None
    assert cargo.take(second, "/a", None) == "x" * 6
    assert len(cargo.add("x" * 100, 50, "/a", None)) == 2


def test_pieces_expire(cargo: JobCargo, clock: Any) -> None:
    """What nobody came for."""
    assert cargo.next_deadline() is None
    (name,) = cargo.add("a", 2, "/a", None)
    assert cargo.next_deadline() == clock() + 20.0
    assert cargo.expire(clock() + 19.0) == []
    assert cargo.expire(clock() + 20.0) == [name]
