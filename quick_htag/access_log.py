"""The line that is logged for each request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .errors import ConfigurationError, reason_phrase
from .logs import DEBUG, INFO, WARNING, MessageLog
from .messages.request import ERROR_DETAIL, HIDDEN_QUERY, LOG_DETAIL, Request

if TYPE_CHECKING:
    from .monitor.request_counter import RequestCounter

LEVELS: Final = ("all", "failures", "errors", "none")
_WENT_WELL = (101, 200, 304)
_LEAST = {"errors": 500, "none": 1000}  # statuses below are left out
_PROBES = ("health", "monitor")  # kinds of routes
_MISSING = (404, "File not found")
_LONG = 1.0  # seconds; whether a request is a poll, which waits on purpose, is asked from here on


class AccessLog:
    """Hears of every answer, counts it and logs it. Called on the thread that sends the answer.

    Args:
        log: where the lines go.
        counter: counts them.

    Attributes:
        invalid_paths: leave out that these are missing, 404; replaced as a whole.

    """

    def __init__(self, log: MessageLog, counter: RequestCounter) -> None:
        self._log = log
        self._counter = counter
        self._level = LEVELS[0]
        self._least = 0
        self._suppress = False
        self.invalid_paths: frozenset[str] = frozenset()

    @property
    def level(self) -> str:
        """Which requests are logged; may be set at any time.

        "all"; "failures": not what went well, 101, 200 and 304; "errors": from 500; "none".

        Raises:
            ConfigurationError: set to something else.

        """
        return self._level

    @level.setter
    def level(self, level: str) -> None:
        if level not in LEVELS:
            raise ConfigurationError(f"the log has the levels {', '.join(LEVELS)}, not {level!r}")
        self._level = level
        self._least = _LEAST.get(level, 0)
        self._suppress = level == "failures"

    def __call__(
        self,
        request: Request | None,
        status: int,
        elapsed: float,
        size: int | None,
        refused: str = "",
    ) -> None:
        if elapsed < _LONG or not _is_poll(request):
            self._counter.note(status, elapsed)
        else:
            self._counter.note_poll()
        if status < self._least:
            return
        if status in _WENT_WELL and (self._suppress or _is_probe(request)):
            return
        if request is None:
            why = refused or reason_phrase(status)
            line = "(unreadable request)"  # scanners send such bytes all day
            self._log.request(line, status, elapsed, None, _shown(why), DEBUG)
            return
        if status == 404 and request.raw_path in self.invalid_paths:
            return
        line = f"{request.method} {request.shown_target} {request.version}"
        if status < 400 and not refused:
            self._log.request(line, status, elapsed, size)
            return
        # of an error page; an answer that the handler has made has no detail
        detail = refused or request.meta.get(LOG_DETAIL) or request.meta.get(ERROR_DETAIL)
        if detail is None or (status, detail) == _MISSING:
            detail = ""
        level = INFO if status < 500 else WARNING
        self._log.request(line, status, elapsed, size, _shown(detail), level)


def _shown(detail: str) -> str:
    """In one line, whatever a client has put in there."""
    return detail.replace("\n", "\\x0a")


def _is_probe(request: Request | None) -> bool:
    return request is not None and getattr(request.routed, "kind", None) in _PROBES


def _is_poll(request: Request | None) -> bool:
    return request is not None and HIDDEN_QUERY in request.meta
