"""Advice for apps whose pages cannot encrypt."""

from __future__ import annotations

import io

import pytest

from quick_htag.handlers.parano_advice import ParanoAdvice, can_encrypt
from quick_htag.logs import MessageLog
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import Request


def request(host: str, scheme: str = "http") -> Request:
    """A request for a page."""
    return Request("GET", "/", Headers([("Host", host)]), scheme=scheme)


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8000", "LOCALHOST", "app.localhost:80", "127.0.0.1:8000", "[::1]:80"],
)
def test_this_machine_can_encrypt(host: str) -> None:
    """Browsers trust it without https."""
    assert can_encrypt(request(host))


@pytest.mark.parametrize(
    "host",
    ["example.org", "192.168.1.5:8000", "localhost.example.org", "[::2]", "127.0.0.1.nip.io", ""],
)
def test_others_need_https(host: str) -> None:
    """A name that only looks like this machine too."""
    assert not can_encrypt(request(host))
    assert can_encrypt(request(host, "https"))


def test_it_is_said_once_and_only_when_needed() -> None:
    """With the app, the address and what to do."""
    text = io.StringIO()
    advice = ParanoAdvice("Shop", MessageLog(text))
    advice(request("localhost"))
    assert text.getvalue() == ""
    for _ in range(2):
        advice(request("example.org:8000"))
    assert text.getvalue().count("Shop has parano=True") == 1
    assert "http://example.org:8000" in text.getvalue()
    assert "https" in text.getvalue()
