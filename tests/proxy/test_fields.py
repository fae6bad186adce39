"""Which header fields pass, and which are made here."""

from __future__ import annotations

import pytest

from quick_htag.errors import HTTPError
from quick_htag.messages.body import Body
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import Request
from quick_htag.middleware.forwarded import TrustedProxies
from quick_htag.proxy.fields import client_fields, masked, upstream_fields


class Peer:
    """The other end of a connection."""

    address = ("10.0.0.1", 5)
    sock = None


def _sent(request: Request, *, preserve_host: bool = False, upgrade: bool = False) -> Headers:
    return Headers(upstream_fields(request, "h:81", preserve_host=preserve_host, upgrade=upgrade))


def _request(*fields: tuple[str, str], method: str = "GET", body: bytes = b"") -> Request:
    headers = Headers([("Host", "us"), *fields])
    return Request(method, "/", headers, Body(body), client_address=("10.0.0.1", 5))


def test_hop_by_hop_fields_stay_here() -> None:
    """What is about our connection with the client does not reach the target."""
    names = ["Keep-Alive", "TE", "Trailer", "Upgrade", "Proxy-Authorization", "Proxy-Connection"]
    request = _request(("Connection", "close, X-Mine"), ("X-Mine", "1"), *((n, "x") for n in names))
    sent = _sent(request)
    assert not {"connection", "x-mine", *(name.lower() for name in names)} & set(sent)


def test_the_host_is_the_targets() -> None:
    """Host is the target's, or the client's on demand."""
    assert _sent(_request()).get_all("host") == ["h:81"]
    assert _sent(_request(), preserve_host=True).get_all("host") == ["us"]


def test_repeated_fields_stay_apart() -> None:
    """Field lines of one name are not joined, in neither direction."""
    assert _sent(_request(("X-A", "1"), ("X-A", "2"))).get_all("x-a") == ["1", "2"]
    cookies = [("Set-Cookie", "a=1, x"), ("Set-Cookie", "b=2")]
    assert client_fields(Headers(cookies)) == cookies


def test_what_a_stranger_says_about_the_client_is_replaced() -> None:
    """X-Forwarded-*, Forwarded and their look-alikes of clients do not reach the target."""
    names = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "X_Forwarded_For", "X-Forwarded-Port")
    sent = _sent(_request(*((name, "6.6.6.6") for name in names)))
    assert "6.6.6.6" not in repr(sent)
    assert sent["x-forwarded-for"] == "10.0.0.1"
    assert (sent["x-forwarded-proto"], sent["x-forwarded-host"]) == ("http", "us")
    assert sent["forwarded"] == "for=10.0.0.1;host=us;proto=http"


@pytest.mark.parametrize(
    "name",
    [
        "Transfer_Encoding",
        "Content_Length",
        "HOST_",
        "Proxy",
        "X-Forwarded-Ssl",
        "X_Forwarded_User",
    ],
)
def test_what_would_mislead_the_target_stays_here(name: str) -> None:
    """Look-alikes of fields about the body, and what scripts take for something else."""
    assert (name.lower() in _sent(_request((name, "chunked")))) is (name == "HOST_")


def test_a_trusted_proxy_may_know_more() -> None:
    """Who has signed in, say."""
    request = _request(("X-Forwarded-For", "192.0.2.9"), ("X-Forwarded-User", "ann"))
    TrustedProxies("10.0.0.1").believe(request)
    assert _sent(request)["x-forwarded-user"] == "ann"


def test_what_a_trusted_proxy_says_is_added_to() -> None:
    """Behind a proxy of ours the chain grows by that proxy."""
    request = _request(("X-Forwarded-For", "192.0.2.9"), ("X-Forwarded-Proto", "https"))
    request.peer = Peer()  # type: ignore[assignment]
    TrustedProxies("10.0.0.1").believe(request)
    sent = _sent(request)
    assert sent["x-forwarded-for"] == "192.0.2.9, 10.0.0.1"
    assert sent["x-forwarded-proto"] == "https"
    assert sent["forwarded"].startswith("for=192.0.2.9;host=us;proto=https, for=10.0.0.1;")


def test_the_chain_of_forwarded_is_added_to() -> None:
    """The same with the standard field."""
    request = _request(("Forwarded", 'for="[2001:db8::1]:4711";proto=https'))
    request.peer = Peer()  # type: ignore[assignment]
    TrustedProxies("10.0.0.1").believe(request)
    sent = _sent(request)
    assert sent["forwarded"].startswith('for="[2001:db8::1]:4711";proto=https, for=10.0.0.1;')
    assert sent["x-forwarded-for"] == "2001:db8::1, 10.0.0.1"


def test_a_body_has_one_length() -> None:
    """Chunked or not, a body that was collected goes on with its length."""
    request = _request(("Transfer-Encoding", "chunked"), method="POST", body=b"abc")
    assert _sent(request).get_all("content-length") == ["3"]
    assert _sent(_request(method="POST"))["content-length"] == "0"
    assert "content-length" not in _sent(_request())


def test_an_upgrade_is_asked_for_anew() -> None:
    """Only a websocket is asked for, whatever else the client has named."""
    sent = _sent(
        _request(("Connection", "upgrade, x"), ("Upgrade", "h2c, websocket")), upgrade=True
    )
    assert (sent["connection"], sent["upgrade"]) == ("Upgrade", "websocket")


def test_a_circle_ends() -> None:
    """A request that came through here ten times is answered 508."""
    request = _request(*[("Via", "1.1 quick_htag")] * 10)
    with pytest.raises(HTTPError, match="508"):
        _sent(request)


def test_an_answer_has_our_date_and_server() -> None:
    """What the transport writes is taken out of the answer, with what is about one connection."""
    names = ["Date", "Server", "Content-Length", "Connection", "Keep-Alive", "Transfer-Encoding"]
    assert client_fields(Headers([*((name, "1") for name in names), ("ETag", "x")])) == [
        ("ETag", "x")
    ]


def test_secrets_are_masked() -> None:
    """Cookies and passwords do not get into a log."""
    fields = [("Cookie", "s"), ("Authorization", "s"), ("Set-Cookie", "s"), ("A", "b")]
    assert masked(fields) == ["Cookie: ***", "Authorization: ***", "Set-Cookie: ***", "A: b"]
