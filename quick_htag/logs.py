"""The message log: what ``msg`` prints, request lines, and error reports.

Everything is a record of the standard ``logging``: who gives the logger ``quick_htag``, or the root
logger, a handler gets all there. Without one the lines are written here, in the shapes that
quick_server has, so scripts that read them keep working. A log that was given a file writes there
in any case.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TextIO

from .log_text import Stamp, escape, format_duration, format_size
from .log_writer import LineWriter

if TYPE_CHECKING:
    import logging

    from .tracebacks import Failure

ERR_SOURCE_COMMAND = "err_command"
ERR_SOURCE_GENERAL_QS = "err_quick_server"
ERR_SOURCE_REQUEST = "err_request"
ERR_SOURCE_RESTART = "err_restart"
ERR_SOURCE_WORKER = "err_worker"
ERR_SOURCE_GUI = "err_gui"
ERR_SOURCE_BROWSER = "err_browser"

SHORT_HEAD = "[SERVER] "

LOGGER: Final = "quick_htag"
_CHILDREN: Final = {  # of the logger, for errors by their source; others are its own
    ERR_SOURCE_COMMAND: "command",
    ERR_SOURCE_REQUEST: "request",
    ERR_SOURCE_RESTART: "process",
    ERR_SOURCE_WORKER: "jobs",
    ERR_SOURCE_GUI: "gui",
    ERR_SOURCE_BROWSER: "browser",
}

LONG_MSG = True  # what set_long_msg and set_msg_stderr begin with; quick_server's names
MSG_STDERR = False

ErrHandler = Callable[[str, str, list[str]], None]
"""``(source, message, traceback_lines)``: replaces the printing of an error."""

# levels of ``logging``, which takes 4 ms of the start and is loaded by whoever gives it a handler:
# a program that never did has none, and its lines are written here
DEBUG: Final = 10
INFO: Final = 20
WARNING: Final = 30
_ERROR: Final = 40


class MessageLog:
    """Tells ``logging``, or writes lines to one text stream. Any thread.

    Args:
        file: where to write in any case; None: ``sys.stderr`` as it is at the moment of writing,
            and only while the program has given ``logging`` no handler.
        name: of the logger below ``quick_htag``, for a log of one server; empty: that itself.

    Attributes:
        file: see above.
        long_heads: lines of ``msg`` name the place in the program they come from.
        also_stderr: write to ``sys.stderr`` in any case.
        error_handler: gets errors instead of all others; None: they are logged.
        logger: gets messages; its child ``access`` the lines of requests, others errors.
        prefix: of the process: begins each line that is written, "w1 " in a worker.

    """

    prefix = ""

    def __init__(self, file: TextIO | None = None, name: str = "") -> None:
        self.file = file
        self.long_heads = LONG_MSG
        self.also_stderr = MSG_STDERR
        self.error_handler: ErrHandler | None = None
        self._name = f"{LOGGER}.{name}" if name else LOGGER
        self._stamp = Stamp()
        # one line is never inside another; a file does not wait with a standard error nobody reads
        self._writer, self._stderr_writer = LineWriter(), LineWriter()

    @cached_property
    def logger(self) -> logging.Logger:
        """See above."""
        import logging

        top = logging.getLogger(LOGGER)
        if top.level == logging.NOTSET:  # else the root's default would drop all but warnings
            top.setLevel(logging.INFO)
        return logging.getLogger(self._name)

    @cached_property
    def _access(self) -> logging.Logger:
        return self.logger.getChild("access")

    def write(self, head: str, text: str) -> None:
        """Write each line of ``text`` with ``head`` before it; an empty text writes nothing.

        It is written only: ``logging`` is not told.
        """
        if not text:
            return
        head = f"{self.prefix}{head}"
        if "\n" in text:
            lines = "".join(f"{head}{escape(line)}\n" for line in text.split("\n"))
        else:
            lines = f"{head}{escape(text)}\n"
        self._put(self.file if self.file is not None else sys.stderr, lines)
        if self.also_stderr and self.file is not None:
            self._put(sys.stderr, lines)

    def _put(self, file: TextIO | None, lines: str) -> None:
        if file is None:  # pythonw has no stderr
            return
        try:
            (self._writer if file is self.file else self._stderr_writer).write(file, lines)
        except Exception:  # noqa: BLE001 it is gone, or the user's; there is nowhere to say so
            return

    def message(self, text: str) -> None:
        """Write a line of the server's own."""
        self._say(INFO, SHORT_HEAD, text)

    def debug(self, text: str) -> None:
        """Write what hardly ever matters: clients that leave, bytes that are no request."""
        self._say(DEBUG, f"{SHORT_HEAD}[DEBUG] ", text)

    def _say(self, level: int, head: str, text: str) -> None:
        """A message of who calls our caller."""
        if "logging" not in sys.modules:
            if level >= INFO:
                self.write(head, text)
            return
        logger = self.logger
        if not text or not logger.isEnabledFor(level):
            return
        try:
            if logger.hasHandlers():
                logger.log(level, "%s", escape(text), stacklevel=3)
        except Exception as error:  # noqa: BLE001 handlers and filters are the user's
            self._logging_failed(error)
        if self._writes(logger):
            self.write(head, text)

    def _of_source(self, source: str) -> logging.Logger:
        child = _CHILDREN.get(source)
        return self.logger if child is None else self.logger.getChild(child)

    def _logging_failed(self, error: Exception) -> None:
        """A log never raises: who writes to it has something to finish."""
        text = f"a handler of logging failed: {type(error).__name__}"
        self.write(SHORT_HEAD, f"ERROR in {ERR_SOURCE_GENERAL_QS}: {text}")

    def _writes(self, logger: logging.Logger | None) -> bool:
        """Whether lines are to be written here."""
        if logger is None:
            return True
        return self.file is not None or self.also_stderr or not _is_configured(logger)

    def request(
        self,
        line: str,
        status: int,
        elapsed: float | None = None,
        size: int | None = None,
        detail: str = "",
        level: int = INFO,
    ) -> None:
        """Write the line of one request.

        Args:
            line: method, target and version.
            status: the status answered.
            elapsed: seconds it took; None leaves the column out.
            size: bytes of the body; None leaves the column out.
            detail: why it failed, one line; empty leaves the column out.
            level: of its record.

        """
        logger = self._access if "logging" in sys.modules else None
        if not (level >= INFO if logger is None else logger.isEnabledFor(level)):
            return
        took = "" if elapsed is None else f"{format_duration(elapsed)} "
        amount = "" if size is None else f"{format_size(size)} "
        why = f"code {status}, message {detail} " if detail else ""
        if logger is not None and logger.hasHandlers():
            extra = {
                "request_line": escape(line),
                "status": status,
                "duration": elapsed,
                "size": size,
            }
            text = escape(f'{took}{why}{amount}"{line}" {status}')
            try:
                logger.log(level, "%s", text, extra=extra, stacklevel=2)
            except Exception as error:  # noqa: BLE001 handlers and filters are the user's
                self._logging_failed(error)
        if self._writes(logger):
            self.write(SHORT_HEAD, f'{took}{why}[{self._stamp()}] {amount}"{line}" {status}')

    def error(
        self,
        source: str,
        text: str,
        error: BaseException | None = None,
        hide: Iterable[str] = (),
    ) -> None:
        """Report a failure with its traceback, or give it to the error handler.

        Args:
            source: one of the ``ERR_SOURCE_`` names.
            text: what failed.
            error: the exception; None: no traceback.
            hide: what visitors have sent, to be taken out of the texts of exceptions.

        """
        values = tuple(hide)
        handler = self.error_handler
        if handler is not None:
            try:
                handler(source, text, _all_lines(error, values))
            except Exception as broken:  # noqa: BLE001 the handler is the user's
                text = f"{text}\nthe error handler failed: {_text_of(broken)}"
            else:
                return
        logger = self._of_source(source) if "logging" in sys.modules else None
        if logger is not None and not logger.isEnabledFor(_ERROR):
            return
        failure = None if error is None else _failure(error, values)
        try:
            if logger is not None and logger.hasHandlers():
                _record(logger, source, text, error, failure)
        except Exception as broken:  # noqa: BLE001 handlers and filters are the user's
            self._logging_failed(broken)
        if self._writes(logger):
            bare = [] if error is None else [type(error).__name__]
            shown = bare if failure is None else failure.short()
            self.write(SHORT_HEAD, "\n".join([f"ERROR in {source}: {text}", *shown]))


