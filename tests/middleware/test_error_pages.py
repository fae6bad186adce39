"""What clients and the log are told about failures."""

from __future__ import annotations

import io
import re

import pytest

from quick_htag.errors import (
    AppFailed,
    BodyRefused,
    HTTPError,
    MethodNotAllowed,
    NoCapacity,
    PreventDefaultResponse,
    ProtocolError,
    StoreBusy,
    StoreUnavailable,
)
from quick_htag.logs import MessageLog
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import Request
from quick_htag.messages.response import HTTPResponse
from quick_htag.middleware.error_pages import ErrorPages


class Pages:
    """Error pages with a log to read."""

    def __init__(self) -> None:
        self.log = io.StringIO()
        self.pages = ErrorPages(MessageLog(self.log))

    def answer(self, error: BaseException, request: Request | None = None) -> HTTPResponse:
        """The answer to a request whose handler raises ``error``."""

        def handler(request: Request) -> HTTPResponse:
            raise error

        return self.pages.answer(handler, request or Request("GET", "/x"))


@pytest.fixture
def pages() -> Pages:
    """Fresh pages."""
    return Pages()


def _browser(target: str = "/x") -> Request:
    return Request("GET", target, Headers([("Accept", "text/html,*/*")]))


def test_good_answers_pass(pages: Pages) -> None:
    """A handler that answers is not touched."""
    response = HTTPResponse(204)
    assert pages.pages.answer(lambda request: response, Request("GET", "/")) is response


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (HTTPError(404, "File not found"), 404, b"404 Not Found\nFile not found\n"),
        (HTTPError(403), 403, b"403 Forbidden\n"),
        (BodyRefused(413), 413, b"413 Content Too Large\n"),
        (PreventDefaultResponse(401, "who?"), 401, b"401 Unauthorized\nwho?\n"),
        (PreventDefaultResponse(418), 418, b"418 I'm a Teapot\n"),
        (PreventDefaultResponse(200, "fine"), 200, b"200 OK\nfine\n"),
        (ProtocolError(400, "bad line"), 400, b"400 Bad Request\nbad line\n"),
    ],
)
def test_expected_errors(pages: Pages, error: Exception, status: int, text: bytes) -> None:
    """An error with a status is answered with it, and is nothing for the log."""
    response = pages.answer(error)
    assert response.status == status
    assert response.content().lower().replace(b"request entity", b"content") == text.lower()
    assert pages.log.getvalue() == ""


def test_a_store_that_cannot_be_used_now(pages: Pages) -> None:
    """The client may try again and is told no more; one that is broken is in the log."""
    busy, broken = StoreBusy("secret", 1.0), StoreUnavailable("/secret.db: disk full")
    for error, seconds, logged in ((busy, "1", False), (broken, "5", True)):
        response = pages.answer(error)
        assert (response.status, response.header("Retry-After")) == (503, seconds)
        assert b"secret" not in response.content()
        assert ("disk full" in pages.log.getvalue()) is logged


def test_browsers_get_a_page(pages: Pages) -> None:
    """HTML for those who ask for it, escaped, and caches are told of the difference."""
    response = pages.answer(HTTPError(404, "<b>no</b>"), _browser())
    assert b"<p>&lt;b&gt;no&lt;/b&gt;</p>" in response.content()
    assert response.header("content-type") == "text/html; charset=utf-8"
    assert response.header("vary") == "Accept"


@pytest.mark.parametrize("request_", [Request("GET", "/"), _browser()])
def test_headers_of_the_error(pages: Pages, request_: Request) -> None:
    """The fields of an error are sent with it."""
    assert pages.answer(MethodNotAllowed(["GET", "PUT"]), request_).header("allow") == "GET, PUT"


def test_no_capacity(pages: Pages) -> None:
    """A full server says when to come back, and not what is full."""
    response = pages.answer(NoCapacity("2000 instances", retry_after=7))
    assert (response.status, response.header("retry-after")) == (503, "7")
    assert b"2000" not in response.content()


