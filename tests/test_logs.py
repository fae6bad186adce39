"""The message log: shapes of lines, errors, and who is told."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
import threading

import pytest

from quick_htag import log_text, tracebacks
from quick_htag.logs import (
    ERR_SOURCE_GUI,
    ERR_SOURCE_REQUEST,
    LONG_MSG,
    MSG_STDERR,
    MessageLog,
    debug,
    default_log,
    msg,
    set_global_error_handler,
    set_log_file,
    set_long_msg,
    set_msg_stderr,
)


@pytest.fixture
def stream() -> io.StringIO:
    """What is written."""
    return io.StringIO()


@pytest.fixture
def log(stream) -> MessageLog:
    """A log of its own."""
    return MessageLog(stream)


@pytest.fixture
def module_log(stream):
    """The log of the module functions, put back afterwards."""
    before = default_log().file, default_log().error_handler
    set_log_file(stream)
    yield stream
    default_log().file, default_log().error_handler = before


def test_message(log, stream):
    """Every line has its head; an empty text is no line."""
    log.message("one\ntwo")
    log.message("")
    assert stream.getvalue() == "[SERVER] one\n[SERVER] two\n"


def test_request(log, stream):
    """The line of a request, with and without its columns."""
    log.request("GET / HTTP/1.1", 200, 0.0123, 2048)
    log.request("GET / HTTP/1.1", 404)
    first, second = stream.getvalue().splitlines()
    stamp = r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\]"
    assert re.fullmatch(rf'\[SERVER\]   12\.300ms {stamp} 2 kB "GET / HTTP/1\.1" 200', first)
    assert re.fullmatch(rf'\[SERVER\] {stamp} "GET / HTTP/1\.1" 404', second)


def test_request_cannot_forge_a_line(log, stream):
    """A target with a line end or a terminal code stays on its line, visible."""
    log.request("GET /\x1b[2J\r HTTP/1.1", 200)
    assert len(stream.getvalue().splitlines()) == 1
    assert "\\x1b[2J\\x0d" in stream.getvalue()


def test_error(log, stream):
    """An error has its source, its text and its traceback."""
    try:
        raise ValueError("broken")
    except ValueError as error:
        log.error(ERR_SOURCE_REQUEST, "while testing", error)
    lines = stream.getvalue().splitlines()
    assert lines[0] == "[SERVER] ERROR in err_request: while testing"
    assert re.fullmatch(r"\[SERVER\]   at .*test_logs\.py:[0-9]+, in test_error", lines[1])
    assert lines[2] == "[SERVER] Traceback (most recent call last):"
    assert lines[-1] == "[SERVER] ValueError: broken"


def test_error_handler(log, stream):
    """A handler gets the error instead of the stream."""
    seen = []
    log.error_handler = lambda *args: seen.append(args)
    log.error(ERR_SOURCE_REQUEST, "text")
    assert seen == [("err_request", "text", [])]
    assert stream.getvalue() == ""


def test_error_handler_that_fails(log, stream):
    """An error is not lost with the handler."""
    log.error_handler = lambda *_: 1 // 0
    log.error(ERR_SOURCE_REQUEST, "text")
    assert "ERROR in err_request: text" in stream.getvalue()
    assert "the error handler failed: ZeroDivisionError" in stream.getvalue()


class _Faulty(logging.Handler):
    """A handler of the user's that raises."""

    def emit(self, record):
        raise LookupError(record.msg)


def test_a_handler_of_logging_that_fails(stream):
    """Nothing that is logged is lost, and who has logged it goes on."""
    log = MessageLog(stream, "faulty")
    log.logger.addHandler(handler := _Faulty())
    try:
        log.message("a message")
        log.request("GET / HTTP/1.1", 200)
        log.error(ERR_SOURCE_GUI, "an error", ValueError("why"))
    finally:
        log.logger.removeHandler(handler)
    for text in ("a message", '"GET / HTTP/1.1" 200', "ERROR in err_gui: an error", "why"):
        assert text in stream.getvalue()
    assert stream.getvalue().count("a handler of logging failed: LookupError") == 3


def test_a_stream_that_fails_in_its_own_way(stream):
    """It may be anything with ``write``."""
    stream.write = lambda text: 1 // 0
    MessageLog(stream).message("lost")


