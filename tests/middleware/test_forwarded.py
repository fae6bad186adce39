"""Which proxies are believed."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.errors import ConfigurationError
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import Request
from quick_htag.messages.websocket import same_origin
from quick_htag.middleware.forwarded import TrustedProxies

SAID = (
    ("Host", "127.0.0.1:8080"),
    ("X-Forwarded-For", "192.0.2.1"),
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-Host", "example.org"),
    ("X-Forwarded-Prefix", "/app"),
    ("Origin", "https://example.org"),
)


def _request(peer: str, entries: Any = ("127.0.0.1", "10.0.0.0/8", "::1")) -> Request:
    request = Request("GET", "/x?y", Headers(SAID), client_address=(peer, 4711))
    TrustedProxies(entries).believe(request)
    return request


@pytest.mark.parametrize("peer", ["127.0.0.1", "10.1.2.3", "::1", "::ffff:10.0.0.1"])
def test_a_trusted_proxy_is_believed(peer: str) -> None:
    """Client, scheme, host and address are what the client had."""
    request = _request(peer)
    assert request.client_address == ("192.0.2.1", 0)
    assert request.get_original_host() == ("https", "example.org")
    assert request.url == "https://example.org/app/x?y"
    assert not request.is_cross_origin()


@pytest.mark.parametrize("peer", ["127.0.0.2", "11.0.0.1", "192.0.2.1", "", "/run/app.sock"])
def test_nobody_else_is_believed(peer: str) -> None:
    """The fields stay where they are and have no effect."""
    request = _request(peer)
    assert request.client_address == (peer, 4711)
    assert request.get_original_host() == ("http", "127.0.0.1:8080")
    assert request.url == "http://127.0.0.1:8080/x?y"
    assert request.headers["X-Forwarded-For"] == "192.0.2.1"


def test_a_page_behind_tls_is_of_the_same_origin() -> None:
    """A websocket's ``Origin`` is compared with what the trusted proxy says, and with that only."""
    assert same_origin(_request("127.0.0.1"))
    assert not same_origin(_request("192.0.2.1"))


def test_a_proxy_that_says_nothing_changes_nothing() -> None:
    """Requests a proxy makes itself are its own."""
    request = Request("GET", "/", Headers([("Host", "a")]), client_address=("127.0.0.1", 1))
    TrustedProxies("127.0.0.1").believe(request)
    assert request.forwarded is None
    assert request.client_address == ("127.0.0.1", 1)


def test_one_entry_may_be_given_by_itself() -> None:
    """A text is not taken for a list of letters."""
    assert TrustedProxies("10.0.0.1").entries == ("10.0.0.1",)
    assert _request("10.0.0.1", "10.0.0.1").scheme == "https"


@pytest.mark.parametrize("entry", ["*", "localhost", "10.0.0.1/8", "10.0.0.0/33", ""])
def test_what_is_no_address_is_refused(entry: str) -> None:
    """A mistake in the list is told at once."""
    with pytest.raises(ConfigurationError, match="trusted_proxies takes addresses"):
        TrustedProxies([entry])


def test_original_host_without_a_host() -> None:
    """A request without ``Host`` is no error."""
    assert Request("GET", "/").get_original_host() == ("http", "")


def test_origin_and_forwarded_fields_of_a_client_are_not_the_host() -> None:
    """What anybody may write is not where the request came to."""
    fields = [("Host", "a"), ("Origin", "https://b"), ("Forwarded", "host=c;proto=https")]
    assert Request("GET", "/", Headers(fields)).get_original_host() == ("http", "a")


@pytest.mark.parametrize(
    ("origin", "cross"),
    [
        (None, False),
        ("http://a", False),
        ("http://A:80", False),
        ("https://a", True),
        ("null", True),
    ],
)
def test_is_cross_origin(origin: str | None, cross: bool) -> None:
    """Pages of another scheme, host or port are of another origin."""
    fields = [("Host", "a"), *([("Origin", origin)] if origin else [])]
    assert Request("GET", "/", Headers(fields)).is_cross_origin() is cross
