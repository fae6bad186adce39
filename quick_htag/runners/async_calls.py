"""Runs coroutines of route handlers on a loop of their own, for request workers that wait.

What blocks, opening a page say, is done meanwhile by the worker that waits for the coroutine. So
there is one thread for all coroutines, and none for each of them.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from functools import partial
from typing import Any

from ..errors import HTTPError
from ..interfaces import Runner, RunnerFactory

_NAME = "quick_htag-routes"
_Job = tuple[Callable[[], Any], "asyncio.Future[Any]"]


class _Call:
    """One coroutine, and the worker that waits for it."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self.coroutine = coroutine
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._task: asyncio.Task[Any] | None = None
        self._answered = False  # the worker waits no more

    def start(self) -> None:
        """Loop thread."""
        _current.set(self)
        self._task = asyncio.get_running_loop().create_task(self.coroutine)
        self._task.add_done_callback(lambda task: self._jobs.put(None))

    async def on_worker(self, function: Callable[[], Any]) -> Any:
        """Have the worker call ``function``, and wait for what comes of it. Loop thread.

        Raises:
            RuntimeError: the request was answered before: the worker has gone.

        """
        if self._answered:
            raise RuntimeError("the request has been answered already")
        future = asyncio.get_running_loop().create_future()
        self._jobs.put((function, future))
        return await future

    def abort(self) -> None:
        """The loop has ended. Any thread."""
        self._jobs.put(None)

    def wait(self, post: Callable[[Callable[[], object]], bool]) -> Any:
        """Do what is asked for until the coroutine has ended; its value. The worker."""
        while (job := self._jobs.get()) is not None:
            function, future = job
            try:
                post(partial(_settle, future, function(), None))
            except Exception as error:  # noqa: BLE001 it is raised where it was asked for
                post(partial(_settle, future, None, error))
        self._answered = True
        if self._task is None or not self._task.done() or self._task.cancelled():
            raise HTTPError(503, "The server stops.")
        return self._task.result()

    def close(self) -> None:
        """A coroutine that never ran would warn."""
        if self._task is None:
            self.coroutine.close()


_current: ContextVar[_Call] = ContextVar("quick_htag_route_call")


def _settle(future: asyncio.Future[Any], value: Any, error: Exception | None) -> None:
    if future.done():  # the coroutine was cancelled
        return
    if error is None:
        future.set_result(value)
    else:
        future.set_exception(error)


class AsyncCalls:
    """The loop of the asynchronous handlers of one server; starts its thread on first use.

    Args:
        start_runner: starts a loop on a thread of its own.

    """

    def __init__(self, start_runner: RunnerFactory) -> None:
        self._start_runner = start_runner
        self._lock = threading.Lock()  # guards the three below
        self._runner: Runner | None = None
        self._calls: set[_Call] = set()
        self._closed = False

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """The value of a coroutine; what it raises is raised here. A request worker.

        Raises:
            HTTPError: 503, the server stops.

        """
        call = _Call(coroutine)
        try:
            runner = self._begin(call)
            if not runner.post(call.start):
                raise HTTPError(503, "The server stops.")
            return call.wait(runner.post)
        finally:
            call.close()
            with self._lock:
                self._calls.discard(call)

    def _begin(self, call: _Call) -> Runner:
        with self._lock:
            if self._closed:
                raise HTTPError(503, "The server stops.")
            if self._runner is None:
                self._runner = self._start_runner(_NAME)
            self._calls.add(call)
            return self._runner

    def close(self, timeout: float = 1.0) -> None:
        """Cancel what runs and end the thread; again is harmless.

        Args:
            timeout: seconds to wait for the end of the thread.

        """
        with self._lock:
            self._closed = True
            runner, calls = self._runner, list(self._calls)
        if runner is not None:
            runner.stop(timeout)
        for call in calls:
            call.abort()


def off_the_loop(function: Callable[[], Any]) -> Any:
    """Call what blocks: at once, or in a coroutine of ``AsyncCalls`` something to await.

    Args:
        function: called on the thread of the request.

    """
    call = _current.get(None)
    return function() if call is None or not _on_a_loop() else call.on_worker(function)


def _on_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:  # a plain thread, perhaps one that a coroutine has started
        return False
    return True
