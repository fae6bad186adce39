"""Which sessions belong to a user, in every store."""

from __future__ import annotations

from typing import Any

from quick_htag.interfaces import Store
from quick_htag.stores.user_index import UserIndex


def test_added_and_removed(store: Store) -> None:
    """Each user has those that were added and not removed."""
    index = UserIndex(store, 60.0)
    for user, key in (("ann", "a"), ("ann", "b"), ("ann", "c"), ("bob", "d")):
        index.add(user, key)
    index.remove("ann", "b")
    assert sorted(index.keys("ann")) == ["a", "c"]
    assert (index.keys("bob"), index.keys("eve")) == (["d"], [])


def test_many_are_looked_through(store: Store) -> None:
    """The keys of sessions that are gone leave, so a user who comes daily takes no more room."""
    store.put("alive", 1)
    index = UserIndex(store, 60.0)
    for key in ("alive", *map(str, range(60))):
        index.add("ann", key)
    found = index.keys("ann")
    assert "alive" in found
    assert len(found) <= 50


def test_use_keeps_it(failing: Any, clock: Any) -> None:
    """It lives as long as the sessions in it."""
    failing._clock = clock
    index = UserIndex(failing, 60.0)
    index.add("ann", "a")
    for _ in range(3):
        clock.advance(40.0)
        index.touch("ann")
    assert index.keys("ann") == ["a"]


def test_names_are_no_keys(store: Store) -> None:
    """A name may be any text, and cannot be read in the store."""
    UserIndex(store, 60.0).add("\ud800" + "x" * 5000, "a")
    (key,) = store.keys("user:")
    assert len(key) < 100
    assert "xxx" not in key
