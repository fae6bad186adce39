"""Notices and questions as the test client has them."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.testing.helpers import Notice, PageHelpers, Question

ASK = {"kind": "prompt", "text": "?", "title": "", "yes": "a", "no": "b", "value": "v"}


@pytest.fixture
def sent() -> list[Any]:
    """What the server is told."""
    return []


@pytest.fixture
def helpers(sent: list[Any]) -> PageHelpers:
    """Those of a page."""
    return PageHelpers(sent.append)


def test_what_is_shown_is_kept(helpers: PageHelpers) -> None:
    """Messages for other pages are not."""
    helpers.take(None)
    helpers.take({"notice": {"text": "x", "level": "info", "seconds": None}})
    helpers.take({"ask": {**ASK, "id": 1}})
    assert helpers.notices == [Notice("x", "info")]
    assert helpers.questions == [Question(1, "prompt", "?", "", ("a", "b"), "v")]


def test_questions_are_shown_once(helpers: PageHelpers, sent: list[Any]) -> None:
    """One that comes again, or was taken away before it came, is not there."""
    helpers.take({"ask": {**ASK, "id": 1}})
    helpers.answer("text")
    helpers.take({"ask": {**ASK, "id": 1}})
    helpers.take({"over": 2})
    helpers.take({"ask": {**ASK, "id": 2}})
    assert (helpers.questions, sent) == ([], [{"answer": [1, "text"]}])
    with pytest.raises(AssertionError, match="nothing is asked"):
        helpers.answer(True)


def test_answers_may_be_prepared(helpers: PageHelpers, sent: list[Any]) -> None:
    """In order, for handlers that wait."""
    helpers.answers += ["one", None]
    for number in (1, 2, 3):
        helpers.take({"ask": {**ASK, "id": number}})
    assert sent == [{"answer": [1, "one"]}, {"answer": [2, None]}]
    assert [one.id for one in helpers.questions] == [3]
