"""The message log: what ``msg`` prints, request lines, and error reports.

The shapes of the lines are quick_server's, so scripts that read them keep working.
"""

from __future__ import annotations

import os
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any, TextIO

ERR_SOURCE_COMMAND = "err_command"
ERR_SOURCE_GENERAL_QS = "err_quick_server"
ERR_SOURCE_REQUEST = "err_request"
ERR_SOURCE_RESTART = "err_restart"
ERR_SOURCE_WORKER = "err_worker"
ERR_SOURCE_GUI = "err_gui"

SHORT_HEAD = "[SERVER] "

LONG_MSG = True  # what set_long_msg and set_msg_stderr begin with; quick_server's names
MSG_STDERR = False

ErrHandler = Callable[[str, str, list[str]], None]
"""``(source, message, traceback_lines)``: replaces the printing of an error."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_DURATIONS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))
_SIZES = ((1 << 30, " GB"), (1 << 20, " MB"), (1 << 10, " kB"))


def escape(text: str) -> str:
    """Make control characters visible: no forged log lines, no terminal codes."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def format_duration(seconds: float) -> str:
    """A duration with its largest unit of at least one, e.g. ``  12.300ms``."""
    for unit, name in _DURATIONS:
        if seconds >= unit:
            return f"{seconds / unit:8.3f}{name}"
    return f"{seconds * 1000.0:8.3f}ms"


def format_size(size: float) -> str:
    """A size in bytes with three significant digits, e.g. ``1.23 kB``."""
    for unit, name in _SIZES:
        if size >= unit:
            return f"{size / unit:.3g}{name}"
    return f"{size:.3g} B"


class _Stamp:
    """The wall-clock time of a log line, formatted once a second."""

    def __init__(self) -> None:
        self._cached = (0, "")  # replaced as a whole, so threads need no lock

    def __call__(self) -> str:
        now = int(time.time())
        second, text = self._cached
        if second != now:
            text = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now))
            self._cached = (now, text)
        return text


class MessageLog:
    """Writes lines to one text stream. Every method may be called on any thread.

    Args:
        file: where to write; None: whatever ``sys.stderr`` is at the moment of writing.

    Attributes:
        file: see above.
        long_heads: lines of ``msg`` name the place in the program they come from.
        also_stderr: write to ``sys.stderr`` as well when there is a file.
        error_handler: gets errors instead of the file; None: they are written.

    """

    def __init__(self, file: TextIO | None = None) -> None:
        self.file = file
        self.long_heads = LONG_MSG
        self.also_stderr = MSG_STDERR
        self.error_handler: ErrHandler | None = None
        self._stamp = _Stamp()
        self._lock = threading.Lock()  # one line is never inside another

    def write(self, head: str, text: str) -> None:
        """Write each line of ``text`` with ``head`` before it; an empty text writes nothing."""
        if not text:
            return
        lines = "".join(f"{head}{escape(line)}\n" for line in text.split("\n"))
        self._put(self.file if self.file is not None else sys.stderr, lines)
        if self.also_stderr and self.file is not None:
            self._put(sys.stderr, lines)

    def _put(self, file: TextIO | None, lines: str) -> None:
        if file is None:  # pythonw has no stderr
            return
        with self._lock:
            try:
                file.write(lines)
                file.flush()
            except (OSError, ValueError):  # the stream is gone; there is nowhere to say so
                return

    def message(self, text: str) -> None:
        """Write a line of the server's own."""
        self.write(SHORT_HEAD, text)

    def request(
        self,
        line: str,
        status: int,
        elapsed: float | None = None,
        size: int | None = None,
    ) -> None:
        """Write the line of one request.

        Args:
            line: method, target and version.
            status: the status answered.
            elapsed: seconds it took; None leaves the column out.
            size: bytes of the body; None leaves the column out.

        """
        took = "" if elapsed is None else f"{format_duration(elapsed)} "
        amount = "" if size is None else f"{format_size(size)} "
        self.write(SHORT_HEAD, f'{took}[{self._stamp()}] {amount}"{line}" {status}')

    def error(self, source: str, text: str, error: BaseException | None = None) -> None:
        """Report a failure with its traceback, or give it to the error handler.

        Args:
            source: one of the ``ERR_SOURCE_`` names.
            text: what failed.
            error: the exception; None: no traceback.

        """
        lines: list[str] = []
        if error is not None:
            for part in traceback.format_exception(error):
                lines.extend(part.rstrip("\n").split("\n"))
        handler = self.error_handler
        if handler is not None:
            try:
                handler(source, text, lines)
            except Exception as broken:  # noqa: BLE001 the handler is the user's
                text = f"{text}\nthe error handler failed: {broken!r}"
            else:
                return
        self.write(SHORT_HEAD, "\n".join([f"ERROR in {source}: {text}", *lines]))


_log = MessageLog()  # of the module functions, as quick_server has them: one per process


def default_log() -> MessageLog:
    """The log that ``msg``, ``set_log_file`` and servers without a log of their own use."""
    return _log


def set_log_file(file: TextIO | None) -> None:
    """Send messages to a text stream; None: ``sys.stderr``."""
    _log.file = file


def set_global_error_handler(fun: ErrHandler | None) -> None:
    """Call ``fun(source, message, traceback_lines)`` for errors; None prints them again."""
    _log.error_handler = fun


def set_long_msg(value: bool) -> None:
    """Whether lines of ``msg`` begin with file and line of the caller; else with ``[SERVER]``."""
    _log.long_heads = value


def set_msg_stderr(value: bool) -> None:
    """Whether messages go to ``sys.stderr`` as well when ``set_log_file`` sends them elsewhere."""
    _log.also_stderr = value


def _debugging() -> bool:
    value = os.environ.get("QUICK_SERVER_DEBUG", "").strip()
    try:
        return int(value) != 0
    except ValueError:
        return value.lower() not in ("", "no", "false", "off")


def debug(fun: Callable[[], object]) -> None:
    """Write what ``fun()`` gives, headed ``[DEBUG]``; without debugging it is not called.

    The environment switches it on: ``QUICK_SERVER_DEBUG=1``, looked at in each call.
    """
    if _debugging():
        _log.write(_caller_head(2), f"[DEBUG] {fun()}")


def _caller_head(depth: int) -> str:
    if not _log.long_heads:
        return SHORT_HEAD
    frame = sys._getframe(depth)
    path, line = frame.f_code.co_filename, frame.f_lineno
    name = os.path.basename(path)
    stem = os.path.splitext(name)[0]
    if stem in ("__init__", "__main__"):
        package = os.path.basename(os.path.dirname(path))
        name = package if stem == "__init__" else f"(-m) {package}"
    return f"{name} ({line}): "


def msg(text: str, *args: Any, **kwargs: Any) -> None:
    """Write a message, headed by the file and line of the caller.

    Args:
        text: the message; a format string only when arguments follow, so stray braces are safe.
        args: positional arguments for ``str.format``.
        kwargs: keyword arguments for ``str.format``.

    """
    text = str(text)
    if args or kwargs:
        try:
            text = text.format(*args, **kwargs)
        except (LookupError, ValueError, TypeError, AttributeError):
            text = " ".join([text, *map(str, args), *(f"{k}={v}" for k, v in kwargs.items())])
    _log.write(_caller_head(2), text)