@pytest.mark.parametrize(("code", "status"), [(None, 204), (204, 204), (205, 205), (304, 304)])
def test_answers_without_a_page(pages: Pages, code: int | None, status: int) -> None:
    """A handler that ends early without a code, or with one that has no body."""
    response = pages.answer(PreventDefaultResponse(code))
    assert (response.status, response.body, response.headers) == (status, b"", [])


def test_protocol_errors_end_the_connection(pages: Pages) -> None:
    """After broken bytes nothing on the connection can be trusted."""
    assert pages.answer(ProtocolError(400, "bad")).close


@pytest.mark.parametrize(
    "error",
    [
        ValueError("secret /etc/passwd"),
        AppFailed("secret"),
        PreventDefaultResponse(99, "secret"),
        HTTPError(400, "secret", [("X", "a\r\nb")]),
        ConnectionResetError("secret"),
        RecursionError("secret"),
    ],
)
def test_failures_are_opaque(pages: Pages, error: Exception) -> None:
    """The client gets an id, under which the log has everything."""
    response = pages.answer(error, Request("GET", "/x?y"))
    text = response.content().decode()
    number = re.search(r"it as ([0-9a-f]{8})\.", text)
    assert number is not None
    assert response.status == 500
    assert "secret" not in text
    logged = pages.log.getvalue()
    assert f'Error while processing request {number[1]}: "GET /x?y"' in logged
    assert "Traceback" in logged or type(error).__name__ in logged


def test_debug_tells_the_traceback(pages: Pages) -> None:
    """Escaped in the page of a browser, plain for programs."""
    pages.pages.debug = True
    html = pages.answer(ValueError("<script>"), _browser()).content().decode()
    assert "ValueError: &lt;script&gt;" in html
    assert "<script>" not in html
    assert "ValueError: <script>" in pages.answer(ValueError("<script>")).content().decode()


def test_debug_tells_the_trace_of_the_app(pages: Pages) -> None:
    """A failed app brings the traceback of its own code."""
    pages.pages.debug = True
    assert b"in my app" in pages.answer(AppFailed("x", trace="line 3, in my app")).content()


def test_headers_of_a_lost_body_are_dropped(pages: Pages) -> None:
    """What the handler said about its body does not describe the page; the rest stays."""
    request = Request("GET", "/")
    for name in ("Content-Type", "Content-Disposition", "ETag", "Cache-Control", "Set-Cookie", "X"):
        request.send_header(name, "v")
    pages.answer(HTTPError(400), request)
    assert [name for name, _ in request.response_headers] == ["Set-Cookie", "X"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit()])
def test_the_end_of_the_process_passes(pages: Pages, error: BaseException) -> None:
    """What is no failure of the handler is not answered."""
    with pytest.raises(type(error)):
        pages.answer(error)


def test_an_answer_by_hand_is_sent(pages: Pages) -> None:
    """A handler that says it has answered has: with its status, body and content type."""
    request = Request("GET", "/x")
    request.send_response(201, "Made")
    request.send_header("Content-Type", "text/csv")
    request.end_headers()
    request.wfile.write(b"a,b")
    response = pages.answer(PreventDefaultResponse(), request)
    assert (response.status, response.body) == (201, b"a,b")
    assert request.response_headers == [("Content-Type", "text/csv")]


def test_an_error_page_by_hand(pages: Pages) -> None:
    """``send_error`` gives the page that an exception would."""
    request = _browser()
    request.send_header("Content-Type", "text/csv")
    request.send_error(404, "not here")
    response = pages.answer(PreventDefaultResponse(), request)
    assert (response.status, request.response_headers) == (404, [])
    assert b"<p>not here</p>" in response.content()


def test_a_failure_outweighs_an_answer_by_hand(pages: Pages) -> None:
    """What was begun is dropped when the handler then fails."""
    request = Request("GET", "/x")
    request.send_response(200)
    assert pages.answer(PreventDefaultResponse(403), request).status == 403
    assert pages.answer(ValueError(), request).status == 500
