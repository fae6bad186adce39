"""Failures and refusals on their way to the log."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from quick_htag.engines.reports import PageReports, PayloadFilter, failing, reporting
from quick_htag.errors import AppFailed


class Reported(list[Any]):
    def __call__(self, text: str, error: BaseException | None) -> None:
        self.append((text, error))


def test_reporting_goes_on_after_a_failure() -> None:
    """What user code raises is reported with its exception, and does not get out."""
    reported = Reported()
    error = ValueError("broken")
    with reporting(reported, "the app"):
        raise error
    assert reported == [("the app", error)]


def test_reporting_survives_sys_exit() -> None:
    """An app that calls sys.exit does not end the thread of its session."""
    reported = Reported()
    with reporting(reported, "the app"):
        raise SystemExit(3)
    assert len(reported) == 1


def test_failing_chains_the_cause() -> None:
    """AppFailed says what happened, and carries the cause and its traceback."""
    with pytest.raises(AppFailed, match="the page: KeyError: 'x'") as caught, failing("the page"):
        raise KeyError("x")
    assert isinstance(caught.value.__cause__, KeyError)
    assert "test_reports.py" in caught.value.trace


def test_failing_keeps_app_failed() -> None:
    """A failure that is described already is not described again."""
    error = AppFailed("first")
    with pytest.raises(AppFailed) as caught, failing("second"):
        raise error
    assert caught.value is error


def test_refusals_are_counted_and_reported() -> None:
    """A refusal names the reason and its number."""
    reported = Reported()
    reports = PageReports(reported)
    reports.refused("no tag")
    assert reports.refused_count == 1
    assert reported == [("refused a message of a page (1): no tag", None)]


def test_many_refusals_do_not_fill_the_log() -> None:
    """A page that goes on is reported ever more rarely."""
    reported = Reported()
    reports = PageReports(reported)
    for _ in range(1000):
        reports.refused("again")
    assert reports.refused_count == 1000
    assert len(reported) == 10 + len([16, 32, 64, 128, 256, 512])


def test_a_refusal_cannot_forge_log_lines() -> None:
    """Control characters of a page are made visible, and its text is cut."""
    reported = Reported()
    PageReports(reported).refused("a\nb\x1b[2J" + "c" * 1000)
    text = reported[0][0]
    assert "\n" not in text
    assert "\x1b" not in text
    assert len(text) < 300


def test_a_script_error_is_cut_and_indented() -> None:
    """A stack trace keeps its lines, none of which looks like one of the server."""
    reported = Reported()
    PageReports(reported).script_error("TypeError\nat x\x07" + "y" * 5000)
    text = reported[0][0]
    assert text.startswith("JavaScript error in a page: TypeError\n    at x\\x07yy")
    assert len(text) < 2100


def test_a_script_error_may_be_anything() -> None:
    """A page may send what it likes as the text of an error."""
    reported = Reported()
    PageReports(reported).script_error({"no": "text"})
    assert reported[0][0].endswith("{'no': 'text'}")


def test_payload_records_are_dropped() -> None:
    """A log record that begins like a payload is dropped, another is kept."""
    keep = PayloadFilter("handle_event").filter
    make = logging.makeLogRecord
    assert not keep(make({"msg": "handle_event {'value': 'secret'}"}))
    assert keep(make({"msg": "Event 'click'"}))
    assert keep(make({"msg": ValueError("no text")}))
