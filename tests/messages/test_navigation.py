"""Who asked for a page."""

from __future__ import annotations

import pytest

from quick_htag.messages.headers import Headers
from quick_htag.messages.navigation import (
    asked_by_visitor,
    has_parameter,
    relative,
    without_parameter,
)
from quick_htag.messages.request import Request


def page_request(**headers: str) -> Request:
    """A page request; underscores stand for dashes."""
    fields = [("Host", "here:8080"), *((k.replace("_", "-"), v) for k, v in headers.items())]
    return Request("GET", "/", Headers(fields))


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_visitors_may_ask(site: str) -> None:
    """Typed into the address bar, or followed on a page of this server."""
    request = page_request(
        sec_fetch_site=site, sec_fetch_mode="navigate", sec_fetch_dest="document"
    )
    assert asked_by_visitor(request)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "same-origin", "sec_fetch_mode": "no-cors", "sec_fetch_dest": "image"},
        {"sec_fetch_site": "same-origin", "sec_fetch_dest": "iframe"},
        {"sec_fetch_site": "cross-site", "referer": "http://here:8080/"},
        {},
        {"referer": "http://elsewhere/"},
        {"referer": "http://here:8080.elsewhere/"},
        {"referer": "http://here:8081/"},
        {"referer": "http://[broken"},
    ],
)
def test_others_may_not(headers: dict[str, str]) -> None:
    """Another site may not, nor a picture, nor who does not say where it comes from."""
    found = {"sec_fetch_mode": "navigate", "sec_fetch_dest": "document", **headers}
    if "sec_fetch_site" not in headers:
        found = headers
    assert not asked_by_visitor(page_request(**found))


def test_a_link_of_this_server_over_plain_http() -> None:
    """Browsers send no Sec-Fetch fields there; the page that has the link decides."""
    assert asked_by_visitor(page_request(referer="http://here:8080/some/page?x"))


def test_parameters() -> None:
    """They are found by name, with or without value, and taken out without touching the rest."""
    assert has_parameter("a=1&n", "n")
    assert has_parameter("n=2", "n")
    assert not has_parameter("name=n&an", "n")
    assert without_parameter("a=%20&n=1&b&n", "n") == "a=%20&b"


def test_relative() -> None:
    """The way back to the same page is right below any prefix."""
    assert relative("/", "") == "./"
    assert relative("/a/app", "x=1") == "./app?x=1"
    assert relative("/a/app/", "") == "./"
    assert relative("//evil.example", "") == "./evil.example"