def test_an_error_that_cannot_be_looked_at(log, stream, monkeypatch):
    """Where even the traceback fails, as in an odd environment, there is a line all the same."""
    monkeypatch.setattr(tracebacks, "_roots", lambda: 1 // 0)
    try:
        raise ValueError("why")
    except ValueError as error:
        log.error(ERR_SOURCE_GUI, "an error", error)
    assert "ERROR in err_gui: an error" in stream.getvalue()
    assert "ValueError (no traceback: ZeroDivisionError)" in stream.getvalue()


# -- logging ---------------------------------------------------------------------------------------


@pytest.fixture
def configured():
    """The program has given the logger a handler; the records it gets."""
    records = []
    handler = logging.Handler()
    handler.emit = records.append
    logger = logging.getLogger("quick_htag")
    logger.addHandler(handler)
    yield records
    logger.removeHandler(handler)


def test_who_configures_logging_gets_everything_there(configured, capsys):
    """Messages, requests and errors; nothing is written twice."""
    log = MessageLog()
    log.message("hello")
    log.request("GET / HTTP/1.1", 200)
    log.error(ERR_SOURCE_GUI, "failed", ValueError("broken"))
    names = [(record.name, record.getMessage()) for record in configured]
    assert names == [
        ("quick_htag", "hello"),
        ("quick_htag.access", '"GET / HTTP/1.1" 200'),
        ("quick_htag.gui", "failed"),
    ]
    assert configured[2].exc_info[1].args == ("broken",)
    assert capsys.readouterr().err == ""


def test_records_say_where_they_come_from(configured):
    """A message of ``msg`` is of its caller."""
    msg("hello")
    MessageLog().message("hello")
    assert [record.filename for record in configured] == ["test_logs.py", "test_logs.py"]


def test_a_file_gets_its_lines_in_any_case(configured, stream):
    """It was asked for, and each of two servers has its own."""
    MessageLog(stream).message("hello")
    assert stream.getvalue() == "[SERVER] hello\n"


def test_a_server_may_have_a_logger_of_its_own(configured):
    """Below the one of all, so that its handlers and its level count."""
    log = MessageLog(name="shop")
    log.message("hello")
    log.request("GET / HTTP/1.1", 200)
    assert [record.name for record in configured] == ["quick_htag.shop", "quick_htag.shop.access"]


def test_the_level_of_the_logger_counts_without_a_handler_too(log, stream):
    """For each logger by itself."""
    access = logging.getLogger("quick_htag.access")
    access.setLevel(logging.ERROR)
    log.request("GET / HTTP/1.1", 200)
    access.setLevel(logging.NOTSET)
    log.message("hello")
    assert stream.getvalue() == "[SERVER] hello\n"


def test_what_hardly_matters_is_for_debugging(log, stream):
    """And has a word that says so."""
    log.debug("one")
    log.logger.setLevel(logging.DEBUG)
    log.debug("two")
    log.logger.setLevel(logging.INFO)
    assert stream.getvalue() == "[SERVER] [DEBUG] two\n"


def test_a_record_holds_no_terminal_codes(configured):
    """Whatever a client has put in there."""
    MessageLog().request("GET /\x1b[2J HTTP/1.1", 200)
    assert configured[0].getMessage() == '"GET /\\x1b[2J HTTP/1.1" 200'


def _int_of(text):
    try:
        return int(text)
    except ValueError as error:
        return error


def test_what_was_typed_is_not_logged(configured, log, stream):
    """Neither here, nor in records, nor by the error handler."""
    error = _int_of("my password")
    log.error(ERR_SOURCE_GUI, "failed", error, ["my password"])
    seen = []
    log.error_handler = lambda *args: seen.append(args)
    log.error(ERR_SOURCE_GUI, "failed", error, ["my password"])
    told = [stream.getvalue(), logging.Formatter().format(configured[0]), str(seen)]
    assert ["password" in text for text in told] == [False] * 3
    assert ["ValueError: invalid literal" in text for text in told] == [True] * 3


def test_the_frames_of_libraries_are_folded(log, stream):
    """The user's own come first and last."""
    try:
        json.loads("{")
    except ValueError as error:
        log.error(ERR_SOURCE_GUI, "failed", error)
    lines = stream.getvalue().splitlines()
    assert "test_logs.py:" in lines[1]
    assert any(re.search(r"\.\.\. [0-9]+ frames? of Python", line) for line in lines)
    assert len(lines) < 13


def test_stream_that_is_gone(log, stream):
    """A closed stream is nobody's failure."""
    stream.close()
    log.message("text")


def test_no_stream_at_all(monkeypatch):
    """Programs without a console have no standard error."""
    monkeypatch.setattr(sys, "stderr", None)
    MessageLog().message("text")


def test_standard_error_of_the_moment(monkeypatch, stream):
    """A log without a file follows ``sys.stderr``."""
    log = MessageLog()
    monkeypatch.setattr(sys, "stderr", stream)
    log.message("text")
    assert stream.getvalue() == "[SERVER] text\n"


def test_lines_are_not_mixed(log, stream):
    """Lines of many threads stay whole."""
    threads = [
        threading.Thread(
            target=lambda: [log.message("a" * 50 + "\n" + "b" * 50) for _ in range(99)]
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    pair = "[SERVER] " + "a" * 50 + "\n[SERVER] " + "b" * 50 + "\n"
    assert stream.getvalue() == pair * (99 * 8)


def test_stamp_moves(log, stream, monkeypatch):
    """The time of a line is not that of the line before."""
    for now in (1_000_000_000.0, 1_000_000_001.0):
        monkeypatch.setattr(log_text.time, "time", lambda now=now: now)
        log.request("x", 200)
    first, second = (line.split("]")[1] for line in stream.getvalue().splitlines())
    assert first != second


def test_msg(module_log):
    """A message is headed by the file and line of its caller."""
    msg("hello {0} {name}", 1, name="x")
    assert re.fullmatch(r"test_logs\.py \(\d+\): hello 1 x\n", module_log.getvalue())


def test_msg_with_stray_braces(module_log):
    """A text without arguments is no format; a format that fails is still written."""
    msg("{stray} {")
    msg("{missing}", 1, a=2)
    assert [line.split(": ", 1)[1] for line in module_log.getvalue().splitlines()] == [
        "{stray} {",
        "{missing} 1 a=2",
    ]


@pytest.mark.parametrize(
    ("path", "head"), [("/a/pack/__init__.py", "pack"), ("/a/pack/__main__.py", "(-m) pack")]
)
def test_msg_of_a_package(module_log, path, head):
    """A caller in a package is headed by the name of the package."""
    exec(compile("msg('x')", path, "exec"), {"msg": msg})
    assert module_log.getvalue() == f"{head} (1): x\n"


def test_global_error_handler(module_log):
    """The handler for all servers without a log of their own."""
    seen = []
    set_global_error_handler(lambda *args: seen.append(args))
    default_log().error(ERR_SOURCE_REQUEST, "text")
    set_global_error_handler(None)
    default_log().error(ERR_SOURCE_REQUEST, "again")
    assert len(seen) == 1
    assert "again" in module_log.getvalue()


# -- settings of the module functions --------------------------------------------------------------


@pytest.fixture
def module_settings(module_log):
    """They are put back afterwards."""
    yield module_log
    set_long_msg(LONG_MSG)
    set_msg_stderr(MSG_STDERR)


def test_short_heads(module_settings):
    """On request lines do not name their place."""
    set_long_msg(False)
    msg("short")
    set_long_msg(True)
    msg("long")
    first, second = module_settings.getvalue().splitlines()
    assert first == "[SERVER] short"
    assert re.fullmatch(r"test_logs\.py \(\d+\): long", second)


def test_stderr_as_well(module_settings, capsys):
    """On request a log file does not silence the terminal; no line is written there twice."""
    msg("file only")
    set_msg_stderr(True)
    msg("both")
    set_log_file(None)
    msg("terminal only")
    assert "both" in module_settings.getvalue()
    assert [line.split(": ")[1] for line in capsys.readouterr().err.splitlines()] == [
        "both",
        "terminal only",
    ]


@pytest.mark.parametrize("value", ["1", " 2 ", "yes", "on"])
def test_debug_on(module_settings, monkeypatch, value):
    """The environment switches it on, with any word that does not say no."""
    monkeypatch.setenv("QUICK_SERVER_DEBUG", value)
    debug(lambda: {"a": 1})
    assert re.fullmatch(
        r"test_logs\.py \(\d+\): \[DEBUG\] \{'a': 1\}\n", module_settings.getvalue()
    )


@pytest.mark.parametrize("value", [None, "", "0", "no", "False", "off"])
def test_debug_off(module_settings, monkeypatch, value):
    """Then the function is not called."""
    monkeypatch.delenv("QUICK_SERVER_DEBUG", raising=False)
    if value is not None:
        monkeypatch.setenv("QUICK_SERVER_DEBUG", value)
    debug(lambda: pytest.fail("called"))
    assert module_settings.getvalue() == ""
