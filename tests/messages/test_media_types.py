"""Content types by file name."""

from __future__ import annotations

import pytest

from quick_htag.messages.media_types import media_type


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.mjs", "text/javascript; charset=utf-8"),
        ("A.CSS", "text/css; charset=utf-8"),
        ("/x.y/index.html", "text/html; charset=utf-8"),
        ("a.svg", "image/svg+xml"),
        ("a.json", "application/json"),
        ("a.wasm", "application/wasm"),
        ("a.woff2", "font/woff2"),
        ("a.png", "image/png"),
        ("favicon.ico", "image/x-icon"),
        ("a.tar.gz", "application/gzip"),
        ("a.rtx", "text/richtext; charset=utf-8"),
        ("a.unheard-of", "application/octet-stream"),
        ("Makefile", "application/octet-stream"),
    ],
)
def test_media_type(name: str, expected: str) -> None:
    """The types of the web are ours, the rest is the system's; text is UTF-8."""
    assert media_type(name) == expected
