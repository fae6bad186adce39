"""The live mapping of a session, and what of it is to be stored."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from datetime import date

import pytest

from quick_htag.errors import NotStorable
from quick_htag.stores.session import Session
from quick_htag.stores.session_data import SessionData

ROOM = 10_000


class _Keeper:
    """Keeps nothing; tells what was asked of it."""

    lock_timeout = 0.02
    shared = True

    def __init__(self) -> None:
        self.asked: list[str] = []

    def save(self, session: Session, permits: object = None) -> None:
        self.asked.append("save")

    def refresh(self, session: Session) -> bool:
        self.asked.append("refresh")
        return True

    def locked(self, session: Session) -> AbstractContextManager[None]:
        self.asked.append("locked")
        return nullcontext()


@pytest.fixture
def keeper() -> _Keeper:
    """A keeper to look into."""
    return _Keeper()


@pytest.fixture
def session(keeper: _Keeper) -> Session:
    """A session with something stored."""
    session = Session(keeper, "A" * 32, "12345678", "", 0.0)
    session.adopt({"name": '"Ada"', "list": "[1]"})
    return session


def test_nothing_has_changed(session: Session) -> None:
    """Then there is nothing to store."""
    assert session.data == {"name": "Ada", "list": [1]}
    assert session.changes(ROOM) == ({}, [], None)


def test_nested_changes_are_noticed(session: Session) -> None:
    """The mapping itself is not told of them."""
    session.data["list"].append({"deep": 1})
    assert session.changes(ROOM) == ({"list": '[1,{"deep":1}]'}, [], None)


def test_only_what_has_changed_is_stored(session: Session) -> None:
    """Others may have changed the rest."""
    session.data["new"] = None
    del session.data["name"]
    assert session.changes(ROOM) == ({"new": "null"}, ["name"], None)


def test_what_is_no_json_is_told_once(session: Session) -> None:
    """The place is named, the rest is stored, and the requests that follow are not troubled."""
    session.data.update(name=date(2020, 1, 1), good=1)
    session.data[7] = 1  # type: ignore[index]
    changed, removed, fault = session.changes(ROOM)
    assert (changed, removed) == ({"good": "1"}, [])
    assert str(fault).startswith("session['name'] is of type date")
    assert session.changes(ROOM) == (changed, removed, None)
    assert session.data["name"] == date(2020, 1, 1)
    session.data["name"] = date(2021, 1, 1)
    assert session.changes(ROOM)[2] is not None


def test_too_much_is_told_and_undone(session: Session) -> None:
    """The limit is for all of it together."""
    session.data.update(a="x" * 60, b="x" * 60)
    changed, _, fault = session.changes(100)
    assert isinstance(fault, NotStorable)
    assert "more than the 100 allowed" in str(fault)
    assert changed == {}
    assert session.data == {"name": "Ada", "list": [1]}


def test_others_are_merged(session: Session) -> None:
    """What they changed is taken over, what was changed here stays, object and all."""
    data = session.data
    session.data["name"] = "Bob"
    session.adopt({"name": '"Cleo"', "list": "[1,2]", "new": "3"})
    assert session.data is data == {"name": "Bob", "list": [1, 2], "new": 3}
    session.adopt({"name": '"Cleo"'})
    assert data == {"name": "Bob"}


def test_a_block_locks_loads_and_saves(session: Session, keeper: _Keeper) -> None:
    """Once, however many are nested, and an error changes nothing of it."""
    with session.data as outer, session.data as inner:
        assert inner is outer is session.data
    assert keeper.asked == ["locked", "refresh", "save"]
    keeper.asked.clear()
    with pytest.raises(ZeroDivisionError), session.data:
        _ = 1 // 0
    assert keeper.asked == ["locked", "refresh", "save"]


def test_a_draft_becomes_the_data(keeper: _Keeper, session: Session) -> None:
    """What was written before the session was issued is in it, in the same object."""
    draft = SessionData(lambda: pytest.fail("it has a session"))
    draft["a"] = 1
    session.take(draft)
    assert session.data is draft
    with draft:
        pass


def _stored(session: Session, key: str, value: object, text: str) -> None:
    """Make this all that is in a session, and its store knows it."""
    session.data.clear()
    session.data[key] = value
    session.adopt({key: text}, ["name", "list", key])
    assert session.changes(ROOM) == ({}, [], None)


def test_what_was_not_touched_is_not_stored(session: Session, keeper: _Keeper) -> None:
    """After it was stored once, a look at texts and numbers is enough."""
    _stored(session, "name", "Ada", '"Ada"')
    session.save()
    assert keeper.asked == []


@pytest.mark.parametrize(
    ("old", "text", "new"),
    [(1, "1", True), (1, "1", 1.0), (True, "true", 1), ("a", '"a"', "b"), (None, "null", 0)],
)
def test_what_was_replaced_is_noticed(
    session: Session, keeper: _Keeper, old: object, text: str, new: object
) -> None:
    """By a value that compares equal, too."""
    _stored(session, "n", old, text)
    session.data["n"] = new
    session.save()
    assert keeper.asked == ["save"]


def test_what_can_change_by_itself_is_looked_into(session: Session, keeper: _Keeper) -> None:
    """A list is the same object after something was added to it."""
    _stored(session, "list", [1], "[1]")
    session.data["list"].append(2)
    session.save()
    assert keeper.asked == ["save"]


def test_another_key_is_noticed(session: Session, keeper: _Keeper) -> None:
    """As many keys as before, but others, with the same value."""
    _stored(session, "a", None, "null")
    session.data["b"] = session.data.pop("a")
    session.save()
    assert keeper.asked == ["save"]
