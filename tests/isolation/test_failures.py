"""What a process has refused."""

from __future__ import annotations

import pytest

from quick_htag.errors import AppFailed, HTTPError, NoCapacity
from quick_htag.isolation.failures import raised
from quick_htag.isolation.link import Refused


@pytest.mark.parametrize(
    ("value", "kind", "name", "expected"),
    [
        ({"kind": "full", "text": "t", "retry": 3}, NoCapacity, "retry_after", 3),
        ({"kind": "http", "text": "t", "status": 503}, HTTPError, "status", 503),
        ({"kind": "failed", "text": "t", "trace": "x"}, AppFailed, "trace", "x"),
        ({}, AppFailed, "trace", ""),
    ],
)
def test_it_is_raised_as_here(value: dict, kind: type, name: str, expected: object) -> None:
    """By the class that handlers know, with its values."""
    error = raised(Refused(value))
    assert type(error) is kind
    assert getattr(error, name) == expected
