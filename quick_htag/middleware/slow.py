"""Reports requests that take too long: while they do, and when they end.

One thread watches all requests. It is started by the first request after the report was switched
on, and sleeps until the oldest one becomes late, so a quick request costs it nothing.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..deadline import monotonic
from ..errors import ConfigurationError
from ..logs import ERR_SOURCE_REQUEST

if TYPE_CHECKING:
    from ..interfaces import Log
    from ..messages.request import Request

DEFAULT_LIMIT = 5.0  # seconds
_IDLE = 60.0  # seconds between looks when no request is under way
_ARGUMENTS = 4

SlowReport = Callable[[str, str, float, bool], object]
"""``(method, path, seconds, completed)``."""


class _Watched:
    """A request under way; its attributes are guarded by the lock of ``SlowRequests``."""

    __slots__ = ("due", "late", "report", "request", "started")

    def __init__(self, request: Request, started: float, limit: float, report: SlowReport) -> None:
        self.request = request
        self.started = started
        self.due = started + limit
        self.report = report
        self.late = False


class SlowRequests:
    """The slow-request report of one application. Every method may be called on any thread.

    Reports are made on the watching thread at the limit, and on the thread of the request at its
    end, so a callback that blocks delays them.

    Args:
        log: gets the report where no callback is set, and the failures of callbacks.

    Attributes:
        enabled: whether requests are to be watched.

    """

    def __init__(self, log: Log) -> None:
        self.enabled = False
        self._log = log
        self._limit = DEFAULT_LIMIT
        self._report: SlowReport = self._print
        self._changed = threading.Condition()  # guards everything below
        self._watched: set[_Watched] = set()
        self._wake_at: float | None = None  # when the thread looks next; None: when told
        self._thread: threading.Thread | None = None
        self._closed = False

    def configure(self, setting: Any) -> None:
        """Switch the report on or off.

        Args:
            setting: False or None: off; True: a log line after 5 seconds; a number: after so many;
                a callable: called after 5 seconds with as many of
                ``(method, path, seconds, completed)`` as it takes;
                ``(seconds, callable)``: called with all four.

        Raises:
            ConfigurationError: anything else.

        """
        limit, report = self._parse(setting) if setting else (DEFAULT_LIMIT, self._print)
        with self._changed:
            self._limit, self._report = limit, report
            self.enabled = bool(setting) and not self._closed

    def _parse(self, setting: Any) -> tuple[float, SlowReport]:
        if setting is True:
            return DEFAULT_LIMIT, self._print
        if isinstance(setting, (int, float)) and 0 < setting < math.inf:
            return float(setting), self._print
        if callable(setting):
            return DEFAULT_LIMIT, _adapt(setting)
        if isinstance(setting, (tuple, list)) and len(setting) == 2:
            limit, report = setting
            if isinstance(limit, (int, float)) and limit > 0 and callable(report):
                return float(limit), report
        raise ConfigurationError(
            "report_slow_requests takes False, True, seconds, a callable, or (seconds, callable), "
            f"not {setting!r}"
        )

    @contextmanager
    def watch(self, request: Request) -> Iterator[None]:
        """Watch a request while the block runs."""
        watched = self._begin(request)
        try:
            yield
        finally:
            with self._changed:
                self._watched.discard(watched)
                late = watched.late
            if late:
                self._call(watched, completed=True)

    def close(self) -> None:
        """End the thread; again is harmless."""
        with self._changed:
            self._closed = True
            self.enabled = False
            thread = self._thread
            self._changed.notify_all()
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=5.0)  # a callback may be running on it

    def _begin(self, request: Request) -> _Watched:
        with self._changed:
            watched = _Watched(request, monotonic(), self._limit, self._report)
            if self._closed:
                return watched
            self._watched.add(watched)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="quick_htag-slow-requests", daemon=True
                )
                self._thread.start()
            elif self._wake_at is None or watched.due < self._wake_at:
                self._changed.notify_all()
        return watched

    def _run(self) -> None:
        while True:
            late = self._wait_for_late()
            if late is None:
                return
            for watched in late:
                self._call(watched, completed=False)

    def _wait_for_late(self) -> list[_Watched] | None:
        """Requests that have become late, oldest first; None: closed."""
        with self._changed:
            while not self._closed:
                now = monotonic()
                waiting = [watched for watched in self._watched if not watched.late]
                late = [watched for watched in waiting if watched.due <= now]
                for watched in late:
                    watched.late = True
                if late:
                    return sorted(late, key=lambda watched: watched.started)
                self._wake_at = min((watched.due for watched in waiting), default=None)
                self._changed.wait(_IDLE if self._wake_at is None else self._wake_at - now)
        return None

    def _call(self, watched: _Watched, completed: bool) -> None:
        request = watched.request
        seconds = monotonic() - watched.started
        try:
            watched.report(request.method, request.shown_target, seconds, completed)
        except Exception as error:  # noqa: BLE001 the callback is the user's
            self._log.error(ERR_SOURCE_REQUEST, "the slow-request callback failed", error)

    def _print(self, method: str, path: str, seconds: float, completed: bool) -> None:
        if completed:
            self._log.message(
                f'request took longer than expected: "{method} {path}"({seconds:.3f}s)'
            )
        else:
            self._log.message(f'request takes longer than expected: "{method} {path}"')


def _adapt(callback: Callable[..., object]) -> SlowReport:
    """A callback that takes fewer than four arguments is not called at the end."""
    import inspect  # only where there is such a function

    try:
        parameters = inspect.signature(callback).parameters.values()
    except (TypeError, ValueError):  # some functions written in C do not tell
        return callback
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return callback
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    count = sum(parameter.kind in positional for parameter in parameters)
    if count >= _ARGUMENTS:
        return callback

    def report(method: str, path: str, seconds: float, completed: bool) -> None:
        if not completed:
            callback(*(method, path, seconds, completed)[:count])

    return report
