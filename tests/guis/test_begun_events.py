"""An event begins once, whoever asks, in whatever process."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from quick_htag.errors import StoreUnavailable
from quick_htag.guis.begun_events import KEPT, PREFIX, BegunEvents
from quick_htag.stores.memory import MemoryStore
from quick_htag.stores.sqlite import SQLiteStore


@pytest.fixture(params=["memory", "sqlite"])
def begun(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """With a store that dies with the process, and one that does not."""
    if request.param == "memory":
        yield BegunEvents(MemoryStore())
        return
    with SQLiteStore(tmp_path / "s.db") as store:
        yield BegunEvents(store)


def test_an_event_begins_once(begun: BegunEvents) -> None:
    """And none before it begins later; those of other pages and sessions are others."""
    asked = [("me", "p", 2), ("me", "p", 2), ("me", "p", 1), ("me", "p", 3)]
    assert [begun.begin(*one) for one in asked] == [True, False, False, True]
    assert begun.begin("me", "other", 1)
    assert begun.begin("you", "p", 1)


def test_of_many_threads_one_may_begin(begun: BegunEvents) -> None:
    """However they come."""
    found: list[bool] = []
    start = threading.Barrier(8)

    def ask() -> None:
        start.wait(10)
        found.extend(begun.begin("me", "p", number) for number in range(1, 11))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 80
    assert 1 <= sum(found) <= 10
    assert not begun.begin("me", "p", 10)


def test_another_process_knows(tmp_path: Path) -> None:
    """What a server has noted, the next one finds; and the id of the page is not told."""
    with SQLiteStore(tmp_path / "s.db") as store, SQLiteStore(tmp_path / "s.db") as other:
        assert BegunEvents(store).begin("me", "page-id", 1)
        assert not BegunEvents(other).begin("me", "page-id", 1)
        keys = other.keys(PREFIX)
        assert len(keys) == 1
        assert "page-id" not in keys[0]
        assert 0 < (other.ttl(keys[0]) or 0) <= KEPT


def test_who_has_not_heard_the_answer_asks_again(tmp_path: Path) -> None:
    """By its claim; nobody else begins the event, and not after the next one."""
    with SQLiteStore(tmp_path / "s.db") as store:
        begun = BegunEvents(store)
        assert all(begun.begin("me", "p", 1, "mine") for _ in range(2))
        assert not begun.begin("me", "p", 1, "other")
        assert not begun.begin("me", "p", 1)
        assert begun.begin("me", "p", 2)
        assert not begun.begin("me", "p", 1, "mine")


def test_pages_of_long_ago_are_forgotten(clock: Any) -> None:
    """What is in memory does not grow for ever."""
    begun = BegunEvents(MemoryStore(), clock)
    begun.begin("me", "old", 1)
    clock.advance(KEPT / 2)
    begun.begin("me", "p", 1)
    clock.advance(KEPT / 2 + 1)
    begun.begin("me", "new", 1)
    assert len(begun._here) == 2
    assert not begun.begin("me", "p", 1)


def test_a_store_that_is_away_is_told(tmp_path: Path) -> None:
    """The caller decides what that means."""
    store = SQLiteStore(tmp_path / "s.db")
    begun = BegunEvents(store)
    store.close()
    with pytest.raises(StoreUnavailable):
        begun.begin("me", "p", 1)


def _of(page: Any, number: int) -> str:
    return f'{{"n":1,"p":{{"do":"add"}},"of":["{page["page"]}",{number}]}}'


@pytest.mark.parametrize(
    ("number", "done", "value"), [(1, {"done": 1, "earlier": True}, 1), (2, {"done": 1}, 2)]
)
def test_an_event_of_an_earlier_page_runs_once(
    world: Any, click: Any, number: int, done: Any, value: int
) -> None:
    """When the earlier app has begun it, the page is told so and nothing happens."""
    visitor = world.visit()
    visitor.receiver.received(click(1))
    visitor.channel.wait(lambda channel: {"done": 1} in channel.sent)
    for told in (done, {"done": 1, "earlier": True}):
        channel, receiver = world.connect(visitor.session, world.open(visitor.session))
        receiver.received(_of(visitor.page, number))
        channel.wait(lambda channel, told=told: told in channel.sent)
        assert visitor.app.value == value


def test_of_another_session_nothing_is_known(world: Any) -> None:
    """Who names a page of somebody else keeps nobody from anything."""
    visitor, other = world.visit(), world.visit()
    other.receiver.received(_of(visitor.page, 1))
    other.channel.wait(lambda channel: {"done": 1} in channel.sent)
    channel, receiver = world.connect(visitor.session, world.open(visitor.session))
    receiver.received(_of(visitor.page, 1))
    channel.wait(lambda channel: {"done": 1} in channel.sent)
    assert (other.app.value, visitor.app.value) == (1, 1)
