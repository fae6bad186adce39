"""A request as handlers see it, with the names that quick_server scripts use."""

from __future__ import annotations

from http.cookies import SimpleCookie

import pytest

from quick_htag.errors import ConfigurationError
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import HIDDEN_QUERY, Request


@pytest.fixture
def request_() -> Request:
    """A request with a query and a cookie."""
    headers = Headers([("Host", "example.org:81"), ("Cookie", "a=b")])
    return Request("GET", "/p%20q/%ff?a=1&b=&a=2?3", headers, client_address=("1.2.3.4", 5))


def test_target(request_):
    """Path and query are parts of the target; the path is decoded only when asked for."""
    assert request_.raw_path == "/p%20q/%ff"
    assert request_.query_string == "a=1&b=&a=2?3"
    assert request_.decoded_path == "/p q/\ufffd"
    assert request_.query_params == {"a": "2?3", "b": ""}
    assert request_.query_params is request_.query_params


def test_target_without_query():
    """There may be no query."""
    request = Request("GET", "/")
    assert (request.raw_path, request.query_string, request.query_params) == ("/", "", {})


def test_names_of_quick_server(request_):
    """Scripts find what they know."""
    assert (request_.path, request_.command) == (request_.target, request_.method)
    assert request_.request_version == "HTTP/1.1"
    assert request_.client == request_.client_address == ("1.2.3.4", 5)
    assert Request.log_elapsed_time_string(0.0123) == "  12.300ms"
    assert Request.log_size_string(2048) == "2 kB"


def test_cookies(request_):
    """Cookies are parsed once."""
    assert request_.cookies == {"a": "b"}
    assert request_.cookies is request_.cookies


def test_url(request_):
    """Host and URL are what the client sent."""
    assert request_.host == "example.org:81"
    assert request_.url == "http://example.org:81/p%20q/%ff?a=1&b=&a=2?3"
    assert Request("GET", "/").host == ""


def test_segments(request_):
    """The segments of the route have two names."""
    request_.segments["name"] = "value"
    assert request_.path_params == {"name": "value"}


def test_send_header(request_):
    """Fields are added to the answer, or replace those of their name."""
    request_.send_header("A", "1")
    request_.send_header("a", "2")
    assert request_.response_headers == [("A", "1"), ("a", "2")]
    request_.send_header("A", "3", replace=True)
    request_.send_header("B", 4)
    assert request_.response_headers == [("A", "3"), ("B", "4")]


def test_send_header_checks(request_):
    """A field that would break out of its line is refused where it is set."""
    with pytest.raises(ConfigurationError):
        request_.send_header("A", "b\r\nC: d")
    assert request_.response_headers == []


def test_send_cookie(request_):
    """Every cookie has its own field."""
    cookie = SimpleCookie({"a": "b", "c": "d"})
    cookie["a"]["httponly"] = True
    request_.send_cookie(cookie)
    assert request_.response_headers == [
        ("Set-Cookie", "a=b; HttpOnly"),
        ("Set-Cookie", "c=d"),
    ]


def test_session(request_):
    """The session comes from the session layer, and only from there."""
    with pytest.raises(ConfigurationError):
        _ = request_.session
    request_.open_session = lambda: {"a": 1}
    assert request_.session == {"a": 1}


def test_two_requests_share_nothing():
    """What is noted on one request is not on another."""
    first, second = Request("GET", "/"), Request("GET", "/")
    first.meta["a"] = first.segments["b"] = "c"
    first.send_header("A", "b")
    assert (second.meta, second.segments, second.response_headers) == ({}, {}, [])
    assert repr(second) == "<Request GET />"


@pytest.mark.parametrize("secret", ["header", "mark", None])
def test_secrets_of_pages_are_not_shown(secret):
    """The query of a page's connection holds its id: logs and texts of errors leave it out."""
    headers = Headers([("Upgrade", "websocket")] if secret == "header" else [])
    request = Request("GET", "/app/ws?page=secret", headers)
    if secret == "mark":
        request.meta[HIDDEN_QUERY] = True
    assert ("secret" in f"{request.shown_target}{request!r}") is (secret is None)
