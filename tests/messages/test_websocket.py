"""The opening handshake and the same-origin rule."""

from __future__ import annotations

import pytest

from quick_htag.errors import HTTPError
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import Request
from quick_htag.messages.websocket import (
    accept_key,
    choose_subprotocol,
    handshake,
    is_subprotocol,
    lost_tls,
    proxy_advice,
    same_origin,
)

GOOD = {
    "Upgrade": "websocket",
    "Connection": "keep-alive, Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}


def _request(
    changes: dict[str, str | None], method: str = "GET", version: str = "HTTP/1.1"
) -> Request:
    fields = {**GOOD, **changes}
    pairs = [(name, value) for name, value in fields.items() if value is not None]
    return Request(method, "/ws", Headers(pairs), version=version)


def test_the_example_of_the_rfc() -> None:
    """Key and answer of RFC 6455 section 1.3."""
    assert accept_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def test_a_good_handshake() -> None:
    """The header fields of the 101."""
    assert handshake(_request({"Upgrade": "WebSocket"})) == [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"Connection": "keep-alive"},
        {"Connection": None},
        {"Sec-WebSocket-Key": None},
        {"Sec-WebSocket-Key": ""},
        {"Sec-WebSocket-Key": "dGhlIHNhbXBsZQ=="},
        {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=!"},
        {"Sec-WebSocket-Key": "ü" * 24},
    ],
)
def test_a_broken_handshake_is_400(changes: dict[str, str | None]) -> None:
    """Whatever RFC 6455 section 4.2.1 asks for and is missing."""
    with pytest.raises(HTTPError) as info:
        handshake(_request(changes))
    assert info.value.status == 400


@pytest.mark.parametrize(("method", "version"), [("POST", "HTTP/1.1"), ("GET", "HTTP/1.0")])
def test_another_method_or_version_is_400(method: str, version: str) -> None:
    """A handshake is a GET of HTTP/1.1."""
    with pytest.raises(HTTPError) as info:
        handshake(_request({}, method, version))
    assert info.value.status == 400


@pytest.mark.parametrize(
    "changes", [{"Upgrade": None}, {"Upgrade": "h2c"}, {"Sec-WebSocket-Version": "8"}]
)
def test_no_websocket_is_426(changes: dict[str, str | None]) -> None:
    """The answer says what would do."""
    with pytest.raises(HTTPError) as info:
        handshake(_request(changes))
    assert info.value.status == 426
    assert dict(info.value.headers) == {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
    }


@pytest.mark.parametrize(
    ("origin", "host", "scheme"),
    [
        ("http://localhost:8080", "localhost:8080", "http"),
        ("http://LocalHost", "localhost:80", "http"),
        ("https://example.org", "example.org:443", "https"),
        ("https://example.org:443", "EXAMPLE.org", "https"),
        ("http://[::1]:8080", "[::1]:8080", "http"),
    ],
)
def test_the_same_origin(origin: str, host: str, scheme: str) -> None:
    """Default ports and case make no difference."""
    headers = Headers([("Host", host), ("Origin", origin)])
    assert same_origin(Request("GET", "/", headers, scheme=scheme))


@pytest.mark.parametrize(
    "origins",
    [
        [],
        ["null"],
        [""],
        ["http://evil.example"],
        ["http://localhost"],
        ["http://localhost:8081"],
        ["https://localhost:8080"],
        ["http://localhost:8080.evil.example"],
        ["http://localhost:8080@evil.example"],
        ["http://x@localhost:8080"],
        ["http://localhost:8080/"],
        ["http://localhost:port"],
        ["http://[::1"],
        ["localhost:8080"],
        ["http://localhost:8080", "http://localhost:8080"],
    ],
)
def test_another_origin(origins: list[str]) -> None:
    """Everything else is foreign, a missing origin too."""
    pairs = [("Host", "localhost:8080"), *(("Origin", origin) for origin in origins)]
    assert not same_origin(Request("GET", "/", Headers(pairs)))


def test_without_a_host_nothing_is_the_same() -> None:
    """Two missing values are not equal."""
    assert not same_origin(Request("GET", "/", Headers([("Origin", "http://")])))


@pytest.mark.parametrize(
    ("origin", "site", "lost"),
    [
        ("http://shop.example", "same-origin", True),
        ("https://shop.example", "same-origin", True),
        ("http://shop.example", "cross-site", False),
        ("http://shop.example", "", False),
        ("null", "same-origin", False),
    ],
)
def test_a_host_that_a_proxy_has_changed(origin: str, site: str, lost: bool) -> None:
    """The browser has asked whom the page is from, and the request names another one."""
    headers = Headers([("Host", "127.0.0.1:8080"), ("Origin", origin), ("Sec-Fetch-Site", site)])
    advice = proxy_advice(Request("GET", "/", headers))
    assert (advice is not None) is lost
    assert advice is None or (origin in advice and "proxy_set_header Host" in advice)


@pytest.mark.parametrize(
    ("origin", "scheme", "lost"),
    [
        ("https://example.org", "http", True),
        ("https://example.org", "https", False),
        ("http://example.org", "http", False),
        ("https://evil.example", "http", False),
        ("null", "http", False),
    ],
)
def test_tls_that_ended_at_a_proxy(origin: str, scheme: str, lost: bool) -> None:
    """The same host, but a page with TLS and a request without."""
    headers = Headers([("Host", "example.org"), ("Origin", origin)])
    assert lost_tls(Request("GET", "/", headers, scheme=scheme)) is lost
    assert (proxy_advice(Request("GET", "/", headers, scheme=scheme)) is not None) is lost


@pytest.mark.parametrize(
    "changes",
    [{"Content-Length": "3"}, {"Transfer-Encoding": "chunked"}, {"Content-Length": "0, 0"}],
)
def test_a_handshake_has_no_body(changes: dict[str, str | None]) -> None:
    """Its bytes could be taken for frames."""
    with pytest.raises(HTTPError, match="400"):
        handshake(_request(changes))
    assert handshake(_request({"Content-Length": "0"}))


def test_our_choice_of_subprotocols_counts() -> None:
    """The first of ours that is offered, in whichever order; over several lines, too."""
    offers = [("Sec-WebSocket-Protocol", "a, b"), ("Sec-WebSocket-Protocol", "c")]
    request = Request("GET", "/", Headers(offers))
    assert choose_subprotocol(request, ["c", "a"]) == "c"
    assert choose_subprotocol(request, ["x"]) is None
    assert choose_subprotocol(Request("GET", "/"), ["a"]) is None


def test_names_of_subprotocols() -> None:
    """Tokens, and nothing else."""
    assert is_subprotocol("v1.chat")
    assert not any(map(is_subprotocol, ["", "a b", "a,b", 7]))
