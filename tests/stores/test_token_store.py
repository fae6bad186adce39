"""Tokens in stores, seen by several processes; test_tokens has what all stores of tokens do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from quick_htag.errors import HTTPError, NoCapacity, NotStorable, StoreBusy
from quick_htag.interfaces import Store
from quick_htag.settings import Settings
from quick_htag.stores.token_store import StoreTokenHandler
from quick_htag.stores.tokens import Tokens

shared = pytest.mark.parametrize("make_store", ["sqlite", "redis"], indirect=True)


@pytest.fixture
def make(make_store: Callable[..., Store]) -> Callable[..., Tokens]:
    """Makes what each process would have."""

    def make(max_tokens: int = 100) -> Tokens:
        settings = Settings(token_lock_timeout=0.05)
        return Tokens(StoreTokenHandler(make_store(), max_tokens), settings)

    return make


@shared
def test_processes_share_tokens(make: Callable[..., Tokens]) -> None:
    """Data, list, time left and end."""
    one, two = make(), make()
    one.open("t", 50.0)["a"] = [1]
    assert two.open("t", 50.0) == {"a": [1]}
    assert (two.all(), 0 < (two.ttl("t") or 0) <= 50.0) == (["t"], True)
    two.open("t", 0)
    assert one.all() == []


@shared
def test_changes_of_processes_are_merged(make: Callable[..., Tokens]) -> None:
    """Each changes a key of its own, without a block."""
    one, two = make(), make()
    first, second = one.open("t"), two.open("t")
    first["mine"] = 1
    second["yours"] = 2
    first["more"] = 3
    assert one.open("t") == {"mine": 1, "yours": 2, "more": 3}


@shared
def test_a_block_is_alone(make: Callable[..., Tokens]) -> None:
    """Other processes wait, and are told when it takes too long."""
    one, two = make(), make()
    with one.open("t") as first:
        first["n"] = 1
        with pytest.raises(StoreBusy), two.open("t"):
            pass
    with two.open("t") as second:
        second["n"] += 1
    assert one.open("t", readonly=True) == {"n": 2}


def test_what_is_no_json(make: Callable[..., Tokens]) -> None:
    """The error names the place."""
    with pytest.raises(NotStorable, match=r"token\['a'\]\[0\] is of type set"):
        make().open("t")["a"] = [{1}]


def test_number_is_limited(make: Callable[..., Tokens]) -> None:
    """One more is refused, and one that was deleted makes room."""
    tokens = make(2)
    tokens.open("a")
    tokens.open("b")
    with pytest.raises(NoCapacity):
        tokens.open("c")
    tokens.open("a", 0)
    tokens.open("c")
    assert sorted(tokens.all()) == ["b", "c"]


def test_what_is_no_text_for_a_store(make: Callable[..., Tokens]) -> None:
    """A client can send it; it is told."""
    with pytest.raises(HTTPError, match="400"):
        make().open("\ud800")


def test_nothing_looks_at_all_tokens(make_store: Callable[..., Store]) -> None:
    """Using tokens lists them once at most, however many there are."""
    store = make_store()
    tokens = Tokens(StoreTokenHandler(store, 100_000))
    listed: list[str] = []
    keys = store.keys
    store.keys = lambda prefix="": (listed.append(prefix), keys(prefix))[1]  # type: ignore[method-assign]
    for number in range(50):
        with tokens.open(f"t{number}") as data:
            data["n"] = number
        tokens.open(f"t{number}", readonly=True)
    assert len(listed) <= 1
