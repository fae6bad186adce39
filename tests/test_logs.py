"""The message log: shapes of lines, errors, and who is told."""

from __future__ import annotations

import io
import re
import sys
import threading

import pytest

from quick_htag import logs
from quick_htag.logs import (
    ERR_SOURCE_REQUEST,
    LONG_MSG,
    MSG_STDERR,
    MessageLog,
    debug,
    default_log,
    escape,
    format_duration,
    format_size,
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


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0123, "  12.300ms"),
        (0.0, "   0.000ms"),
        (1.0, "   1.000s"),
        (90.0, "   1.500min"),
        (7200.0, "   2.000h"),
        (129600.0, "   1.500d"),
    ],
)
def test_duration(seconds, text):
    """The largest unit of at least one."""
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (1023, "1.02e+03 B"), (1259, "1.23 kB"), (5 << 20, "5 MB"), (3 << 30, "3 GB")],
)
def test_size(size, text):
    """Three significant digits."""
    assert format_size(size) == text


@pytest.mark.parametrize("text", ["a\x1b[31mb", "a\rb", "a\x00", "a\x85", "a\u2028b", "\x7f"])
def test_escape(text):
    """Nothing can move the cursor, change colours or begin a line."""
    assert all(sign.isprintable() for sign in escape(text))
    assert escape("tab\tand ä€") == "tab\tand ä€"


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
    assert lines[1] == "[SERVER] Traceback (most recent call last):"
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
        monkeypatch.setattr(logs.time, "time", lambda now=now: now)
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
