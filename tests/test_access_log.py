"""Which answers are logged, and how."""

import logging
from io import StringIO

import pytest

from quick_htag.access_log import AccessLog
from quick_htag.errors import ConfigurationError
from quick_htag.logs import MessageLog
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import ERROR_DETAIL, HIDDEN_QUERY, LOG_DETAIL, Request
from quick_htag.monitor.request_counter import RequestCounter


@pytest.fixture
def lines():
    """What was logged."""
    return StringIO()


@pytest.fixture
def counter():
    """What counts the requests."""
    return RequestCounter()


@pytest.fixture
def access_log(lines, counter):
    """An access log that writes to ``lines``."""
    return AccessLog(MessageLog(lines), counter)


def test_the_line_of_an_answer(access_log, lines):
    """Duration, time, size, request and status."""
    access_log(Request("GET", "/a?b"), 200, 0.0123, 2048)
    assert lines.getvalue().startswith("[SERVER]   12.300ms [")
    assert lines.getvalue().endswith('] 2 kB "GET /a?b HTTP/1.1" 200\n')


@pytest.fixture
def debugging():
    """Lines that hardly ever matter are logged."""
    logger = logging.getLogger("quick_htag.access")
    logger.setLevel(logging.DEBUG)
    yield
    logger.setLevel(logging.NOTSET)


def test_an_unreadable_request_is_for_debugging(access_log, lines):
    """What is no HTTP comes from scanners, all day long."""
    access_log(None, 400, 0.0, 10)
    assert lines.getvalue() == ""


def test_an_unreadable_request_says_what_was_wrong(access_log, lines, debugging):
    """For who wants to know."""
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
    ("status", "detail", "told"),
    [(404, "File not found", False), (404, "no such user", True), (413, "File not found", True)],
)
def test_an_error_page_has_one_line(access_log, lines, status, detail, told):
    """It says what the page says, but for the everyday 404."""
    request = Request("GET", "/a")
    request.meta[ERROR_DETAIL] = detail
    access_log(request, status, 0.0123, 10)
    (line,) = lines.getvalue().splitlines()
    head = f"[SERVER]   12.300ms code {status}, message {detail} ["
    assert line.startswith(head if told else "[SERVER]   12.300ms [")
    assert line.endswith(f'10 B "GET /a HTTP/1.1" {status}')


def test_the_log_may_know_more_than_the_page(access_log, lines):
    """What it says about a path is not for clients."""
    request = Request("GET", "/a")
    request.meta[ERROR_DETAIL] = "File not found"
    request.meta[LOG_DETAIL] = "no matching folder"
    access_log(request, 404, 0.0123, 10)
    assert "code 404, message no matching folder [" in lines.getvalue()


@pytest.mark.parametrize(("status", "level"), [(200, "INFO"), (404, "INFO"), (500, "WARNING")])
def test_each_answer_is_one_record(access_log, caplog, status, level):
    """Of the logger ``quick_htag.access``, with its parts for who wants to count."""
    access_log(Request("GET", "/a"), status, 0.5, 10)
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("quick_htag.access", level)
    parts = record.request_line, record.status, record.duration, record.size
    assert parts == ("GET /a HTTP/1.1", status, 0.5, 10)


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
    access_log.level = "failures"
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


@pytest.mark.parametrize(
    ("level", "logged"),
    [("all", [200, 304, 404, 500]), ("failures", [404, 500]), ("errors", [500]), ("none", [])],
)
def test_the_level_chooses_what_is_logged(access_log, lines, level, logged):
    """Each level leaves out what the one before it does, and more."""
    access_log.level = level
    for status in (200, 304, 404, 500):
        access_log(Request("GET", "/a"), status, 0.0, 1)
    assert [int(line.rpartition(" ")[2]) for line in lines.getvalue().splitlines()] == logged


def test_another_level_is_refused(access_log):
    """The message names the levels there are."""
    with pytest.raises(ConfigurationError, match="all, failures, errors, none"):
        access_log.level = "loud"


def test_every_answer_is_counted(access_log, counter):
    """Also those that are not logged."""
    access_log.level = "none"
    for status in (200, 200, 404):
        access_log(Request("GET", "/a"), status, 2.0, 1)
    access_log(None, 400, 0.0, 1)
    assert counter.counts().by_status == {"2xx": 2, "4xx": 2}


def test_a_poll_that_waited_has_no_latency(access_log, counter):
    """It waits for an event and not for us."""
    request = Request("GET", "/poll")
    request.meta[HIDDEN_QUERY] = True
    access_log(request, 200, 20.0, 1)
    assert (counter.counts().polls, counter.counts().total) == (1, 0)
