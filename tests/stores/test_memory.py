"""The store in memory; what all stores have in common is in the contract."""

from __future__ import annotations

from typing import Any

from quick_htag.stores.memory import MemoryStore


def test_setting_frees_what_has_expired(clock: Any) -> None:
    """Nobody has to call expire()."""
    store = MemoryStore(clock=clock)
    for number in range(10):
        store.put(f"old:{number}", number, 5.0)
    clock.advance(5.1)
    store.put("new", 1)
    assert store.expire() == 0
    assert len(store._items) == 1


def test_touching_costs_no_memory(clock: Any) -> None:
    """However often a key is kept, shortened or forgotten, the queue of times stays small."""
    store = MemoryStore(clock=clock)
    for number in range(2000):
        store.put("a", number, 1000.0 - number % 500)
        store.touch("a", 2000.0)
        store.put(f"b{number}", 1, 10.0)
        store.delete(f"b{number}")
    assert len(store._heap) < 200


def test_a_touched_value_outlives_its_first_time(clock: Any) -> None:
    """The earlier entry in the queue does not end it."""
    store = MemoryStore(clock=clock)
    store.put("a", 1, 5.0)
    store.touch("a", 50.0)
    clock.advance(20.0)
    store.put("b", 1)
    assert store.get("a") == 1
    clock.advance(30.1)
    assert (store.get("a"), store.expire()) == (None, 1)


def test_two_stores_share_nothing() -> None:
    """Each server has one of its own."""
    first, second = MemoryStore(), MemoryStore()
    first.put("a", 1)
    assert second.get("a") is None
    assert not first.shared


def test_a_text_is_put_as_it_is(clock: Any) -> None:
    """By who has the JSON of a value already."""
    store = MemoryStore(clock=clock)
    store.put_text("a", '{"b":[1]}', 10.0)
    assert store.get("a") == {"b": [1]}
    clock.advance(10.0)
    assert store.get("a") is None
