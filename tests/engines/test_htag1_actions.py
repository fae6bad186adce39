"""Actions of htag 1 as text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from quick_htag.engines.htag1_actions import written


@pytest.mark.parametrize(
    "actions",
    [
        {},
        {"update": {140737: '<p id="1">a "b"\n\\ é \u2028 \U0001f600 </p>'}},
        {"update": {1: "a", 2: "b"}, "post": "f();\ng('é')", "stream": {3: ""}},
        {"update": {"0": "<body></body>", 'a"b': "c"}, "post": ""},
        {"update": {}, "err": "no"},
    ],
)
def test_the_text_is_that_of_json(actions: dict[str, Any]) -> None:
    """Byte by byte, whatever is shown."""
    assert written(actions) == json.dumps(actions)


@pytest.mark.parametrize(
    "actions",
    [{"next": None}, {"update": {1: 2.5}}, {"update": {True: "a"}}, {"a": [1, {"b": []}]}],
)
def test_what_an_app_has_made_is_written_as_well(actions: dict[str, Any]) -> None:
    """Things that htag never sends."""
    assert written(actions) == json.dumps(actions)


def test_what_is_no_json_is_refused() -> None:
    """As by ``json``."""
    with pytest.raises(TypeError, match="not JSON serializable"):
        written({"update": {1: object()}})
