"""Errors of scripts in the pages of an app, as browsers tell them.

What a page says may be anything: it is checked, cut, cleaned, and told the log so seldom that no
visitor fills it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..log_text import escape, one_line

if TYPE_CHECKING:
    from ..deadline import Clock

BROWSER_ERROR = "browser_error"  # key of such a message of a page; see ``js/page_errors.js``

BURST = 10  # errors told at once ...
REFILL = 6.0  # ... and then one more after so many seconds

TEXT_LENGTH = 500  # characters
FILE_LENGTH = 300
STACK_LINES = 8
STACK_LENGTH = 4000  # characters ...
STACK_LINE_LENGTH = 200  # ... and of each line

# compiled by ``re`` at their first use
_REFERENCE = r"[0-9a-f]{8}"
# an address with its query, which may hold what nobody else should know
_QUERY = r"(\b[a-z-]{1,20}://[^\s?#)]*)[?#][^\s:)]*"
_KINDS = {"rejection": "unhandled rejection", "script": "script of the app"}


class BrowserErrors:
    """Those of one instance. Session thread only.

    Args:
        report: tells the log.
        clock: seconds, monotonic.

    """

    def __init__(self, report: Callable[[str], object], clock: Clock) -> None:
        self._report = report
        self._clock = clock
        self._left = float(BURST)
        self._since = clock()
        self._unsaid = 0

    def told(self, what: object) -> None:
        """A page tells of an error."""
        if not self._may_say():
            self._unsaid += 1
            return
        more = f" ({self._unsaid} others before were left out)" if self._unsaid else ""
        self._unsaid = 0
        self._report(f"{described(what)}{more}")

    def _may_say(self) -> bool:
        now = self._clock()
        self._left = min(float(BURST), self._left + (now - self._since) / REFILL)
        self._since = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


def described(what: object) -> str:
    """An error as a page tells it, for the log: a line, and its stack below, indented."""
    told: dict[Any, Any] = what if isinstance(what, dict) else {}
    kind = _KINDS.get(_text(told, "kind", 20), "JavaScript error")
    reference = _text(told, "reference", 8)
    marked = f" (reference {reference})" if re.fullmatch(_REFERENCE, reference) else ""
    text = one_line(_text(told, "text", TEXT_LENGTH) or "(no text)", TEXT_LENGTH)
    return "\n".join([f"{kind} in a page{marked}: {text}{_place(told)}", *_stack(told)])


def _text(told: dict[Any, Any], name: str, length: int) -> str:
    """A text of a page, its addresses without their queries; cut first, for it may be huge."""
    value = told.get(name)
    return re.sub(_QUERY, r"\1", value[: length + 1]) if isinstance(value, str) else ""


def _place(told: dict[Any, Any]) -> str:
    file = one_line(_text(told, "file", FILE_LENGTH), FILE_LENGTH)
    numbers = [told.get("line"), told.get("column")]
    shown = [str(one) for one in numbers if type(one) is int and 0 < one < 10**9]
    return f" at {':'.join([file or 'an inline script', *shown])}" if file or shown else ""


def _stack(told: dict[Any, Any]) -> list[str]:
    """Indented, so that no line of it can pass as one of the server."""
    lines = [line.strip() for line in _text(told, "stack", STACK_LENGTH).splitlines()]
    shown = [line[:STACK_LINE_LENGTH] for line in lines if line][:STACK_LINES]
    return [f"    {escape(line)}" for line in shown]
