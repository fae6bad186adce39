"""Whether a page of another site has sent a request."""

from __future__ import annotations

import pytest

from quick_htag.messages.cross_site import from_other_site
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import Request


def judged(**fields: str) -> bool:
    """The judgement about a POST to example.org with these fields."""
    pairs = [(name.replace("_", "-"), value) for name, value in fields.items()]
    return from_other_site(Request("POST", "/", Headers([("host", "example.org"), *pairs])))


@pytest.mark.parametrize(("site", "other"), [("same-origin", False), ("none", False)])
def test_what_the_browser_says_of_ours(site: str, other: bool) -> None:
    """It counts, whatever else there is."""
    assert judged(sec_fetch_site=site, origin="https://proxy.example") is other


@pytest.mark.parametrize(
    "site", ["cross-site", "same-site", "", "Same-Origin", "none, same-origin"]
)
def test_what_the_browser_says_of_others(site: str) -> None:
    """A neighbour on the same host, at another port, is another site; so is what is unclear."""
    assert judged(sec_fetch_site=site, origin="http://example.org")


def test_who_is_no_browser_says_nothing() -> None:
    """Such a client acts for itself, and has no cookies of anybody."""
    assert not judged()


@pytest.mark.parametrize(
    "origin", ["http://example.org", "https://EXAMPLE.org", "http://example.org:80"]
)
def test_an_origin_of_ours(origin: str) -> None:
    """With either scheme: a proxy that ends TLS may not tell."""
    assert not judged(origin=origin)


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://evil.example",
        "http://example.org.evil.example",
        "http://example.org:81",
        "http://example.org@evil.example",
        "http://example.org, http://evil.example",
    ],
)
def test_other_origins(origin: str) -> None:
    """The opaque one, and what only looks like ours."""
    assert judged(origin=origin)
