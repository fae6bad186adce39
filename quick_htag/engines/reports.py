"""How engines tell what went wrong: in an app, or in what a page sent.

Rules of this file: a failure of the app is reported every time, with its exception; what a page can
provoke at will is reported ever more rarely, so that no client fills the log.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..errors import AppFailed
from ..log_text import escape

Report = Callable[[str, BaseException | None], None]
"""What failed, and the exception; ``InstanceContext.error``."""

SCRIPT_ERROR_LENGTH = 2000  # characters of a page's error text that reach the log
ALWAYS_REPORTED = 10  # this many occasions are reported, then the 16th, 32nd, 64th, ...
REASON_LENGTH = 200  # characters of a refusal that reach the log


@contextmanager
def reporting(report: Report, what: str) -> Iterator[None]:
    """Report what user code raises inside, and go on after it.

    ``SystemExit`` counts: an app that calls ``sys.exit`` must not end the thread of its session.
    """
    try:
        yield
    except (Exception, SystemExit) as exc:  # noqa: BLE001 the app's code, it may raise anything
        report(what, exc)


class failing:  # noqa: N801 it is used like a function
    """Turns what user code raises inside into ``AppFailed``.

    Every page passes here twice, which is why it is no generator.

    Raises:
        AppFailed: the code inside raised; the cause is chained, its traceback in ``trace``.

    """

    __slots__ = ("_what",)

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        """Nothing has failed yet."""

    def __exit__(self, kind: object, exc: BaseException | None, trace: object) -> None:
        if exc is None or isinstance(exc, AppFailed):
            return
        if isinstance(exc, (Exception, SystemExit)):
            text = "".join(traceback.format_exception(exc))
            raise AppFailed(f"{self._what}: {type(exc).__name__}: {exc}", text) from exc


class PageReports:
    """Reports what pages of one instance did wrong. Thread of the session only.

    Args:
        report: where to.

    Attributes:
        refused_count: messages refused so far.
        script_error_count: JavaScript errors told by pages so far.

    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self.refused_count = 0
        self.script_error_count = 0

    def refused(self, reason: str) -> None:
        """A message was refused; nothing ran."""
        self.refused_count += 1
        if _worth_saying(self.refused_count):
            text = escape(reason[:REASON_LENGTH]).replace("\n", "\\n")
            self._report(f"refused a message of a page ({self.refused_count}): {text}", None)

    def script_error(self, text: object) -> None:
        """A page told of a JavaScript error; its text may be anything."""
        self.script_error_count += 1
        if _worth_saying(self.script_error_count):
            told = text if isinstance(text, str) else repr(text)
            # indented, so that a line of it cannot pass as a line of the server
            lines = escape(told[:SCRIPT_ERROR_LENGTH]).replace("\n", "\n    ")
            self._report(f"JavaScript error in a page: {lines}", None)


def _worth_saying(count: int) -> bool:
    return count <= ALWAYS_REPORTED or count & (count - 1) == 0


class PayloadFilter(logging.Filter):
    """Drops records of htag that print what users typed, passwords included.

    Args:
        prefixes: how the messages of such records begin.

    """

    def __init__(self, *prefixes: str) -> None:
        super().__init__()
        self._prefixes = prefixes

    def filter(self, record: logging.LogRecord) -> bool:
        return not (isinstance(record.msg, str) and record.msg.startswith(self._prefixes))
