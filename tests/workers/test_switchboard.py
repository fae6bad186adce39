"""What workers say to their supervisor and to each other."""

from __future__ import annotations

import types
from typing import Any

import pytest

from quick_htag.workers.kept_sockets import KeptSockets
from quick_htag.workers.places import Places
from quick_htag.workers.questions import Questions
from quick_htag.workers.switchboard import Switchboard


class Child:
    """A worker that says what it was given, and notes what it is told."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.hears = self.serves = True
        self.trouble = ""
        self.told: list[dict[str, Any]] = []
        self.takes = True
        self.mailbox = types.SimpleNamespace(read=lambda: ([], [self.words.pop(0)]))
        self.words: list[dict[str, Any]] = []

    def say(self, what: dict[str, Any]) -> bool:
        self.told.append(what)
        return self.takes


@pytest.fixture
def board(clock):
    """Two workers, what they have asked of the supervisor, and what the log was told."""
    places, asked, said = Places(2, clock), [], []
    for slot in places.slots:
        slot.current = Child(slot.index)
    board = Switchboard(
        places,
        Questions(clock),
        KeptSockets(),
        {"quit": lambda child, what: asked.append((child.index, what))},
        lambda child, text: said.append((child.index, text)),
    )
    return types.SimpleNamespace(
        hear=board.hear, children=[slot.current for slot in places.slots], asked=asked, said=said
    )


def _hears(board, index, what):
    child = board.children[index]
    child.words.append(what)
    board.hear(child)


def test_what_is_for_the_supervisor_comes_to_it(board):
    """By the name of the message."""
    _hears(board, 1, {"quit": True})
    assert board.asked == [(2, {"quit": True})]


def test_what_no_version_knows_is_left_out(board):
    """A worker with newer code may say it during a restart."""
    _hears(board, 0, {"dance": True})
    assert not board.asked


def test_a_question_to_all_is_answered_by_all(board):
    """And the answers come back to who has asked."""
    _hears(board, 0, {"ask": 7, "what": "rows", "args": ["jobs"]})
    number = board.children[1].told[0]["ask"]
    _hears(board, 0, {"answer": number, "value": "a"})
    _hears(board, 1, {"answer": number, "value": "b"})
    assert board.children[0].told[-1] == {"answered": 7, "values": [(1, "a"), (2, "b")]}


def test_answers_that_are_too_long_together_are_none(board):
    """Each was short enough; who has asked goes on."""
    _hears(board, 0, {"ask": 7, "what": "rows", "args": []})

    def narrow(what):
        if what["values"]:
            raise ValueError("a message between workers has at most 1 byte")
        board.children[0].told.append(what)

    board.children[0].say = narrow
    for index in (0, 1):
        _hears(board, index, {"answer": 1, "value": "x"})
    assert board.children[0].told[-1] == {"answered": 7, "values": []}


def test_a_topic_that_is_lost_is_told_once(board):
    """However many more are, until that worker reads again."""
    for takes in (False, False, True, False):
        board.children[1].takes = takes
        _hears(board, 0, {"publish": "news", "text": ""})
    assert board.said == [(2, "reads nothing: topics are lost")] * 2
    assert len(board.children[0].told) == 4
