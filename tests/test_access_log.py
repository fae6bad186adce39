"""Which answers are logged, and how."""

from io import StringIO

import pytest

from quick_htag.access_log import AccessLog
from quick_htag.logs import MessageLog
from quick_htag.messages.request import Request


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
    """What is no HTTP leaves a line too."""
    access_log(None, 400, 0.0, 10)
    assert '"(unreadable request)" 400' in lines.getvalue()


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
    access_log(Request("GET", "/ws?page=secret"), 101, 0.0, None)
    assert "secret" not in lines.getvalue()
