"""Messages of htag 2 pages, as values."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.engines.htag2_message import read_event

GOOD: dict[str, Any] = {"id": "button-1", "event": "click", "data": {"callback_id": "x"}}


def test_an_event_is_read() -> None:
    """Every part of a well-formed event is there, and nothing else."""
    assert read_event({**GOOD, "fallback": True, "action": "other"}) == GOOD


def test_data_may_be_missing() -> None:
    """An event without data has empty data."""
    assert read_event({"id": "a", "event": "b"})["data"] == {}


@pytest.mark.parametrize("value", ["text", 1, 1.5, True, None, {"name": "Jim", "file": {}}])
def test_a_form_value_is_taken(value: Any) -> None:
    """Values of form elements and of whole forms, files included, are taken."""
    assert read_event({**GOOD, "data": {"value": value}})["data"]["value"] == value


@pytest.mark.parametrize(
    "part",
    [
        {"id": 1},
        {"id": None},
        {"event": None},
        {"event": ["click"]},
        {"data": "text"},
        {"data": [1]},
        {"data": {"value": [1]}},
        {"data": {"value": {"a": [1]}}},
        {"data": {"value": {"a": {"b": 1}}}},
        {"data": {"callback_id": 5}},
    ],
)
def test_a_wrong_type_is_refused(part: dict[str, Any]) -> None:
    """A part of another type raises, with the reason."""
    with pytest.raises(ValueError, match=r"(id|event|data|value|callback_id) is "):
        read_event({**GOOD, **part})


@pytest.mark.parametrize("key", ["target", "__class__", "_private"])
def test_a_key_that_overwrites_the_event_is_dropped(key: str) -> None:
    """Keys that would replace parts of htag's Event are left out, custom ones kept."""
    assert read_event({**GOOD, "data": {key: 1, "hash": "#/a"}})["data"] == {"hash": "#/a"}
