"""What a visitor whose app could not be opened is told, and what the log is."""

from __future__ import annotations

import io
from typing import Any

import pytest

from quick_htag.errors import AppFailed, HTTPError
from quick_htag.handlers.gui_failure import failed_page
from quick_htag.logs import MessageLog
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import Request

BROWSER = [("Accept", "text/html"), ("Cookie", "session=very-secret-id; theme=dark")]


def failed(text: str = "broken") -> AppFailed:
    """What an engine raises."""
    try:
        try:
            raise ValueError(text)
        except ValueError as error:
            raise AppFailed(f"App could not be built: {error}", "trace") from error
    except AppFailed as error:
        return error


def answer(error: AppFailed, log: io.StringIO, **options: Any) -> str:
    """The page for a browser."""
    request = Request("GET", "/", Headers(BROWSER))
    options = {"debug": True, "stream": "", **options}
    return failed_page(request, "App", error, MessageLog(log), **options)


def test_a_visitor_is_told_the_reference_of_the_log() -> None:
    """And nothing else."""
    log = io.StringIO()
    with pytest.raises(HTTPError) as info:
        answer(failed(), log, debug=False)
    assert info.value.status == 500
    reference = info.value.detail.rstrip(".").rpartition(" ")[2]
    assert f"App could not be opened (reference {reference})" in log.getvalue()
    assert "broken" not in info.value.detail


def test_a_developer_sees_the_line_of_the_app() -> None:
    """First, and then the way there."""
    page = answer(failed(), io.StringIO())
    assert page.index("ValueError: broken") < page.index("test_gui_failure.py:")
    assert "<pre>raise ValueError(text)</pre>" in page
    assert "EventSource" not in page


def test_a_page_may_come_back_by_itself() -> None:
    """When the program is started again after changes."""
    assert 'EventSource("/start?start=a")' in answer(
        failed(), io.StringIO(), stream="/start?start=a"
    )


def test_cookies_are_told_nobody() -> None:
    """Also when an exception quotes one."""
    log = io.StringIO()
    page = answer(failed("bad session very-secret-id"), log)
    assert "very-secret-id" not in page + log.getvalue()
    assert "bad session [hidden]" in page


def test_programs_get_text() -> None:
    """With the traceback, while that is on."""
    with pytest.raises(HTTPError, match="ValueError: broken"):
        failed_page(
            Request("GET", "/"), "App", failed(), MessageLog(io.StringIO()), debug=True, stream=""
        )


def test_an_engine_may_have_a_trace_and_no_exception() -> None:
    """It is shown as it is."""
    assert "<pre>the trace</pre>" in answer(AppFailed("x", "the trace"), io.StringIO())
