"""Tokens: how long they live, who has them, and stores of others."""

from __future__ import annotations

import copy
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag.errors import ConfigurationError, HTTPError, NoCapacity
from quick_htag.settings import Settings
from quick_htag.stores.memory import MemoryStore
from quick_htag.stores.token_handler import TokenHandler
from quick_htag.stores.token_memory import DefaultTokenHandler
from quick_htag.stores.token_store import StoreTokenHandler
from quick_htag.stores.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Clock


class CopyingHandler(TokenHandler):
    """A store as others write them: one plain lock, copies, and KeyError for what is gone."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.texts: dict[str, str] = {}
        self.expires: dict[str, float | None] = {}
        self.puts = 0
        self._lock = threading.Lock()

    def lock(self, key: str | None) -> AbstractContextManager[Any]:
        return self._lock

    def ttl(self, key: str) -> float | None:
        expires = self.expires.get(key, 0.0)
        return None if expires is None else max(0.0, expires - self.clock())

    def flush_old_tokens(self) -> None:
        assert self._lock.locked()
        for key in [key for key in self.texts if self.ttl(key) == 0]:
            self.delete_token(key)

    def add_token(self, key: str, expire: float | None) -> dict[str, Any]:
        assert self._lock.locked()
        self.expires[key] = None if expire is None else self.clock() + expire
        return json.loads(self.texts.setdefault(key, "{}"))  # type: ignore[no-any-return]

    def put_token(self, key: str, obj: dict[str, Any]) -> None:
        assert self._lock.locked()
        if key not in self.texts:
            raise KeyError(key)
        self.puts += 1
        self.texts[key] = json.dumps(obj)

    def delete_token(self, key: str) -> None:
        self.texts.pop(key, None)
        self.expires.pop(key, None)

    def get_tokens(self) -> list[str]:
        return list(self.texts)


@pytest.fixture(params=["default", "copying", "stored"])
def handler(request: pytest.FixtureRequest, clock: Clock) -> TokenHandler:
    """Each store."""
    if request.param == "default":
        return DefaultTokenHandler(lock_timeout=0.05, clock=clock)
    if request.param == "stored":
        return StoreTokenHandler(MemoryStore(clock=clock))
    return CopyingHandler(clock)


@pytest.fixture
def tokens(handler: TokenHandler) -> Tokens:
    """Tokens over each store."""
    return Tokens(handler, Settings(token_lock_timeout=0.05))


# -- data ------------------------------------------------------------------------------------------


def test_a_new_token_is_text_nobody_guesses(tokens: Tokens) -> None:
    """128 random bits; it is not stored until it is used."""
    first, second = tokens.create(), tokens.create()
    assert len(first) == 32
    assert first != second
    assert tokens.all() == []


def test_data_stays(tokens: Tokens) -> None:
    """The next access finds what the one before has left."""
    with tokens.open("t") as obj:
        obj["a"] = 1
    with tokens.open("t") as obj:
        assert obj == {"a": 1}


def test_it_is_a_live_dict_as_well(tokens: Tokens) -> None:
    """Without a block, as in the oldest scripts, each change stays."""
    obj = tokens.open("t")
    obj["a"] = 1
    obj.update(b=2, c=3)
    obj |= {"d": 4}
    obj.setdefault("e", 5)
    del obj["a"]
    obj.pop("b")
    again = tokens.open("t")
    assert again == {"c": 3, "d": 4, "e": 5}
    again.popitem()
    again.clear()
    assert tokens.open("t", readonly=True) == {}


def test_it_is_a_dict(tokens: Tokens) -> None:
    """It can be written as JSON, and a copy belongs to the one who made it."""
    obj = tokens.open("t")
    obj["a"] = [1]
    assert json.loads(json.dumps(obj)) == {"a": [1]}
    copied = copy.deepcopy(obj)
    copied["a"].append(2)
    assert type(copied) is dict
    assert tokens.open("t") == {"a": [1]}


def test_nested_blocks_have_one_dict(tokens: Tokens) -> None:
    """A function called in a block may open the same token."""
    with tokens.open("t") as outer:
        outer["a"] = 1
        with tokens.open("t") as inner:
            inner["b"] = inner["a"] + 1
        assert outer is inner
        assert outer == {"a": 1, "b": 2}
    assert tokens.open("t") == {"a": 1, "b": 2}


def test_changes_stay_when_the_block_raises(tokens: Tokens) -> None:
    """What was done was done."""

    def fail() -> None:
        with tokens.open("t") as obj:
            obj["a"] = 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert tokens.open("t") == {"a": 1}


def test_several_tokens_in_one_block(tokens: Tokens) -> None:
    """The lock of a store is not held while user code runs."""
    with tokens.open("a") as first, tokens.open("b") as second:
        first["x"], second["x"] = 1, 2
    assert (tokens.open("a")["x"], tokens.open("b")["x"]) == (1, 2)


# -- one at a time ---------------------------------------------------------------------------------


def test_two_requests_do_not_overwrite_each_other(handler: TokenHandler) -> None:
    """A block is alone with its token, in stores that give copies too."""
    patient = isinstance(handler, DefaultTokenHandler)
    tokens = Tokens(DefaultTokenHandler() if patient else handler)

    def count(_: int) -> None:
        for _ in range(50):
            with tokens.open("t") as obj:
                obj["n"] = obj.get("n", 0) + 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(4)))
    assert tokens.open("t") == {"n": 200}


def test_waiting_has_an_end(tokens: Tokens) -> None:
    """A token that others keep is a 503 after a while, and is free again afterwards."""
    with ThreadPoolExecutor(1) as pool, tokens.open("t"):

        def enter() -> None:
            with tokens.open("t"):
                pass

        with pytest.raises(NoCapacity, match="in use by another request"):
            pool.submit(enter).result(30)
    with tokens.open("t") as obj:
        obj["a"] = 1


# -- expiry ----------------------------------------------------------------------------------------


def test_default_expiration(tokens: Tokens, clock: Clock) -> None:
    """An hour, unless set otherwise."""
    tokens.open("t")
    assert tokens.ttl("t") == 3600.0
    tokens.default_expiration = 10.0
    tokens.open("t")
    assert tokens.ttl("t") == 10.0


def test_expired_data_is_gone(tokens: Tokens, clock: Clock) -> None:
    """Then the token is a new one."""
    tokens.open("t", 10.0)["a"] = 1
    clock.advance(9.0)
    assert tokens.all() == ["t"]
    clock.advance(1.0)
    assert (tokens.all(), tokens.ttl("t"), tokens.open("t")) == ([], 0.0, {})


def test_each_access_sets_the_time_anew(tokens: Tokens, clock: Clock) -> None:
    """Longer, shorter, or never."""
    tokens.open("t", 10.0)["a"] = 1
    clock.advance(5.0)
    tokens.open("t", 100.0)
    clock.advance(90.0)
    assert tokens.open("t", None) == {"a": 1}
    clock.advance(1e9)
    assert (tokens.ttl("t"), tokens.open("t", 1.0)) == (None, {"a": 1})
    clock.advance(1.0)
    assert tokens.open("t") == {}


@pytest.mark.parametrize("expire", [0, -1.0])
def test_no_time_left_forgets_it(tokens: Tokens, expire: float) -> None:
    """What is given then belongs to nothing."""
    tokens.open("t")["a"] = 1
    with tokens.open("t", expire) as obj:
        obj["b"] = 2
    assert (tokens.all(), tokens.open("t")) == ([], {})


@pytest.mark.parametrize("expire", ["soon", float("nan"), [1]])
def test_other_times_are_refused(tokens: Tokens, expire: Any) -> None:
    """A mistake is told, and does not become a token for ever."""
    with pytest.raises(ConfigurationError, match="expire is in seconds"):
        tokens.open("t", expire)


@pytest.mark.parametrize("key", [None, 5, ["t"], "x" * 1025])
def test_other_keys_are_refused(tokens: Tokens, key: Any) -> None:
    """A client that sends something else is told; it is not an error of the server."""
    with pytest.raises(HTTPError) as caught:
        tokens.open(key)
    assert caught.value.status == 400


@pytest.mark.parametrize("how", ["expire", "delete"])
def test_gone_inside_of_the_block(tokens: Tokens, clock: Clock, how: str) -> None:
    """A token that ends during its block ends without an error and does not come back."""
    with tokens.open("t", 10.0) as obj:
        obj["a"] = 1
        if how == "expire":
            clock.advance(10.0)
        else:
            tokens.open("t", 0)
    assert tokens.all() == []


# -- readonly --------------------------------------------------------------------------------------


def test_readonly_is_a_copy(tokens: Tokens) -> None:
    """Changes to it go nowhere."""
    tokens.open("t")["a"] = 1
    with tokens.open("t", readonly=True) as obj:
        assert obj == {"a": 1}
        obj["a"] = 2
    assert tokens.open("t") == {"a": 1}


def test_readonly_makes_nothing_and_keeps_nothing(tokens: Tokens, clock: Clock) -> None:
    """Looking is not using."""
    tokens.open("t", 10.0)["a"] = 1
    clock.advance(4.0)
    assert (tokens.open("t", readonly=True), tokens.ttl("t")) == ({"a": 1}, 6.0)
    assert (tokens.open("other", readonly=True), tokens.all()) == ({}, ["t"])
    clock.advance(6.0)
    assert tokens.open("t", readonly=True) == {}


# -- limits ----------------------------------------------------------------------------------------


def test_number_is_limited(clock: Clock) -> None:
    """One more is refused, none is lost, and an expired one makes room."""
    tokens = Tokens(DefaultTokenHandler(max_tokens=2, clock=clock))
    tokens.open("a", 10.0)["x"] = 1
    tokens.open("b", None)
    with pytest.raises(NoCapacity):
        tokens.open("c")
    assert tokens.open("a", 10.0) == {"x": 1}
    clock.advance(10.0)
    tokens.open("c")
    assert sorted(tokens.all()) == ["b", "c"]


def test_only_issued_tokens(clock: Clock) -> None:
    """On request, what a client made up is refused."""
    settings = Settings(issued_tokens_only=True)
    tokens = Tokens(DefaultTokenHandler(clock=clock), settings)
    issued = tokens.create()
    tokens.open(issued)["a"] = 1
    for options in ({}, {"readonly": True}):
        with pytest.raises(HTTPError) as caught:
            tokens.open("mine", **options)
        assert caught.value.status == 403
    clock.advance(3600.0)
    with pytest.raises(HTTPError):
        tokens.open(issued)


# -- stores of others ------------------------------------------------------------------------------


def test_a_block_stores_once(clock: Clock) -> None:
    """A store over a network is asked at the end of a block, not for each change."""
    handler = CopyingHandler(clock)
    with Tokens(handler).open("t") as obj:
        obj["a"], obj["b"] = 1, 2
        obj.setdefault("list", []).append(3)
    assert handler.puts == 1
    assert json.loads(handler.texts["t"]) == {"a": 1, "b": 2, "list": [3]}


def test_a_store_that_would_bring_it_back_is_not_asked(clock: Clock) -> None:
    """What was deleted inside of a block is not written, whatever the store would do."""

    class Upserting(CopyingHandler):
        def put_token(self, key: str, obj: dict[str, Any]) -> None:
            self.texts[key] = json.dumps(obj)

    handler = Upserting(clock)
    tokens = Tokens(handler)
    with tokens.open("t") as obj:
        obj["a"] = 1
        tokens.open("t", 0)
    assert handler.texts == {}


def test_a_store_that_lost_it_meanwhile(clock: Clock) -> None:
    """Another process may delete it between the question and the answer."""
    handler = CopyingHandler(clock)
    with Tokens(handler).open("t") as obj:
        obj["a"] = 1
        handler.texts.clear()
    assert handler.puts == 0


def test_what_another_process_stored_is_seen(clock: Clock) -> None:
    """Each access, and each block, begins with what the store has."""
    handler = CopyingHandler(clock)
    tokens = Tokens(handler)
    kept = tokens.open("t")
    handler.texts["t"] = '{"a": 1}'
    assert tokens.open("t") == {"a": 1}
    handler.texts["t"] = '{"a": 2}'
    with kept as obj:
        assert obj == {"a": 2}


def test_objects_nobody_holds_are_forgotten(clock: Clock) -> None:
    """The store has the data; we keep none of it."""
    tokens = Tokens(CopyingHandler(clock))
    tokens.open("t")["a"] = 1
    assert len(tokens._live) == 0
