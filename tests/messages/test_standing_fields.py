"""Header fields that every answer has unless it says otherwise itself."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.errors import ConfigurationError
from quick_htag.messages.response import ForeignResponse, HTTPResponse
from quick_htag.messages.standing_fields import NONE, SECURE, StandingFields


def test_what_is_missing_is_told() -> None:
    """A field of the answer itself counts, however it is spelled."""
    fields = StandingFields({"A": "1", "B": "2"})
    assert fields.missing(HTTPResponse(200, [("a", "mine"), ("C", "3")])) == [("B", "2")]
    assert fields.missing(HTTPResponse()) == [("A", "1"), ("B", "2")]


def test_answers_of_others_are_left_alone() -> None:
    """Of another server, and those that only begin something else."""
    fields = StandingFields({"A": "1"})
    assert fields.missing(ForeignResponse()) == fields.missing(HTTPResponse(101)) == []


def test_none_takes_a_field_away() -> None:
    """So that one of the usual fields can be left out."""
    assert dict(StandingFields({**SECURE, "referrer-policy": None, "Referrer-Policy": None})) == {
        "X-Content-Type-Options": "nosniff"
    }


def test_it_is_a_mapping() -> None:
    """It is compared by what it says."""
    fields = StandingFields({"A": "1"})
    assert fields == {"A": "1"} == dict(fields)
    assert fields["A"] == "1"
    assert repr(fields) == "{'A': '1'}"
    assert not NONE


@pytest.mark.parametrize(
    "fields",
    [
        {"Set-Cookie": "a=b"},
        {"content-length": "5"},
        {"A": "line\r\nB: injected"},
        {"A\r\nB": "1"},
        {"A": 1},
        {"A": "1", "a": "2"},
        {1: "A"},
        "A: 1",
    ],
)
def test_what_cannot_stand_on_every_answer_is_refused(fields: Any) -> None:
    """When it is set, and not with each answer."""
    with pytest.raises(ConfigurationError):
        StandingFields(fields)
