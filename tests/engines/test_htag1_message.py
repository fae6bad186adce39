"""Messages of htag 1 pages, as values."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.engines.htag1_message import MAX_LENGTH, MAX_NAMES, read_call

GOOD: dict[str, Any] = {"id": 7, "method": "save", "args": [1], "kargs": {"a": 2}, "event": {}}


def test_a_call_is_read() -> None:
    """Every part of a well-formed call is there."""
    call = read_call({**GOOD, "event": {"clientX": 3}})
    assert (call.tag_id, call.method, call.args) == (7, "save", [1])
    assert (call.kargs, call.event) == ({"a": 2}, {"clientX": 3})


def test_missing_parts_are_empty() -> None:
    """Arguments and event may be null or absent."""
    call = read_call({"id": 7, "method": "save", "args": None, "kargs": None})
    assert (call.args, call.kargs, call.event, call.callback) == ([], {}, {}, None)


@pytest.mark.parametrize(
    "part",
    [
        {"id": True},
        {"id": "7"},
        {"id": None},
        {"id": 7.0},
        {"method": None},
        {"method": 1},
        {"args": "ab"},
        {"args": {"a": 1}},
        {"kargs": [1]},
        {"kargs": {"not ok": 1}},
        {"event": "click"},
        {"event": []},
        {"event": {f"k{i}": 0 for i in range(MAX_NAMES + 1)}},
        {"event": {"k" * (MAX_LENGTH + 1): 0}},
    ],
)
def test_a_wrong_type_is_refused(part: dict[str, Any]) -> None:
    """A part of another type raises, with the reason."""
    with pytest.raises(ValueError, match=r"(id|method|args|kargs|event) "):
        read_call({**GOOD, **part})


@pytest.mark.parametrize("key", ["target", "_private", "class", "a b", "0x", "", "ﬁeld"])
def test_an_event_key_htag_cannot_take_is_dropped(key: str) -> None:
    """Keys that would break or overwrite htag's event tuple are left out, the others kept."""
    assert read_call({**GOOD, "event": {key: 1, "x": 2}}).event == {"x": 2}
