"""Durations, sizes and columns as text."""

from __future__ import annotations

import pytest

from quick_htag.monitor.tables import latency, plural, short_duration, size, table


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (59.9, "59s"), (185, "3m05s"), (7625, "2h07m"), (442800, "5d03h"), (-1, "0s")],
)
def test_a_duration_fits_a_narrow_column(seconds, text):
    """Two units at most, the smaller one with two digits."""
    assert short_duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "-"), (0.000085, "85us"), (0.0012, "1.2ms"), (0.042, "42ms"), (3.04, "3.0s")],
)
def test_a_short_time_has_the_unit_that_fits(seconds, text):
    """Two digits tell enough."""
    assert latency(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(None, "-"), (0, "0 B"), (1023, "1023 B"), (1536, "1.5 kB"), (24 << 20, "24 MB")],
)
def test_a_size_has_the_unit_that_fits(count, text):
    """Bytes are whole, small numbers of other units have a digit more."""
    assert size(count) == text


def test_columns_are_aligned():
    """Each column is as wide as its widest cell, and no line ends with spaces."""
    assert table([("a", "b"), ("long", "x")]) == "a     b\nlong  x"


def test_one_is_no_plural():
    """Numbers are said with their noun."""
    assert [plural(count, "job") for count in (0, 1, 2)] == ["0 jobs", "1 job", "2 jobs"]
