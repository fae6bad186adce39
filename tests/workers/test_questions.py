"""Questions to several workers."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.workers.questions import Questions


class Child:
    """A worker that notes what it is asked."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.said: list[dict[str, Any]] = []

    def say(self, what: dict[str, Any]) -> bool:
        self.said.append(what)
        return True


@pytest.fixture
def children() -> list[Any]:
    """Two workers."""
    return [Child(1), Child(2)]


@pytest.fixture
def found() -> list[Any]:
    """What was answered."""
    return []


def test_all_answers_come_together(children, found, clock):
    """In the order of the workers, whoever was first."""
    questions = Questions(clock)
    questions.ask(children, "rows", ["jobs"], 5.0, found.append)
    assert children[0].said == [{"ask": 1, "what": "rows", "args": ["jobs"]}]
    questions.answer(children[1], 1, "b")
    assert not found
    questions.answer(children[0], 1, "a")
    assert found == [[(1, "a"), (2, "b")]]


def test_who_dies_is_left_out(children, found, clock):
    """The answers of the others are told at once."""
    questions = Questions(clock)
    questions.ask(children, "rows", [], None, found.append)
    questions.answer(children[0], 1, "a")
    questions.gone(children[1])
    assert found == [[(1, "a")]]


def test_who_takes_too_long_is_left_out(children, found, clock):
    """And what comes then is dropped."""
    questions = Questions(clock)
    questions.ask(children, "rows", [], 5.0, found.append)
    questions.answer(children[0], 1, "a")
    assert questions.next_deadline() == clock() + 5.0
    clock.advance(5.0)
    questions.expire()
    questions.answer(children[1], 1, "late")
    assert found == [[(1, "a")]]


def test_nobody_to_ask_is_an_answer(found, clock):
    """Nobody waits for it."""
    Questions(clock).ask([], "rows", [], 5.0, found.append)
    assert found == [[]]


def test_a_question_that_is_too_long_has_no_answers(found, clock):
    """Whoever types it at the prompt must not end the supervisor, and with it all workers."""

    class Narrow(Child):
        def say(self, what):
            raise ValueError("a message between workers has at most 1 byte")

    Questions(clock).ask([Narrow(1)], "run", ["x"], None, found.append)
    assert found == [[]]
