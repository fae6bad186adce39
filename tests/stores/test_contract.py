"""What every store promises; each test runs over each kind of store."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from quick_htag.errors import ConfigurationError, NotStorable, StoreBusy, StoreError
from quick_htag.interfaces import Store

VALUES = [
    None,
    True,
    0,
    -(2**70),
    0.1,
    "",
    'quotes " and \\ and \x00',
    "\u00fc\u4e2d\U0001f600",
    "\ud800",  # half of a pair, which clients can send in JSON
    [],
    {},
    {"a": [1, {"b": None}], "": "x"},
]


def _in_threads(count: int, function: Callable[[int], object]) -> None:
    threads = [threading.Thread(target=function, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30.0)


@pytest.mark.parametrize("value", VALUES, ids=ascii)
def test_a_value_comes_back(store: Store, value: Any) -> None:
    """Everything JSON has is stored as it is."""
    store.put("key", value)
    assert store.get("key") == value


def test_an_absent_key(store: Store) -> None:
    """Nothing is there, and nothing can be done with it."""
    assert store.get("key") is None
    assert (store.delete("key"), store.touch("key", 5.0), store.ttl("key")) == (False, False, 0.0)
    assert store.keys() == []


def test_a_new_value_replaces(store: Store) -> None:
    """Value and time to live are both new."""
    store.put("key", "old", 5.0)
    store.put("key", "new")
    assert (store.get("key"), store.ttl("key")) == ("new", None)


def test_what_is_given_and_taken_are_copies(store: Store) -> None:
    """Changing a value afterwards changes nothing in the store."""
    given = {"list": [1]}
    store.put("key", given)
    given["list"].append(2)
    store.get("key")["list"].append(3)  # type: ignore[index]
    assert store.get("key") == {"list": [1]}


@pytest.mark.parametrize(
    "key", ["a", "with space", "a:b/c", "\u00fc\u4e2d", "x" * 2048, "a\nb", "%_*?[a]"]
)
def test_keys(store: Store, key: str) -> None:
    """Any text is a key, and is told again as it was."""
    store.put(key, 1)
    assert store.keys() == [key]
    assert store.get(key) == 1


@pytest.mark.parametrize("key", ["", "x" * 2049, "\ud800", None, 7, b"bytes"])
def test_what_is_no_key(store: Store, key: Any) -> None:
    """The same everywhere, whatever the store itself could do."""
    for use in (store.get, store.delete, store.ttl, lambda key: store.put(key, 1)):
        with pytest.raises(NotStorable, match="key"):
            use(key)


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (date(2020, 1, 1), r"^value is of type date"),
        ({"users": [1, {"since": b"x"}]}, r"^value\['users'\]\[1\]\['since'\] is of type bytes"),
        ({"counts": {1: 2}}, r"^value\['counts'\]\[1\] has a key that is no text"),
        ({"deep": [0.5, float("nan")]}, r"^value\['deep'\]\[1\] is nan"),
        ({"a": {1, 2}}, r"^value\['a'\] is of type set"),
    ],
    ids=["date", "bytes", "key", "nan", "set"],
)
def test_what_is_no_json(store: Store, value: Any, place: str) -> None:
    """The error names the place, and nothing is stored."""
    with pytest.raises(NotStorable, match=place):
        store.put("key", value)
    assert store.keys() == []


def test_a_value_in_itself(store: Store) -> None:
    """It has no end; that is told, and does not crash."""
    value: list[Any] = []
    value.append(value)
    with pytest.raises(NotStorable, match="contains itself"):
        store.put("key", value)


def test_too_large_a_value(make_store: Callable[..., Store]) -> None:
    """The limit is told, and what was there stays."""
    store = make_store(max_value=100)
    store.put("key", "x" * 98)
    with pytest.raises(NotStorable, match="101 bytes as JSON, more than the 100 allowed"):
        store.put("key", "x" * 99)
    assert store.get("key") == "x" * 98


def test_only_the_first_adds(store: Store) -> None:
    """add() never replaces."""
    assert store.add("key", "first")
    assert not store.add("key", "second")
    assert store.get("key") == "first"


def test_of_several_at_once_one_adds(store: Store) -> None:
    """However many try."""
    added: list[bool] = []
    _in_threads(8, lambda number: added.append(store.add("key", number)))
    assert sorted(added) == [False] * 7 + [True]


def test_an_expired_value_is_gone(store: Store, until: Callable[..., Any]) -> None:
    """For every method, and its key may be added again."""
    store.put("key", "old", 0.03)
    assert store.get("key") == "old"
    until(lambda: store.get("key") is None)
    assert store.keys() == []
    assert (store.ttl("key"), store.touch("key", 5.0), store.delete("key")) == (0.0, False, False)
    assert store.add("key", "new", 5.0)
    assert store.get("key") == "new"


def test_time_left(store: Store) -> None:
    """ttl() counts down, and asking does not start it anew."""
    store.put("short", 1, 5.0)
    store.put("ever", 1)
    left = store.ttl("short")
    assert left is not None
    assert 3.0 < left <= 5.0
    assert store.ttl("ever") is None


def test_touch(store: Store) -> None:
    """It sets the time anew, longer, shorter or none, and keeps the value."""
    store.put("key", [1], 5.0)
    assert store.touch("key", 100.0)
    assert store.ttl("key") > 50.0  # type: ignore[operator]
    assert store.touch("key", 5.0)
    assert store.ttl("key") <= 5.0  # type: ignore[operator]
    assert store.touch("key", None)
    assert store.ttl("key") is None
    assert store.get("key") == [1]


@pytest.mark.parametrize("ttl", [0, -1.5])
def test_no_time_left_forgets(store: Store, ttl: float) -> None:
    """put() and touch() with nothing left are a delete."""
    for key in ("put", "touch", "update"):
        store.put(key, 1)
    store.put("put", 2, ttl)
    assert store.touch("touch", ttl)
    store.update("update", lambda value: value, ttl)
    assert store.keys() == []


@pytest.mark.parametrize("ttl", ["5", float("nan"), [1]])
def test_what_is_no_time(store: Store, ttl: Any) -> None:
    """A mistake is told."""
    with pytest.raises(ConfigurationError, match="seconds"):
        store.put("key", 1, ttl)


def test_delete(store: Store) -> None:
    """It tells whether there was something, so of several one knows that it was it."""
    store.put("key", None)
    assert (store.delete("key"), store.delete("key")) == (True, False)


@pytest.mark.parametrize("key", ["\U0010ffff", "a\U0010ffff", "a\ud7ff\U0010ffff", "\ud7ffa"])
def test_keys_of_a_prefix_whatever_follows(store: Store, key: str) -> None:
    """Also the last character there is; what no key can begin with begins none."""
    store.put(key, 1)
    store.put("b", 1)
    assert store.keys(key[:-1]) == [key] or key[:-1] == ""
    assert store.keys() == sorted([key, "b"])
    assert store.keys("\ud800") == []


def test_keys_of_a_prefix(store: Store) -> None:
    """Sorted; signs that mean something in a pattern are plain text."""
    for key in ("b", "a:2", "a:1", "a*", "a:"):
        store.put(key, 1)
    assert store.keys("a:") == ["a:", "a:1", "a:2"]
    assert store.keys("a*") == ["a*"]
    assert store.keys("c") == []
    assert len(store.keys()) == 5


def test_update(store: Store) -> None:
    """The function gets what is there, None for nothing, and what it returns is stored."""
    assert store.update("key", lambda value: [value], 5.0) == [None]
    assert store.update("key", lambda value: [value]) == [[None]]
    assert (store.get("key"), store.ttl("key")) == ([[None]], None)


def test_update_that_fails(store: Store) -> None:
    """Then nothing has changed, and the store can be used."""
    store.put("key", 1)
    with pytest.raises(ZeroDivisionError):
        store.update("key", lambda value: 1 // 0)
    with pytest.raises(NotStorable):
        store.update("key", lambda value: {1})
    assert store.get("key") == 1


def test_no_update_is_lost(store: Store) -> None:
    """Threads that count together get the right sum."""

    def count(number: int) -> None:
        for _ in range(25):
            store.update("key", lambda value: (value or 0) + 1)

    _in_threads(4, count)
    assert store.get("key") == 100


def test_a_lock_keeps_others_out(store: Store) -> None:
    """Reading and writing in a block, threads that count together get the right sum."""

    def count(number: int) -> None:
        for _ in range(10):
            with store.locked("key", 20.0):
                store.put("key", (store.get("key") or 0) + 1)

    _in_threads(4, count)
    assert store.get("key") == 40


def test_locks_of_different_keys(store: Store) -> None:
    """They do not wait for each other, and other methods wait for none."""
    with store.locked("a", 1.0), store.locked("b", 1.0):
        store.put("a", 1)
    assert store.get("a") == 1


def test_waiting_for_a_lock_has_an_end(store: Store) -> None:
    """Then the key is named; a lock of the same thread is told at once."""
    seen: list[BaseException] = []

    def wait(number: int) -> None:
        with (
            pytest.raises(
                StoreBusy, match=r"'key' was kept by somebody else for 0\.02 s"
            ) as caught,
            store.locked("key", 0.02),
        ):
            pass
        seen.append(caught.value)

    with store.locked("key", 1.0):
        _in_threads(1, wait)
        with pytest.raises(StoreError, match="already"), store.locked("key", 100.0):
            pass
    assert len(seen) == 1


def test_a_lock_is_free_after_an_error(store: Store) -> None:
    """Whatever the block raises."""
    with pytest.raises(ZeroDivisionError), store.locked("key", 1.0):
        _ = 1 // 0
    with store.locked("key", 0.0):
        pass


def test_expire_frees_what_is_over(store: Store, until: Callable[..., Any]) -> None:
    """And nothing else; it is harmless when there is nothing."""
    store.put("short", 1, 0.02)
    store.put("long", 1, 100.0)
    store.put("ever", 1)
    until(lambda: store.get("short") is None)
    assert store.expire() in (0, 1)  # a server of its own has done so already
    assert store.expire() == 0
    assert store.keys() == ["ever", "long"]


def test_close_twice(store: Store) -> None:
    """The second time does nothing."""
    store.close()
    store.close()
