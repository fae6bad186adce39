"""Which answers are logged, and how."""

from io import StringIO

import pytest

from quick_htag.access_log import AccessLog
from quick_htag.logs import MessageLog
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import Request
from quick_htag.middleware.error_pages import ERROR_DETAIL


@pytest.fixture
def lines():
    """What was logged."""
    return StringIO()


@pytest.fixture
def access_log(lines):
    """An access log that writes to ``lines``."""
    return AccessLog(MessageLog(lines))


def test_the_line_of_an_answer(access_log, lines):
    """Duration, time, size, request and status."""
    access_log(Request("GET", "/a?b"), 200, 0.0123, 2048)
    assert lines.getvalue().startswith("[SERVER]   12.300ms [")
    assert lines.getvalue().endswith('] 2 kB "GET /a?b HTTP/1.1" 200\n')


def test_an_unreadable_request_is_logged(access_log, lines):
    """What is no HTTP leaves a line too, which says what was wrong with it."""
    access_log(None, 400, 0.0, 10)
    access_log(None, 400, 0.0, 10, "this port speaks HTTPS")
    assert lines.getvalue().count('"(unreadable request)" 400') == 2
    assert "code 400, message Bad Request" in lines.getvalue()
    assert "code 400, message this port speaks HTTPS" in lines.getvalue()


def test_a_request_refused_on_its_way_is_logged(access_log, lines):
    """With its first line and the reason."""
    access_log(Request("POST", "/a"), 408, 0.0, 10, "the request took too long to arrive")
    assert "code 408, message the request took too long to arrive" in lines.getvalue()
    assert '"POST /a HTTP/1.1" 408' in lines.getvalue()


@pytest.mark.parametrize(
    ("status", "detail", "count"),
    [(404, "File not found", 1), (404, "no such user", 2), (413, "File not found", 2)],
)
def test_an_error_page_has_two_lines(access_log, lines, status, detail, count):
    """The first says what the page says, but for the everyday 404."""
    request = Request("GET", "/a")
    request.meta[ERROR_DETAIL] = detail
    access_log(request, status, 0.0123, 10)
    first, *second = lines.getvalue().splitlines()
    assert len(second) == count - 1
    if second:
        assert first == f"[SERVER]   12.300ms code {status}, message {detail}"
    assert lines.getvalue().endswith(f'"GET /a HTTP/1.1" {status}\n')


def test_a_good_answer_has_one_line(access_log, lines):
    """Also when an error page was made on the way and then replaced."""
    request = Request("GET", "/a")
    request.meta[ERROR_DETAIL] = "no"
    access_log(request, 200, 0.0, 10)
    assert lines.getvalue().count("\n") == 1


def test_the_detail_cannot_forge_a_line(access_log, lines):
    """Control characters of a client's making are shown, not obeyed (W45)."""
    request = Request("GET", "/a")
    request.meta[ERROR_DETAIL] = "bad\x1b[2J\x85[SERVER] forged"
    access_log(request, 400, 0.0, 10)
    assert "bad\\x1b[2J\\x85[SERVER] forged" in lines.getvalue()


@pytest.mark.parametrize(
    ("status", "logged"), [(101, False), (200, False), (304, False), (206, True), (404, True)]
)
def test_noise(access_log, lines, status, logged):
    """Only 101, 200 and 304 are noise."""
    access_log.suppress_noise = True
    access_log(Request("GET", "/"), status, 0.0, 0)
    assert bool(lines.getvalue()) is logged


def test_an_upgrade_hides_its_query(access_log, lines):
    """The query of a websocket holds a secret."""
    headers = Headers([("Upgrade", "websocket")])
    for status in (101, 403):
        access_log(Request("GET", "/ws?page=secret", headers), status, 0.0, None)
    assert "secret" not in lines.getvalue()


def test_common_invalid_paths_leave_no_line(access_log, lines):
    """That they are missing is not told; that they fail otherwise is."""
    access_log.invalid_paths = frozenset(["/robots.txt"])
    access_log(Request("GET", "/robots.txt?x"), 404, 0.0, 10)
    assert lines.getvalue() == ""
    access_log(Request("GET", "/robots.txt"), 500, 0.0, 10)
    assert "/robots.txt" in lines.getvalue()