def _is_configured(logger: logging.Logger) -> bool:
    """Whether the program has chosen where records go."""
    current: logging.Logger | None = logger
    while current is not None:
        # pytest gives the root logger handlers for every test, which is no choice of the program
        if any(not type(one).__module__.startswith("_pytest.") for one in current.handlers):
            return True
        current = current.parent if current.propagate else None
    return False


def _failure(error: BaseException, hide: tuple[str, ...]) -> Failure | None:
    """What is told of an exception; no more than its class when looking at it fails, too."""
    try:
        from .tracebacks import Failure, failure_of  # nothing has failed before
    except (ImportError, OSError):  # no descriptor is left to read it
        return None
    try:
        return failure_of(error, hide)
    except Exception as broken:  # noqa: BLE001 no memory, an odd environment: tell what there is
        text = f"{type(error).__name__} (no traceback: {type(broken).__name__})"
        return Failure(type(error).__name__, text, [], hides=True)


def _text_of(error: BaseException) -> str:
    from .tracebacks import text_of

    return text_of(error)


def _all_lines(error: BaseException | None, hide: tuple[str, ...]) -> list[str]:
    """The whole traceback, as Python has it; folded when something is to be hidden."""
    if error is None:
        return []
    import traceback

    from .tracebacks import failure_of, holds

    parts = traceback.format_exception(error)
    if holds("".join(parts), hide):
        return failure_of(error, hide).lines()
    return [line for part in parts for line in part.rstrip("\n").split("\n")]


def _record(
    logger: logging.Logger,
    source: str,
    text: str,
    error: BaseException | None,
    failure: Failure | None,
) -> None:
    """Tell ``logging``; a handler gets the exception itself only when it may show all of it."""
    if failure is not None and failure.hides:
        text, error = "\n".join([text, *failure.short()]), None
    logger.error("%s", escape(text), exc_info=error, extra={"source": source}, stacklevel=3)


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

    The environment switches it on: ``QUICK_SERVER_DEBUG=1``, looked at in each call; so does the
    level ``DEBUG`` of the logger ``quick_htag``.
    """
    tells = "logging" in sys.modules and _log.logger.isEnabledFor(DEBUG)
    level = DEBUG if tells else INFO
    if tells or _debugging():
        _log._say(level, _caller_head(2), f"[DEBUG] {fun()}")


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
    _log._say(INFO, _caller_head(2), text)
