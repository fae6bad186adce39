"""Which offers of compression are accepted, and how (RFC 7692 section 7.1)."""

from __future__ import annotations

import time

import pytest

from quick_htag.messages.deflate import accept_deflate

BASE = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"


@pytest.mark.parametrize(
    ("offer", "answer"),
    [
        ("permessage-deflate", BASE),
        ("permessage-deflate; client_max_window_bits", BASE),  # what browsers send
        ("permessage-deflate; client_max_window_bits=9;server_no_context_takeover", BASE),
        ("permessage-deflate; server_max_window_bits=15", f"{BASE}; server_max_window_bits=12"),
        ('permessage-deflate; server_max_window_bits="12"', f"{BASE}; server_max_window_bits=12"),
        ("permessage-deflate; server_max_window_bits=9", f"{BASE}; server_max_window_bits=9"),
        ("permessage-deflate; server_max_window_bits=8, permessage-deflate", BASE),
        ('x-other; a="b,c;d", permessage-deflate', BASE),
    ],
)
def test_an_offer_is_accepted(offer: str, answer: str) -> None:
    """The first one we can keep; no context is kept between messages."""
    accepted = accept_deflate(offer)
    assert accepted is not None
    assert accepted.field == answer
    assert accepted.window_bits == int(answer.partition("server_max_window_bits=")[2] or 12)


@pytest.mark.parametrize(
    "offer",
    [
        "",
        "permessage-bzip2",
        "permessage-deflate; server_max_window_bits=8",  # smaller than zlib can
        "permessage-deflate; server_max_window_bits=08",
        "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        "permessage-deflate; unknown",
        ";;;===,,,",
        "," * 100_000,
    ],
)
def test_an_offer_is_declined(offer: str) -> None:
    """The websocket opens without compression then."""
    assert accept_deflate(offer) is None


def test_quotes_that_do_not_end_take_no_longer() -> None:
    """All that follows such a quote belongs to it, and is looked at once."""
    started = time.perf_counter()
    for _ in range(100):
        assert accept_deflate('permessage-deflate; "' + '"\\' * 2000) is None
    assert time.perf_counter() - started < 15.0
