"""What a page is told when its app fails, and what the log is."""

from __future__ import annotations

import json
from typing import Any

from quick_htag.guis.problems import new_reference, problem, sent_values

HTAG1 = {
    "id": 5,
    "method": "__on__",
    "args": ["typed in a call"],
    "kargs": {"a": ["in a list"]},
    "event": {"type": "keypress", "key": "typed key"},
}
HTAG2 = {
    "id": "7",
    "event": "change",
    "data": {"value": {"name": "typed in a form"}, "callback_id": "callback"},
}


class Reported(list[Any]):
    def __call__(self, *reported: Any) -> None:
        self.append(reported)


def error_of(text: str) -> Exception:
    """What a handler raises for a text."""
    try:
        raise ValueError(text)
    except ValueError as error:
        return error


def test_without_debug_there_is_a_reference_only() -> None:
    """The log has the same."""
    reported = Reported()
    told = problem(reported, "a handler failed", error_of("broken"), debug=False)
    assert list(told) == ["reference"]
    assert reported[0][0] == f"a handler failed (reference {told['reference']})"


def test_with_debug_the_page_is_told_everything() -> None:
    """What failed, where in the user's own code, the way there: all of it JSON."""
    told = problem(Reported(), "a handler failed", error_of("broken"), debug=True)
    assert (told["title"], told["error"]) == ("a handler failed", "ValueError: broken")
    assert "test_problems.py:" in told["place"]
    assert told["code"] == "raise ValueError(text)"
    assert json.loads(json.dumps(told))["parts"][-1] == ["", ["ValueError: broken"]]


def test_what_was_sent_is_not_told() -> None:
    """Neither the page, which may be filmed, nor the log."""
    reported = Reported()
    error = error_of("not a number: 'my secret'")
    told = problem(reported, "failed: 'my secret'", error, debug=True, hide=["my secret"])
    assert "secret" not in json.dumps(told)
    assert reported == [(reported[0][0], error, ["my secret"])]


def test_without_an_exception_there_is_the_text() -> None:
    """Of several lines the page is told the first: the rest may quote anything."""
    reported = Reported()
    told = problem(reported, "failed\nall the rest", None, debug=True)
    assert told == {"reference": told["reference"], "title": "failed"}
    assert "all the rest" in reported[0][0]


def test_references_differ() -> None:
    """Each is one failure."""
    assert len({new_reference() for _ in range(100)}) == 100


def test_what_was_typed_is_found_in_events_of_htag_1() -> None:
    """And not what kind of event it was."""
    values = ["typed in a call", "in a list", "typed key"]
    assert sorted(sent_values(HTAG1)) == sorted(values)


def test_what_was_typed_is_found_in_events_of_htag_2() -> None:
    """And not what kind of event it was."""
    assert sent_values(HTAG2) == ["typed in a form"]


def test_not_too_much_is_looked_for() -> None:
    """An event may be of any size."""
    assert len(sent_values({"data": [str(number) for number in range(10_000)]})) == 200
