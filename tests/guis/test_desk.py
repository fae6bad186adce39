"""What an instance does for helpers, told by who calls it."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from quick_htag.guis.desk import Desk


class Pages:
    """Of an instance: their ids, and which is connected."""

    def __init__(self) -> None:
        self.connected = {"a"}

    def addressee(self, page: str | None) -> str | None:
        """The page itself, or another one when it has gone."""
        page = page or "a"
        return page if page in self.connected else next(iter(self.connected), page)

    def is_connected(self, page: str | None) -> bool:
        """Whether it is."""
        return page in self.connected


class World:
    """A desk, and what it has sent; timers run when told."""

    def __init__(self) -> None:
        self.sent: list[tuple[Any, dict[str, Any]]] = []
        self.timers: list[Callable[[], object]] = []
        self.pages: Any = Pages()
        self.asker: str | None = None
        services: Any = SimpleNamespace(jobs=lambda: None, topics=lambda: None, timer=self)
        self.desk = Desk(
            services,
            self.pages,
            None,
            self._send,
            lambda *_: True,
            lambda: self.asker,  # type: ignore[arg-type]
        )

    def _send(self, text: str, own: Any) -> bool:
        self.sent.append((json.loads(text), {page: json.loads(one) for page, one in own.items()}))
        return True

    def call_later(self, seconds: float, callback: Callable[[], object]) -> Callable[[], object]:
        """Of a timer."""
        self.timers.append(callback)
        return lambda: None


def test_a_page_is_told_or_all() -> None:
    """The one whose event is handled; the others get a message for nobody."""
    world = World()
    world.desk.tell({"x": 1})
    world.asker = "b"
    world.pages.connected = {"a", "b"}
    world.desk.tell({"x": 2})
    assert world.sent == [
        ({"helper": {"x": 1}}, {}),
        ({"helper": None}, {"b": {"helper": {"x": 2}}}),
    ]


def test_a_question_goes_to_the_next_page_when_its_own_has_gone() -> None:
    """One that is there keeps it."""
    world = World()
    question = world.desk.ask({"kind": "confirm"}, 60.0)
    world.sent.clear()
    world.desk.connected("b")
    assert world.sent == []
    world.pages.connected = {"b"}
    world.desk.connected("b")
    assert list(world.sent[0][1]) == ["b"]
    assert question.page == "b"


def test_a_question_goes_to_the_page_that_came_before_its_own_had_gone() -> None:
    """A browser may connect what it has loaded again before it ends the old connection."""
    world = World()
    question = world.desk.ask({"kind": "confirm"}, 60.0)
    world.sent.clear()
    world.desk.connected("b")
    world.pages.connected = {"b"}
    world.desk.disconnected("a")
    world.desk.disconnected("a")
    assert [list(own) for _, own in world.sent] == [["b"]]
    assert question.page == "b"


def test_a_question_waits_while_no_page_has_come() -> None:
    """The next that connects has it."""
    world = World()
    question = world.desk.ask({"kind": "confirm"}, 60.0)
    world.sent.clear()
    world.pages.connected = set()
    world.desk.disconnected("a")
    assert (world.sent, question.page) == ([], "a")
    world.desk.connected("b")
    assert (len(world.sent), question.page) == (1, "b")


def test_an_answer_takes_a_question_away_from_other_pages() -> None:
    """One that was away for a moment may still show it."""
    world = World()
    question = world.desk.ask({}, 60.0)
    world.pages.connected = {"b"}
    world.desk.connected("b")
    world.sent.clear()
    world.desk.received("b", {"answer": [question.id, True]})
    assert world.sent == [({"helper": None}, {"a": {"helper": {"over": question.id}}})]


def test_a_question_in_time() -> None:
    """When the time is up it is taken away; an answer that comes then is none."""
    world = World()
    question = world.desk.ask({}, 60.0)
    world.timers[0]()
    assert question.answer.cancelled()
    assert world.sent[-1][1] == {"a": {"helper": {"over": question.id}}}
    world.desk.received("a", {"answer": [question.id, True]})


def test_the_end_cancels_and_calls() -> None:
    """What is asked or begun after it is over at once."""
    world = World()
    called: list[str] = []
    question = world.desk.ask({}, 60.0)
    world.desk.at_end(lambda: called.append("first"))
    world.desk.at_end(lambda: called.append("undone"))()
    world.desk.end()
    world.desk.end()
    assert (question.answer.cancelled(), called) == (True, ["first"])
    assert world.desk.ask({}, 60.0).answer.cancelled()
    world.desk.at_end(lambda: called.append("late"))
    assert called == ["first", "late"]


def test_fields_are_told_of_uploads() -> None:
    """By their names; a message of another form is passed over."""
    world = World()
    told: list[Any] = []

    class Field:
        def begun(self, *values: str) -> None:
            told.append(values)

    field = Field()
    world.desk.fields["key"] = field
    for values in (["key", "name", "file.txt"], ["other", "", ""], ["key", 1, ""], ["key"]):
        world.desk.received("a", {"upload": values})
    assert told == [("name", "file.txt", "a")]
