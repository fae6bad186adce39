"""Texts that repeat themselves, for whoever reads what clients write."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.checks_time import READERS, check_time

ATOMS = st.sampled_from(
    [*"\"\\;=, \t/.%-:[](){}<>&#?@~*0a\n\r\x00\xe9", '\\"', '="', "../", "%25", "W/", "--b", "e9",
     "\u0301\u0316", "\u1100", "http://", "\r\n--b", "bytes=", "for=", "q=", "1e"]
)  # fmt: skip
TEXTS = st.lists(ATOMS, min_size=1, max_size=4).map("".join)


@given(TEXTS | st.just(""), TEXTS, TEXTS | st.just(""))
@settings(max_examples=25)
def test_nothing_takes_longer_than_its_length(before: str, unit: str, after: str) -> None:
    """No field, path, name, form or message (algorithmic complexity)."""
    check_time(before, unit, after)


@pytest.mark.parametrize(
    ("reader", "unit"),
    [
        ("cookie in quotes", "\\1"),
        ("cookie in quotes", '\\"'),
        ("file name", "\u0301\u0316"),
    ],
)
def test_what_took_minutes(reader: str, unit: str) -> None:
    """Once."""
    assert reader in READERS
    check_time("a", unit, "", [reader])
