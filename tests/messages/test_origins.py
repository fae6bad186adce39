"""Origins in one spelling."""

from __future__ import annotations

import pytest

from quick_htag.messages.origins import normalize_origin


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("http://example.org", "http://example.org"),
        (" HTTP://Example.ORG:80 ", "http://example.org"),
        ("https://example.org:443", "https://example.org"),
        ("https://example.org:", "https://example.org"),
        ("https://example.org:08443", "https://example.org:8443"),
        ("http://example.org:443", "http://example.org:443"),
        ("http://[0:0::1]:8080", "http://[::1]:8080"),
        ("tauri://localhost", "tauri://localhost"),
    ],
)
def test_equal_origins_have_one_spelling(text: str, normal: str) -> None:
    """Case, default ports and long IPv6 addresses make no difference."""
    assert normalize_origin(text) == normal


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "*",
        "example.org",
        "http://",
        "http://a/",
        "http://a/b",
        "http://a?b",
        "http://a#b",
        "http://me@a",
        "http://a:port",
        "http://a:99999",
        "http://[::1",
        "http://[:::1]",
        "http://a b",
        "http://a\nb",
        "http://bücher.example",
    ],
)
def test_what_is_no_origin(text: str) -> None:
    """A path, a user, or anything that is not understood, is no origin."""
    assert normalize_origin(text) is None
