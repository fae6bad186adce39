"""The texts of the ``sessions`` commands; the commands themselves are tested with the server."""

import pytest

from quick_htag.session_commands import short_duration, table


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (59.9, "59s"), (185, "3m05s"), (7625, "2h07m"), (442800, "5d03h"), (-1, "0s")],
)
def test_a_duration_fits_a_narrow_column(seconds, text):
    """Two units at most, the smaller one with two digits."""
    assert short_duration(seconds) == text


def test_columns_are_aligned():
    """Each column is as wide as its widest cell, and no line ends with spaces."""
    assert table([("a", "b"), ("long", "x")]) == "a     b\nlong  x"
