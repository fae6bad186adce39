"""What handlers may give, and what is sent for it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from quick_htag import Response as EndpointValue
from quick_htag.errors import ConfigurationError
from quick_htag.messages.response import HTTPResponse as Answer
from quick_htag.runners import (
    HTMLResponse,
    HTTPResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from quick_htag.runners.values import as_answer


@pytest.mark.parametrize(
    ("value", "kind", "body"),
    [
        ("<p>é", "text/html; charset=utf-8", "<p>é".encode()),
        (b"<p>", "text/html; charset=utf-8", b"<p>"),
        ({"a": 1}, "application/json", b'{"a":1}'),
        ([1], "application/json", b"[1]"),
        (HTMLResponse("x"), "text/html; charset=utf-8", b"x"),
        (PlainTextResponse("x"), "text/plain; charset=utf-8", b"x"),
        (JSONResponse({"a": None}), "application/json", b'{"a":null}'),
        (Response(b"x", media_type="image/png"), "image/png", b"x"),
        (HTTPResponse(200, 5, "text/plain"), "text/plain; charset=utf-8", b"5"),
        (EndpointValue("x", ctype="text/css"), "text/css", b"x"),
        (Answer.text("x"), "text/plain; charset=utf-8", b"x"),
    ],
)
def test_values_become_answers(value: Any, kind: str, body: bytes) -> None:
    """Type and bytes are those one expects."""
    answer = as_answer(value)
    assert (answer.status, answer.header("Content-Type"), answer.body) == (200, kind, body)


@pytest.mark.parametrize("value", [None, 5, object(), ("a", 200)])
def test_other_values_are_refused(value: Any) -> None:
    """The message says what may be given."""
    with pytest.raises(TypeError, match=type(value).__name__):
        as_answer(value)


def test_a_redirect_says_where() -> None:
    """What a URL cannot hold is encoded, so no field can be injected."""
    answer = as_answer(RedirectResponse("/a b?x=ü\r\nX: 1", 303))
    assert (answer.status, answer.header("Location")) == (303, "/a%20b?x=%C3%BC%0D%0AX:%201")


def test_cookies_are_set_and_deleted() -> None:
    """Each is a field line of its own."""
    response = PlainTextResponse("x")
    response.set_cookie("a", "1", max_age=5, httponly=True, secure=True)
    response.delete_cookie("b")
    lines = [value for name, value in as_answer(response).headers if name == "Set-Cookie"]
    assert lines == [
        "a=1; HttpOnly; Max-Age=5; Path=/; SameSite=lax; Secure",
        'b=""; Max-Age=0; Path=/; SameSite=lax',
    ]


def test_fields_are_found_without_case() -> None:
    """Setting one replaces it."""
    response = PlainTextResponse("x", headers={"X-A": "1"})
    response.headers["x-a"] = "2"
    assert response.headers["X-A"] == "2"
    del response.headers["X-a"]
    assert list(response.headers) == ["content-type"]
    assert len(response.headers) == 1
    with pytest.raises(KeyError):
        response.headers["x-a"]
    with pytest.raises(KeyError):
        del response.headers["x-a"]


def test_bad_fields_and_statuses_are_refused() -> None:
    """No line breaks into the answer."""
    with pytest.raises(ConfigurationError, match="control character"):
        PlainTextResponse("x", headers={"X-A": "1\r\nX-B: 2"})
    with pytest.raises(ConfigurationError, match="200 to 599"):
        as_answer(PlainTextResponse("x", 100))


def test_responses_of_others_are_taken() -> None:
    """By their fields; the length is ours to tell."""
    foreign = SimpleNamespace(
        body=b"x",
        status_code=201,
        raw_headers=[(b"content-length", b"1"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")],
    )
    answer = as_answer(foreign)
    assert (answer.status, answer.body) == (201, b"x")
    assert answer.headers == [("set-cookie", "a=1"), ("set-cookie", "b=2")]


def test_a_background_task_is_not_forgotten() -> None:
    """Nothing would run it, so the response is refused."""
    foreign = SimpleNamespace(body=b"x", status_code=200, raw_headers=[], background=print)
    with pytest.raises(TypeError, match="background"):
        as_answer(foreign)


def test_responses_of_starlette_are_taken() -> None:
    """The real ones, where it is installed."""
    responses = pytest.importorskip("starlette.responses")
    answer = as_answer(responses.HTMLResponse("<p>", 202, headers={"x-a": "1"}))
    assert (answer.status, answer.body, answer.header("X-A")) == (202, b"<p>", "1")
    assert as_answer(responses.RedirectResponse("/x")).header("location") == "/x"
