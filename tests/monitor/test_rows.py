"""Rows and their cells."""

from __future__ import annotations

import pytest

from quick_htag.monitor.rows import JobRow, SessionRow, TokenRow, cell, kinds, shortened


@pytest.mark.parametrize("row_type", [JobRow, SessionRow, TokenRow])
def test_every_column_has_a_kind(row_type):
    """What is no kind that is known could not be shown or compared."""
    assert set(kinds(row_type).values()) <= {"text", "count", "bytes", "seconds", "percent"}


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "seconds", "-"),
        ("", "text", "-"),
        (90.0, "seconds", "1m30s"),
        (2048, "bytes", "2.0 kB"),
        (42.4, "percent", "42%"),
        (0, "count", "0"),
    ],
)
def test_a_cell_has_its_unit(value, kind, text):
    """Nothing is a dash."""
    assert cell(value, kind) == text


@pytest.mark.parametrize(
    ("token", "text"),
    [("0123456789abcdef" * 2, "012345..."), ("12345678", "12..."), ("abc", "...")],
)
def test_a_token_is_never_shown_whole(token, text):
    """At most a quarter of it is."""
    assert shortened(token) == text
