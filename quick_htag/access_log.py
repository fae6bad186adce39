"""The line that is logged for each request."""

from __future__ import annotations

from .logs import MessageLog
from .messages.request import Request

_WENT_WELL = (101, 200, 304)


class AccessLog:
    """Hears of every answer and logs it. Called on the thread that sends the answer.

    Args:
        log: where the lines go.

    Attributes:
        suppress_noise: leave out what went well: 101, 200 and 304. Assignable at any time.

    """

    def __init__(self, log: MessageLog) -> None:
        self._log = log
        self.suppress_noise = False

    def __call__(
        self, request: Request | None, status: int, elapsed: float, size: int | None
    ) -> None:
        if self.suppress_noise and status in _WENT_WELL:
            return
        if request is None:
            self._log.request("(unreadable request)", status, elapsed, size)
            return
        # The query of an upgraded connection holds the id of a page, which is a secret.
        target = request.raw_path if status == 101 else request.target
        self._log.request(f"{request.method} {target} {request.version}", status, elapsed, size)
