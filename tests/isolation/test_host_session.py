"""The session of a host, there and back."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from quick_htag.guis.carried_session import CarriedSession
from quick_htag.isolation.host_session import FIELD, answer, bring, plain, take, told
from quick_htag.settings import Settings
from quick_htag.stores.sessions import Sessions


@pytest.fixture
def both() -> Any:
    """The session as the server has it, and as the process has it."""
    mine, theirs = (Sessions(Settings()).issue("192.0.2.1") for _ in range(2))
    mine.carried = CarriedSession()
    return mine, theirs


def passed(mine: Any, theirs: Any, work: Any) -> None:
    """One question, what the app does meanwhile, and the answer."""
    before = told(mine)
    brought = bring(theirs, {FIELD: before})
    before = dict(before or {})
    work(theirs.carried)
    take(mine, before, answer(theirs, brought).get(FIELD))


def test_the_app_has_what_the_host_has_and_the_other_way_round(both: Any) -> None:
    """Read, written and removed."""
    mine, theirs = both
    mine.carried.update(user="Ada", gone=1)
    passed(mine, theirs, lambda here: here.pop("gone"))
    assert (theirs.carried["user"], dict(mine.carried)) == ("Ada", {"user": "Ada"})
    passed(mine, theirs, lambda here: here.update(noted=[1]))
    assert dict(mine.carried) == {"user": "Ada", "noted": [1]}
    mine.carried["user"] = "Bo"
    passed(mine, theirs, lambda here: None)
    assert theirs.carried == {"user": "Bo", "noted": [1]}


def test_who_asks_the_server_of_the_session_holds_no_event_up(both: Any) -> None:
    """Its answer comes on the thread that takes the event: they would wait for each other."""
    mine, theirs = both
    passed(mine, theirs, lambda here: None)
    held, asked = threading.Event(), threading.Event()

    def ask() -> None:
        with theirs.lock:
            held.set()
            asked.wait(60.0)

    with ThreadPoolExecutor(2) as executor:
        executor.submit(ask)
        assert held.wait(30.0)
        try:
            executor.submit(bring, theirs, {FIELD: told(mine)}).result(30.0)
        finally:
            asked.set()


def test_what_is_no_json_stays(both: Any) -> None:
    """In the server, and in the process."""
    mine, theirs = both
    mine.carried.update(thing=object(), user="Ada")
    passed(mine, theirs, lambda here: here.update(other=object(), fine=True))
    assert set(mine.carried) == {"thing", "user", "fine"}
    assert "thing" not in theirs.carried
    assert plain({"a": {1, 2}, "b": (1, 2)}) == {"b": [1, 2]}


def test_without_a_session_of_the_host_nothing_is_told(both: Any) -> None:
    """As in a server of its own."""
    mine, theirs = both
    mine.carried = None
    assert told(mine) is None
    assert bring(theirs, {FIELD: None}) is None
    assert answer(theirs, None) == {}
    take(mine, None, {"a": 1})
    assert theirs.carried is None
