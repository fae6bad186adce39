"""The table of live sessions; test_sessions has what requests see of it."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.settings import Settings
from quick_htag.stores.session import Session
from quick_htag.stores.session_table import SessionTable


@pytest.fixture
def table(clock: Any) -> SessionTable:
    """Room for two, ten seconds each."""
    return SessionTable(Settings(max_sessions=2, session_timeout=10.0), clock)


def _session(name: str, clock: Any, short_id: str = "") -> Session:
    keeper: Any = None
    return Session(keeper, name, short_id, "", clock())


def test_of_two_with_one_id_the_first_counts(table: SessionTable, clock: Any) -> None:
    """Two threads may load the same session at once."""
    first, second = _session("a", clock), _session("a", clock)
    assert table.add(first) == (first, None)
    assert table.add(second) == (first, None)
    assert not table.remove(second)


def test_short_ids_are_different(table: SessionTable, clock: Any) -> None:
    """One of another process may be taken here."""
    first, second = (_session(name, clock, "12345678") for name in "ab")
    table.add(first)
    table.add(second)
    assert first.short_id == "12345678" != second.short_id


def test_another_id(table: SessionTable, clock: Any) -> None:
    """The old one finds nothing; a session that is gone is not brought back."""
    session = _session("old", clock)
    table.add(session)
    session.id = "new"
    table.rename(session, "old")
    assert (table.find("old")[0], table.find("new")[0]) == (None, session)
    table.remove(session)
    table.rename(session, "old")
    assert len(table) == 0


def test_who_is_gone_is_not_noted(table: SessionTable, clock: Any) -> None:
    """Neither by use nor by GUIs."""
    session = _session("a", clock)
    table.add(session)
    assert (table.touch(session), table.pin(session), table.unpin(session)) == (True, True, True)
    table.remove(session)
    assert (table.touch(session), table.pin(session), table.pin(session)) == (False, False, False)
    assert session.pins == 0


def test_expired_ones_are_found_and_taken_out(table: SessionTable, clock: Any) -> None:
    """Those with a live GUI never are."""
    pinned, unused = _session("a", clock), _session("b", clock)
    table.add(pinned)
    table.add(unused)
    table.pin(pinned)
    clock.advance(10.1)
    assert (table.find("a")[1], table.find("b")[1]) == (False, True)
    assert table.expire() == [unused]


def _from(address: str, name: str, clock: Any) -> Session:
    keeper: Any = None
    return Session(keeper, name, "", address, clock())


@pytest.fixture
def wide(clock: Any) -> SessionTable:
    """Room for twenty."""
    return SessionTable(Settings(max_sessions=20), clock)


def _names(table: SessionTable) -> list[str]:
    return [session.id for session in table.snapshot()]


def test_an_address_with_very_many_makes_room_first(wide: SessionTable, clock: Any) -> None:
    """A flood of new sessions does not end those of other visitors."""
    others = [f"other{number}" for number in range(10)]
    for number, name in enumerate(others):
        wide.add(_from(f"192.0.2.{number}", name, clock))
    for number in range(100):
        wide.add(_from("198.51.100.1", f"flood{number}", clock))
    assert [name for name in _names(wide) if name in others] == others
    assert _names(wide)[10] == "flood90"
    assert wide.add(_from("192.0.2.50", "new", clock))[1].id == "flood90"  # type: ignore[union-attr]


def test_where_nobody_crowds_the_longest_unused_makes_room(wide: SessionTable, clock: Any) -> None:
    """As many addresses as sessions, or some whose address is not known."""
    for number in range(20):
        wide.add(_from("" if number % 2 else f"192.0.2.{number}", str(number), clock))
    _, gone = wide.add(_from("192.0.2.50", "new", clock))
    assert gone is not None
    assert gone.id == "0"


def test_a_crowd_with_live_apps_stays(wide: SessionTable, clock: Any) -> None:
    """Sessions in use never make room; then the longest unused of all does."""
    for number in range(20):
        session = _from("192.0.2.1" if number < 10 else f"192.0.2.{number}", str(number), clock)
        wide.add(session)
        if number < 10:
            wide.pin(session)
    _, gone = wide.add(_from("192.0.2.50", "new", clock))
    assert gone is not None
    assert gone.id == "10"


def test_addresses_are_counted_down(wide: SessionTable, clock: Any) -> None:
    """Who has left does not count."""
    made = [_from("192.0.2.1", str(number), clock) for number in range(20)]
    for session in made:
        wide.add(session)
    for session in made:
        wide.remove(session)
    assert not wide._networks


def test_a_use_is_noted_where_the_session_is_found(table: SessionTable, clock: Any) -> None:
    """It lives on from then, and is the last to make room."""
    first, second = _session("a", clock), _session("b", clock)
    table.add(first)
    table.add(second)
    now = clock() + 9.0
    assert table.use("a", now) is first
    assert (first.last_used, table.snapshot()) == (now, [second, first])


def test_what_has_expired_is_not_used(table: SessionTable, clock: Any) -> None:
    """Unless a GUI holds it."""
    session = _session("a", clock)
    table.add(session)
    later = clock() + 10.1
    assert table.use("a", later) is None
    table.pin(session)
    assert table.use("a", later) is session
    assert table.use("b", later) is None
