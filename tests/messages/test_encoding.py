"""Content codings."""

from __future__ import annotations

import pytest

from quick_htag.messages.encoding import accepts_gzip, is_compressible
from quick_htag.messages.headers import Headers


@pytest.mark.parametrize(
    ("field", "accepted"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", True),
        ("*", True),
        ("deflate, *;q=0.5", True),
        ("gzip ; q=0.001", True),
        ("", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip;q=0.000, *", False),
        ("*;q=0", False),
        ("identity;q=1, gzip;q=0.5", False),
        ("gzip;q=2", False),
        ("gzip;level=9", False),
        ("gzipped", False),
        (",;,", False),
    ],
)
def test_weights(field: str, accepted: bool) -> None:
    """A coding is taken when its weight is not zero and not below that of plain content."""
    assert accepts_gzip(Headers([("Accept-Encoding", field)])) is accepted


def test_no_field() -> None:
    """Who says nothing gets plain content."""
    assert not accepts_gzip(Headers())


@pytest.mark.parametrize(
    ("content_type", "worth"),
    [
        ("text/html; charset=utf-8", True),
        ("Text/CSS", True),
        ("application/json", True),
        ("application/ld+json; x=y", True),
        ("application/atom+xml", True),
        ("image/svg+xml", True),
        ("application/javascript", True),
        ("font/ttf", True),
        ("image/png", False),
        ("font/woff2", False),
        ("application/octet-stream", False),
        ("application/gzip", False),
        ("application/jsonish", False),
        ("", False),
    ],
)
def test_worth_it(content_type: str, worth: bool) -> None:
    """Text in all its forms becomes smaller, what is compressed already does not."""
    assert is_compressible(content_type) is worth
