"""The line that is logged for each request."""

from __future__ import annotations

from .errors import reason_phrase
from .logs import MessageLog, format_duration
from .messages.request import HIDDEN_QUERY, Request
from .middleware.error_pages import ERROR_DETAIL

_WENT_WELL = (101, 200, 304)
_PROBE = "health"  # kind of the route
_MISSING = (404, "File not found")


class AccessLog:
    """Hears of every answer and logs it. Called on the thread that sends the answer.

    Args:
        log: where the lines go.

    Attributes:
        invalid_paths: leave out that these are missing, 404; replaced as a whole.
        suppress_noise: leave out what went well: 101, 200 and 304. Assignable at any time.

    """

    def __init__(self, log: MessageLog) -> None:
        self._log = log
        self.suppress_noise = False
        self.invalid_paths: frozenset[str] = frozenset()

    def __call__(
        self,
        request: Request | None,
        status: int,
        elapsed: float,
        size: int | None,
        refused: str = "",
    ) -> None:
        if status in _WENT_WELL and (self.suppress_noise or _is_probe(request)):
            return
        if request is None:
            why = refused or reason_phrase(status)
            self._failed("(unreadable request)", status, why, elapsed)
            return
        if status == 404 and request.raw_path in self.invalid_paths:
            return
        # The query of a page's websocket, stream or poll holds its id, which is a secret.
        secret = "upgrade" in request.headers or HIDDEN_QUERY in request.meta
        target = request.raw_path if secret else request.target
        line = f"{request.method} {target} {request.version}"
        detail = refused or (None if status < 400 else request.meta.get(ERROR_DETAIL))
        if detail is None or (status, detail) == _MISSING:
            self._log.request(line, status, elapsed, size)
        else:  # an error page; an answer that the handler has made has no detail
            self._failed(line, status, detail, elapsed)

    def _failed(self, line: str, status: int, detail: str, elapsed: float) -> None:
        """Two lines, the duration in the first, as quick_server logs its error pages."""
        shown = detail.replace("\n", "\\x0a")  # one line, whatever a client has put in there
        self._log.message(f"{format_duration(elapsed)} code {status}, message {shown}")
        self._log.request(line, status)


def _is_probe(request: Request | None) -> bool:
    return request is not None and getattr(request.routed, "kind", None) == _PROBE
