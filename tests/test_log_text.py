"""Pieces of log lines."""

from __future__ import annotations

import pytest

from quick_htag.log_text import escape, format_address, format_duration, format_size, one_line


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0123, "  12.300ms"),
        (0.0, "   0.000ms"),
        (1.0, "   1.000s"),
        (90.0, "   1.500min"),
        (7200.0, "   2.000h"),
        (129600.0, "   1.500d"),
    ],
)
def test_duration(seconds, text):
    """The largest unit of at least one."""
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (1023, "1.02e+03 B"), (1259, "1.23 kB"), (5 << 20, "5 MB"), (3 << 30, "3 GB")],
)
def test_size(size, text):
    """Three significant digits."""
    assert format_size(size) == text


@pytest.mark.parametrize(
    ("host", "text"),
    [
        ("127.0.0.1", "127.0.0.1:80"),
        ("example.org", "example.org:80"),
        ("::1", "[::1]:80"),
        ("[::1]", "[::1]:80"),
        ("fe80::1%eth0", "[fe80::1%eth0]:80"),
    ],
)
def test_address(host, text):
    """Brackets tell where a host with colons ends."""
    assert format_address(host, 80) == text


@pytest.mark.parametrize("text", ["a\x1b[31mb", "a\rb", "a\x00", "a\x85", "a\u2028b", "\x7f"])
def test_escape(text):
    """Nothing can move the cursor, change colours or begin a line."""
    assert all(sign.isprintable() for sign in escape(text))
    assert escape("tab\tand ä€") == "tab\tand ä€"


@pytest.mark.parametrize("text", ["a\u202eb", "a\u2066b", "\u200f"])
def test_nothing_turns_text_around(text):
    """What looks like one line could be another."""
    assert all(sign.isprintable() for sign in escape(text))


def test_one_line():
    """A long text is cut, and stays on its line."""
    assert one_line("a\nb\x1b", 10) == "a\\nb\\x1b"
    assert one_line("abcdef", 3) == "abc…"
