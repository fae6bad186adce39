"""What handlers see of a request."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from quick_htag.errors import HTTPError
from quick_htag.messages.body import Body
from quick_htag.messages.forms import FormLimits
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import Request
from quick_htag.runners.request import RouteRequest
from quick_htag.settings import Settings


def _made(target: str = "/a?b=1&b=2", body: bytes = b"", kind: str = "") -> RouteRequest:
    fields = [("Host", "a.example:80"), ("Cookie", "c=d")]
    if kind:
        fields.append(("Content-Type", kind))
    request = Request("POST", target, Headers(fields), Body(body), client_address=("192.0.2.1", 5))
    request.open_session = lambda: {"user": "ann"}

    def url_for(name: str | None, **values: Any) -> str:
        return f"http://a.example:80/{name or ''}{values or ''}"

    limits = FormLimits.of(Settings())
    return RouteRequest(request, "the app", {"x": 1}, limits, url_for)


def test_it_has_the_names_of_starlette() -> None:
    """Handlers written for it find what they look for."""
    request = _made()
    assert (request.method, request.path) == ("POST", "/a?b=1&b=2")
    assert (request.url.path, str(request.url)) == ("/a", "http://a.example:80/a?b=1&b=2")
    assert request.query_params.getlist("b") == ["1", "2"]
    assert (request.path_params, request.cookies, request.app) == ({"x": 1}, {"c": "d"}, "the app")
    assert (request.client.host, request.client.port) == ("192.0.2.1", 5)
    assert request.headers["HOST"] == "a.example:80"
    assert request.session["user"] == "ann"
    assert request.base_url == "http://a.example:80/"
    assert request.url_for("n", y=2) == "http://a.example:80/n{'y': 2}"
    request.state.note = 1
    assert request.state.note == 1


def test_the_scope_has_what_is_looked_up_by_name() -> None:
    """Code for ASGI finds session and path."""
    scope = _made().scope
    assert (scope["path"], scope["query_string"], scope["session"]) == (
        "/a",
        b"b=1&b=2",
        {"user": "ann"},
    )
    assert (b"cookie", b"c=d") in scope["headers"]


def test_bodies_are_awaited() -> None:
    """As bytes and as JSON."""
    request = _made(body=b'{"a": [1]}')
    assert asyncio.run(request.body()) == b'{"a": [1]}'
    assert asyncio.run(request.json()) == {"a": [1]}


def test_a_broken_body_is_the_clients_fault() -> None:
    """400, as everywhere."""
    with pytest.raises(HTTPError, match="400"):
        asyncio.run(_made(body=b"{").json())


def test_a_form_has_text() -> None:
    """Also where a value was left out; JSON is no form."""
    kind = "application/x-www-form-urlencoded"
    form = asyncio.run(_made(body=b"a=1&a=2&b", kind=kind).form())
    assert form == {"a": "2", "b": ""}
    assert form.getlist("a") == ["1", "2"]
    assert asyncio.run(_made(body=b"{}", kind="application/json").form()) == {}


def test_a_form_has_files() -> None:
    """With a name, and to be awaited."""
    body = (
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\nline\r\n'
        b'--x\r\nContent-Disposition: form-data; name="t"\r\n\r\ntext\r\n--x--\r\n'
    )
    form = asyncio.run(_made(body=body, kind="multipart/form-data; boundary=x").form())
    assert form["t"] == "text"
    assert form["f"].filename == "a.txt"
    assert asyncio.run(form["f"].read()) == b"line"
