"""What an app shows is a part of the session, and comes back in another instance."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from quick_htag import Settings, SQLiteStore
from quick_htag.guis import GuiOptions
from quick_htag.guis.kept_states import KeptStates, forget_states
from quick_htag.stores.sessions import Sessions

KEY = "quick_htag:states:/"


class _Session:
    """The data of a session."""

    def __init__(self, **data: Any) -> None:
        self.data = data
        self.texts: dict[str, str] = {}


@pytest.fixture
def keeping(world: Any) -> Any:
    """A world whose app is kept."""
    world.mount.options = GuiOptions(persist=True)
    return world


def _states(session: Any) -> tuple[KeptStates, list[str]]:
    reports: list[str] = []
    return KeptStates(session, "", 100, lambda text, error: reports.append(text)), reports


def _add(visitor: Any, click: Any, number: int = 1) -> None:
    visitor.receiver.received(click(number))
    visitor.channel.wait(lambda channel: {"done": number} in channel.sent)


def test_nothing_is_written_without_a_change() -> None:
    """The object in the session stays the same."""
    session: Any = _Session()
    states, _ = _states(session)
    states.follow(lambda: {"a": {"b": ("number", 1)}})
    states.note()
    noted = session.data[KEY]
    states.note()
    assert session.data[KEY] is noted
    assert noted == {"a": {"b": ["number", 1]}}


def test_the_last_instance_has_the_say() -> None:
    """One that another has taken over from writes nothing, not even at its end."""
    session: Any = _Session()
    first, _ = _states(session)
    shown = {"a": {"b": ("number", 1)}}
    first.follow(lambda: shown)
    first.note()
    second, _ = _states(session)
    second.follow(lambda: {"a": {"b": ("number", 2)}})
    second.note()
    assert (first.is_current(), second.is_current()) == (False, True)
    shown["a"]["b"] = ("number", 3)
    first.note()
    first.end(forget=False)
    assert session.data[KEY] == {"a": {"b": ["number", 2]}}
    second.end(forget=True)
    assert session.data == {}


def _shown(values: dict[str, Any]) -> Any:
    return lambda: {"a": {"n": ("number", values["n"])}}


def _build(sessions: Sessions, name: str) -> tuple[Any, KeptStates, dict[str, Any]]:
    """The session in one process, and an instance that has read what is kept of it."""
    session = sessions.get(name)
    assert session is not None
    states, _ = _states(session)
    values = states.try_with(lambda kept: {"n": kept.get("a", {"n": (0, 0)})["n"][1]})
    states.follow(_shown(values))
    return session, states, values


def _set(built: tuple[Any, KeptStates, dict[str, Any]], number: int) -> None:
    session, states, values = built
    values["n"] = number
    states.note()
    session.save(states.permits)


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[list[Sessions]]:
    """Those of two servers that share a store."""
    stores = [SQLiteStore(tmp_path / "shared.db") for _ in range(2)]
    yield [Sessions(Settings(), store=store) for store in stores]
    for store in stores:
        store.close()


def test_whoever_is_late_overwrites_nothing(processes: list[Sessions]) -> None:
    """Between its look at the store and its write another server may go on with the app."""
    name = processes[0].issue("").id
    late = _build(processes[0], name)
    _set(late, 1)
    _set(_build(processes[1], name), 2)
    _set(late, 3)
    assert (late[1].is_current(), late[0].data[KEY]) == (False, {"a": {"n": ["number", 2]}})


def test_what_was_built_from_less_does_not_take_over(processes: list[Sessions]) -> None:
    """The other instance went on while this one was being built: it has to be built again."""
    name = processes[0].issue("").id
    first = _build(processes[0], name)
    _set(first, 1)
    second = _build(processes[1], name)
    _set(first, 2)
    _set(second, 1)
    assert (first[1].is_current(), second[1].is_current()) == (True, False)
    again = _build(processes[1], name)
    assert again[2] == {"n": 2}
    _set(again, 3)
    processes[0].get(name)
    assert (first[1].is_current(), again[1].is_current()) == (False, True)


def test_one_and_true_are_two_values() -> None:
    """Though Python takes them as equal."""
    session: Any = _Session()
    states, _ = _states(session)
    for value in (1, True):
        states.follow(lambda value=value: {"a": {"b": ("int", value)}})  # type: ignore[misc]
        states.note()
    assert session.data[KEY]["a"]["b"][1] is True


def test_an_app_without_states_leaves_no_trace() -> None:
    """As every app of htag 1."""
    session: Any = _Session()
    states, _ = _states(session)
    states.follow(dict)
    states.note()
    assert session.data == {}


@pytest.mark.parametrize(
    ("value", "fault"), [({1}, "form.b is of type set"), ("x" * 99, "form.b takes 101 bytes")]
)
def test_what_cannot_be_kept_is_named_once(value: Any, fault: str) -> None:
    """With its place; the other values are kept, and so is this one when it can be."""
    session: Any = _Session()
    states, reports = _states(session)
    form: dict[str, Any] = {"a": ("number", 1), "b": ("set", value)}
    states.follow(lambda: {"form": form})
    for form["a"] in (("number", 1), ("number", 2)):
        states.note()
    assert session.data[KEY] == {"form": {"a": ["number", 2]}}
    assert [report.startswith(f"its state is not kept: {fault}") for report in reports] == [True]
    form["b"] = "set", None
    states.note()
    assert session.data[KEY]["form"]["b"] == ["set", None]


@pytest.mark.parametrize(
    ("error", "report", "tries"),
    [
        (RuntimeError("changed"), "its state was changed by other threads all the time", 10),
        (KeyError("dump"), "its state could not be written down", 1),
    ],
)
def test_an_app_that_cannot_tell_its_state_goes_on(
    error: Exception, report: str, tries: int
) -> None:
    """What was noted before stays."""
    session: Any = _Session(**{KEY: 1})
    states, reports = _states(session)
    asked = []

    def source() -> Any:
        asked.append(1)
        raise error

    states.follow(source)
    states.note()
    assert (reports, len(asked), session.data) == ([report], tries, {KEY: 1})


@pytest.mark.parametrize("odd", [5, {"a": 1}, {"a": {"b": 1}}, {"a": {"b": [1, 2]}}])
def test_what_a_route_has_overwritten_is_left_alone(odd: Any) -> None:
    """It is told, and the app begins anew."""
    states, reports = _states(_Session(**{KEY: odd}))
    assert states.try_with(dict) == {}
    assert reports == ["what it had kept was overwritten, so it has begun anew"]


def test_each_path_has_its_own() -> None:
    """Forgetting one leaves the other."""
    session: Any = _Session(**{KEY: 1, "quick_htag:states:/a": 2})
    forget_states(session, "/a")
    assert session.data == {KEY: 1}


def test_after_its_end_an_app_changes_nothing() -> None:
    """Another one may be there already."""
    session: Any = _Session()
    states, _ = _states(session)
    value = [1]
    states.follow(lambda: {"a": {"b": ("list", value)}})
    states.end(forget=False)
    value.append(2)
    states.note()
    assert session.data[KEY] == {"a": {"b": ["list", [1]]}}


def test_an_event_that_changes_nothing_writes_nothing(keeping: Any, click: Any) -> None:
    """The store is left alone; one that changes something is one write."""
    visitor = keeping.visit()
    versions = [visitor.session.version]
    for number, do in ((1, "fail"), (2, "add")):
        visitor.receiver.received(click(number, do))
        visitor.channel.wait(lambda channel, number=number: {"done": number} in channel.sent)
        versions.append(visitor.session.version - versions[0])
    assert versions[1:] == [0, 1]


def test_an_idle_app_comes_back(keeping: Any, click: Any) -> None:
    """With its value; nothing of another visitor."""
    visitor, other = keeping.visit(), keeping.visit()
    _add(visitor, click)
    for instance in keeping.host._table.live():
        instance.end(4001, "idle")
    for session, value in ((visitor.session, 1), (other.session, 0)):
        keeping.open(session)
        assert keeping.engine.built[-1].value == value


def test_it_is_stored_before_the_page_shows_it(keeping: Any, click: Any) -> None:
    """So that a crash takes nothing back."""
    visitor = keeping.visit()
    stored = []
    send = visitor.channel.send

    def noting(text: str) -> None:
        if "value" in text:
            stored.append(visitor.session.texts[KEY])
        send(text)

    visitor.channel.send = noting
    _add(visitor, click)
    assert stored == ['{"all":{"value":["number",1]}}']


def test_what_another_server_has_overtaken_is_not_done(keeping: Any, click: Any) -> None:
    """The handler ends too late to count: its page is sent away without hearing of the event."""
    visitor = keeping.visit()
    _add(visitor, click)
    visitor.receiver.received(click(2, "block"))
    assert visitor.app.blocking.wait(10)
    visitor.session.data["quick_htag:keeper:/"] = "another"
    visitor.app.release.set()
    visitor.channel.wait(lambda channel: channel.closed is not None)
    assert visitor.channel.closed == (4001, "the app goes on in another place")
    assert {"done": 2} not in visitor.channel.sent


def test_what_was_changed_without_a_push_is_kept_at_the_end(keeping: Any) -> None:
    """A task may have counted on."""
    visitor = keeping.visit()
    visitor.app.value = 8
    keeping.host._table.live()[0].end(4001, "idle")
    visitor.app.closed.wait(30)
    assert visitor.session.texts[KEY] == '{"all":{"value":["number",8]}}'


@pytest.mark.parametrize("way", ["leave", "reset", "reset later"])
def test_who_leaves_or_starts_anew_begins_at_zero(keeping: Any, click: Any, way: str) -> None:
    """Also when the instance was gone before."""
    visitor = keeping.visit()
    _add(visitor, click)
    if way == "leave":
        visitor.app.context.leave()
    elif way == "reset later":
        keeping.host._table.live()[0].end(4001, "idle")
    if way != "leave":
        keeping.host.reset(keeping.mount, visitor.session)
    keeping.open(visitor.session)
    assert keeping.engine.built[-1].value == 0


def test_an_app_that_fails_with_its_state_begins_anew(keeping: Any) -> None:
    """The visitor gets a page, the developer a report."""
    session = keeping.session()
    session.data[KEY] = {"odd": {}}
    keeping.open(session)
    assert keeping.engine.built[-1].kept == {}
    assert keeping.errors[0][0].endswith("it failed with the state it had kept, and has begun anew")


def test_an_app_that_fails_anyway_loses_no_state(keeping: Any) -> None:
    """The database may be away."""
    session = keeping.session()
    session.data[KEY] = {"all": {"value": ["number", 3]}}
    with pytest.raises(Exception, match="the constructor failed"):
        keeping.open(session, "fail")
    keeping.open(session)
    assert keeping.engine.built[-1].value == 3


def test_a_session_that_ends_takes_it_along(keeping: Any, click: Any) -> None:
    """Nothing is left in the store."""
    visitor = keeping.visit()
    _add(visitor, click)
    keeping.sessions.remove(visitor.session)
    visitor.app.closed.wait(30)
    assert keeping.sessions.records.store.keys() == []
