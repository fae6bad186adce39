"""Runs the handlers of open connections: each on a thread of its own, or all on one loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

from ..deadline import Deadline
from ..errors import HTTPError, SendTimeout
from ..logs import ERR_SOURCE_REQUEST
from .line import INTERNAL_ERROR, NORMAL, TRY_AGAIN_LATER, Line

if TYPE_CHECKING:
    from ..interfaces import Log, Runner, RunnerFactory
    from ..settings import Settings

NewThread = Callable[[Callable[[], object], str], threading.Thread]
"""``(target, name)``: a daemon thread that was not started."""

_NAME = "quick_htag-handler"
_DONE = (NORMAL, "")
_FAILED = (INTERNAL_ERROR, "the handler failed")
_TOO_SLOW = (TRY_AGAIN_LATER, "too slow")
_RETRY = [("Retry-After", "10")]


class Handlers:
    """The running handlers of one server, and the end of them all.

    Threads are started with a connection and end with their handler. ``async`` handlers share one
    loop on one thread, which starts with the first of them: none of them may block.

    Args:
        settings: how many there may be.
        log: told of handlers that fail.
        new_thread: makes threads.
        start_runner: starts a thread with a loop.

    """

    def __init__(
        self, settings: Settings, log: Log, new_thread: NewThread, start_runner: RunnerFactory
    ) -> None:
        self._settings = settings
        self._log = log
        self._new_thread = new_thread
        self._start_runner = start_runner
        self._changed = threading.Condition()  # guards everything below
        self._lines: dict[Line, threading.Thread | None] = {}  # None: on the loop
        self._tasks = 0  # of the lines, those on the loop
        self._runner: Runner | None = None
        self._closing: tuple[int, str] | None = None

    # -- a new connection --------------------------------------------------------------------------

    def check_room(self, *, on_loop: bool) -> None:
        """Refuse a request before it becomes a connection.

        Raises:
            HTTPError: 503, as many handlers run as may run.

        """
        if not self._has_room(on_loop):
            raise HTTPError(503, "The server is full, try again later.", _RETRY)

    def thread_line(
        self, run: Callable[[Line], object], what: str, over: threading.Event | None = None
    ) -> Line:
        """A line whose handler gets a thread when the connection is there.

        Args:
            run: the handler; when it returns or raises, the line is closed.
            what: names it in the log.
            over: set when the connection is closed; None: nobody waits for that.

        """
        # The factory of threads is the user's: it is called here, and not on the sidecar.
        thread = self._new_thread(lambda: self._on_thread(line, run, what), _NAME)
        limit, over = self._settings.websocket_max_inbox, over or threading.Event()
        line = Line(limit, lambda: self._begin_thread(line, thread), over)
        return line

    def task_line(
        self,
        run: Callable[[Line], Coroutine[Any, Any, object]],
        what: str,
        over: threading.Event | None = None,
    ) -> Line:
        """A line whose handler becomes a task of the loop; see ``thread_line``."""

        def begin() -> bool:
            return self._begin_task(line, partial(self._on_loop, line, run, what))

        line = Line(self._settings.websocket_max_inbox, begin, over or threading.Event())
        return line

    def _has_room(self, on_loop: bool) -> bool:
        if self._closing is not None:
            return False
        if on_loop:
            return self._tasks < self._settings.max_handler_tasks
        return len(self._lines) - self._tasks < self._settings.max_handler_threads

    def _begin_thread(self, line: Line, thread: threading.Thread) -> bool:
        """Start a handler. On the sidecar thread."""
        with self._changed:
            if self._closing is not None:
                return self._too_late(line, self._closing)
            if not self._has_room(on_loop=False):
                return False
            self._lines[line] = thread
        try:
            thread.start()
        except RuntimeError as error:  # the system gives no more threads
            self._log.error(ERR_SOURCE_REQUEST, "a handler could not be started", error)
            self._ended(line)
            return False
        return True

    def _begin_task(self, line: Line, work: Callable[[], Coroutine[Any, Any, object]]) -> bool:
        with self._changed:
            if self._closing is not None:
                return self._too_late(line, self._closing)
            if not self._has_room(on_loop=True):
                return False
            if self._runner is None:
                try:
                    self._runner = self._start_runner(f"{_NAME}s")
                except (OSError, RuntimeError) as error:
                    text = "the loop of async handlers could not be started"
                    self._log.error(ERR_SOURCE_REQUEST, text, error)
                    return False
            self._lines[line] = None
            self._tasks += 1
            runner = self._runner
        if runner.post(partial(self._spawn, line, work)):
            return True
        self._ended(line)
        return False

    def _too_late(self, line: Line, reason: tuple[int, str]) -> bool:
        """The server has begun to stop since the request was accepted."""
        line.close(*reason)
        return True

    # -- a handler ---------------------------------------------------------------------------------

    def _on_thread(self, line: Line, run: Callable[[Line], object], what: str) -> None:
        end = _FAILED
        try:
            run(line)
            end = _DONE
        except BaseException as error:  # noqa: BLE001 user code; SystemExit is no way to leave
            end = self._failed(line, what, error)
        finally:
            line.close(*end)
            self._ended(line)

    def _spawn(self, line: Line, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        task = asyncio.get_running_loop().create_task(work())
        task.add_done_callback(lambda _: self._ended(line))
        line.task = task  # the loop itself holds tasks weakly only

    async def _on_loop(
        self, line: Line, run: Callable[[Line], Coroutine[Any, Any, object]], what: str
    ) -> None:
        end = _FAILED
        try:
            await run(line)
            end = _DONE
        except Exception as error:  # noqa: BLE001 user code
            end = self._failed(line, what, error)
        finally:
            line.close(*end)

    def _failed(self, line: Line, what: str, error: BaseException) -> tuple[int, str]:
        """How to close after a handler that raised; a client is no failure of the handler."""
        if line.is_end(error):
            return _DONE
        if isinstance(error, SendTimeout):
            self._log.message(f"the handler of {what} has ended: {error}")
            return _TOO_SLOW
        self._log.error(ERR_SOURCE_REQUEST, f"the handler of {what} failed", error)
        return _FAILED

    def _ended(self, line: Line) -> None:
        with self._changed:
            if line in self._lines and self._lines.pop(line) is None:
                self._tasks -= 1
            line.task = None
            self._changed.notify_all()

    # -- all of them -------------------------------------------------------------------------------

    def counts(self) -> tuple[int, int]:
        """How many threads and how many tasks run. Any thread."""
        with self._changed:
            return len(self._lines) - self._tasks, self._tasks

    def is_member(self) -> bool:
        """Whether the caller is the thread of a handler."""
        current = threading.current_thread()
        with self._changed:
            return current in self._lines.values()

    def begin_close(self, reason: tuple[int, str]) -> None:
        """Close every connection and take no more; waits for nothing. Safe to call again.

        Args:
            reason: close code and text for the websockets (RFC 6455 section 7.4).

        """
        with self._changed:
            self._closing = reason
            lines = list(self._lines)
        for line in lines:
            line.close(*reason)

    def close(self, timeout: float, reason: tuple[int, str]) -> bool:
        """Do what ``begin_close`` does, and wait for the handlers. Safe to call again.

        Args:
            timeout: seconds; threads that need longer are left behind.
            reason: see ``begin_close``.

        Returns:
            whether all have ended.

        """
        deadline = Deadline(timeout)
        self.begin_close(reason)
        with self._changed:
            lines = list(self._lines.items())
            runner = self._runner
            ended = self._changed.wait_for(lambda: not self._lines, deadline.remaining())
        for _, thread in lines:
            if thread is not None and thread is not threading.current_thread():
                thread.join(deadline.remaining())
        return (runner is None or runner.stop(max(deadline.remaining() or 0.0, 0.2))) and ended
