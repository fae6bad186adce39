"""A thread that owns an asyncio loop: a session's thread, and the sidecar's."""

from __future__ import annotations

import asyncio
import sys
import threading
import traceback
from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent.futures import CancelledError, Future, InvalidStateError
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from contextvars import Context
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import NoCapacity
from .eager import start_now
from .outcome import Outcome
from .prompt_thread import PromptThread

if TYPE_CHECKING:
    from types import FrameType

T = TypeVar("T")

_INNERMOST = 3  # frames among which one of a waiting loop is
_WAITING = {"select", "serve"}  # of selectors, and of ``Loan``
WIND_UP_LIMIT = 1.0  # seconds cancelled tasks get to finish

OnError = Callable[[str, "BaseException | None"], object]
"""``(text, exception)``: told of failures nobody waits for. Any thread."""


class LoopThread:
    """Starts a daemon thread that runs an asyncio loop until ``stop``; a ``Runner``.

    Every method may be called from any thread, its own included unless noted.

    Args:
        name: the name of the thread.
        on_error: told of exceptions that no caller waits for.
        new_loop: makes the loop.
        late: the thread starts with its first piece of work. A thread that has to be told what to
            do once it runs goes to sleep first and is woken again: for the page of a new session
            that took 300 us instead of 200.

    Raises:
        OSError: no file descriptors are left for the loop.
        RuntimeError: the system starts no more threads; with ``late``, ``run`` tells that.

    """

    def __init__(
        self,
        name: str,
        on_error: OnError,
        new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop,
        *,
        late: bool = False,
    ) -> None:
        self.name = name
        self._on_error = on_error
        self._loop = new_loop()
        self._loop.set_exception_handler(self._report)
        self._context = Context()  # nothing of who has asked for something gets into tasks
        # guards _stopping, _begun and _started (writes), and _waiting
        self._lock = threading.Lock()
        self._stopping = False  # nothing more is taken
        self._ending = False  # its own: everything that was taken before the end has its turn
        self._begun = False
        self._refused: RuntimeError | None = None  # why the thread has not begun
        self._waiting: list[Future[Any] | Outcome[Any]] = []  # most threads have none
        self._thread = PromptThread(self._main, name)
        self._started = False  # the thread runs, or will in a moment
        if not late:
            self._begin()
            if self._refused is not None:
                raise self._refused

    # -- for other threads -------------------------------------------------------------------------

    def run(self, work: Callable[[], Coroutine[Any, Any, T]], timeout: float | None = None) -> T:
        """Run the coroutine ``work()`` there and wait for its result. Not from its own thread.

        Args:
            work: called on the thread, gives the coroutine.
            timeout: seconds to wait; None: no limit, but ``stop`` ends the wait.

        Raises:
            TimeoutError: it took longer; the coroutine is cancelled.
            concurrent.futures.CancelledError: the thread has stopped, or stopped meanwhile.
            NoCapacity: it was to start now, and the system starts no more threads.

        """
        future: Future[T] = Future()
        self._expect(partial(self._start, work, future), future)
        try:
            return result_of(future, timeout, self.name)
        finally:
            self._forget(future)

    def call(self, function: Callable[[], T], timeout: float | None = None) -> T:
        """Call ``function`` there and wait for its result, see ``run``; a call is not cancelled.

        It is no task: that needs less, of the stack of the thread too, which keeps what it had.
        """
        outcome: Outcome[T] = Outcome()
        self._expect(partial(outcome.call, function), outcome)
        try:
            return outcome.result(timeout, self.name)
        finally:
            self._forget(outcome)

    def _expect(self, step: Callable[[], object], waited: Future[Any] | Outcome[Any]) -> None:
        """Have a step made that sees to what the caller waits for."""
        if self.is_current():
            raise RuntimeError(f"{self.name}: run() would wait for its own thread")
        with self._lock:
            self._waiting.append(waited)
        if self.post(step):
            return
        self._forget(waited)
        if self._refused is not None:
            raise NoCapacity(f"no thread for another app: {self._refused}")
        raise CancelledError(f"{self.name} has stopped")

    def _forget(self, waited: Future[Any] | Outcome[Any]) -> None:
        with self._lock:
            self._waiting.remove(waited)

    def submit(self, work: Callable[[], Coroutine[Any, Any, T]], future: Future[T]) -> bool:
        """Run the coroutine ``work()`` there for whoever waits for ``future``, and cancels it.

        Returns:
            False when the thread has stopped; ``future`` is not touched then.

        """
        return self.post(partial(self._start, work, future))

    def post(self, function: Callable[[], object]) -> bool:
        """Call ``function`` there soon, in order; False when the thread has stopped."""
        if not self._begun and self._begin(function):
            return True
        if self._stopping:
            return False
        try:
            if self.is_current():  # no need to wake the selector
                self._loop.call_soon(function)
            else:
                self._loop.call_soon_threadsafe(function)
        except RuntimeError:  # the loop was closed since the check
            return False
        return True

    def start(
        self, coroutine: Coroutine[Any, Any, T], context: Context | None = None
    ) -> asyncio.Task[T]:
        """Begin a coroutine; its first step was made when this returns. On its thread only.

        Not inside of a task. The caller keeps the task until it is done.

        Args:
            coroutine: what is to be done.
            context: the task gets a copy of it; None: of an empty one.

        """
        return start_now(self._loop, coroutine, context or self._context)

    def stop(self, timeout: float = 0.0) -> bool:
        """Cancel what runs and end the thread; safe to call again.

        A thread that is blocked in foreign code ends when that returns, or with the process.

        Args:
            timeout: seconds to wait for the end.

        Returns:
            whether the thread has ended; always False on the thread itself.

        """
        with self._lock:
            first = not self._stopping
            self._stopping = True
            waiting = list(self._waiting)
            if not self._begun:  # it never will
                self._begun = True
                self._loop.close()
        for future in waiting:
            future.cancel()
        if not self._started:
            return True
        if first:
            with suppress(RuntimeError):  # the thread died of an error and closed the loop
                self._loop.call_soon_threadsafe(self._end)
        if self.is_current():
            return False
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def stack(self) -> str:
        """Where the thread is now, or, when it waits for work, where its tasks are."""
        frame = sys._current_frames().get(self._thread.ident or 0)
        if frame is None:
            return "    the thread has ended"
        here = "".join(traceback.format_stack(frame)).rstrip()
        if self.current_task() is not None:
            return here
        with suppress(RuntimeError):  # too many come and go to count them
            tasks = stacks_of(asyncio.all_tasks(self._loop))
            return tasks if _is_idle(frame) else f"{here}\n{tasks}"
        return "    many tasks"

    def tasks(self) -> int:
        """How many asyncio tasks there are."""
        return 0 if self._loop.is_closed() else len(asyncio.all_tasks(self._loop))

    def current_task(self) -> asyncio.Task[Any] | None:
        """The task that runs just now."""
        return asyncio.current_task(self._loop)

    def report(self, text: str, error: BaseException | None) -> None:
        """Tell of a failure nobody waits for."""
        self._on_error(text, error)

    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def is_current(self) -> bool:
        """Whether the caller runs on this thread."""
        return threading.get_ident() == self._thread.ident

    def _begin(self, work: Callable[[], object] | None = None) -> bool:
        """Start the thread with this piece of work; False when somebody else does, or it fails."""
        with self._lock:
            if self._begun or self._stopping:
                return False
            self._begun = True
            if work is not None:
                self._loop.call_soon(work)
            try:
                self._thread.start()
            except RuntimeError as error:
                self._refused, self._stopping = error, True
                self._loop.close()
                return False
            self._started = True
            return True

    # -- on the thread -----------------------------------------------------------------------------

    def _main(self) -> None:
        loop = self._loop
        try:
            while not self._ending:  # and not _stopping: _end would come amid the end
                try:
                    loop.run_forever()
                except (SystemExit, KeyboardInterrupt) as error:
                    # asyncio lets these through; one handler must not end the session
                    self._on_error(f"{type(error).__name__} in {self.name} was ignored", error)
            self._wind_up()
        finally:
            loop.close()

    def _end(self) -> None:
        self._ending = True
        self._loop.stop()

    def _wind_up(self) -> None:
        """Cancel all tasks and give them a moment to finish."""
        loop = self._loop
        try:
            tasks = asyncio.all_tasks(loop)
            for task in tasks:
                task.cancel()
            if tasks:
                loop.run_until_complete(asyncio.wait(tasks, timeout=WIND_UP_LIMIT))
            closing = asyncio.wait_for(loop.shutdown_asyncgens(), WIND_UP_LIMIT)
            loop.run_until_complete(closing)
        except (SystemExit, KeyboardInterrupt, asyncio.TimeoutError, RuntimeError) as error:
            self._on_error(f"{self.name} did not end cleanly", error)

    def _start(self, work: Callable[[], Coroutine[Any, Any, T]], future: Future[T]) -> None:
        if future.cancelled():
            return
        task = self._loop.create_task(work())
        task.add_done_callback(partial(_settle, future))
        future.add_done_callback(partial(self._abandon, task))

    def _abandon(self, task: asyncio.Task[T], future: Future[T]) -> None:
        """Cancel the task of a caller who no longer waits. Any thread."""
        if future.cancelled() and not task.done():
            self.post(task.cancel)

    def _report(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """The loop's exception handler; any thread (a task may be collected anywhere)."""
        text = str(context.get("message") or "failure in an asyncio loop")
        self._on_error(f"{self.name}: {text}", context.get("exception"))


def _is_idle(frame: FrameType) -> bool:
    """Whether a loop waits for something to do."""
    return any(one.f_code.co_name in _WAITING for one, _ in _innermost(frame))


def _innermost(frame: FrameType) -> list[tuple[FrameType, int]]:
    return list(traceback.walk_stack(frame))[:_INNERMOST]


def stacks_of(tasks: Iterable[asyncio.Task[Any]]) -> str:
    """Where tasks that wait are, as lines of a traceback."""
    lines: list[str] = []
    for task in tasks:
        lines.append(f"    {task.get_name()} waits:\n")
        lines += traceback.StackSummary.extract(_frames_of(task.get_coro())).format()
    return "".join(lines).rstrip() or "    no task"


def _frames_of(waiting: Any) -> Iterator[tuple[FrameType, int]]:
    """Where a coroutine waits, and what it waits for; ``Task.get_stack`` has the first of them."""
    while waiting is not None:
        kind = next((kind for kind in ("cr", "gi", "ag") if hasattr(waiting, f"{kind}_frame")), "")
        frame = getattr(waiting, f"{kind}_frame", None)
        if frame is not None:
            yield frame, frame.f_lineno
        waiting = getattr(waiting, "gi_yieldfrom" if kind == "gi" else f"{kind}_await", None)


def result_of(future: Future[T], timeout: float | None, name: str) -> T:
    """Wait for a result; a coroutine that takes longer is cancelled.

    Raises:
        TimeoutError: it took longer than ``timeout`` seconds.
        concurrent.futures.CancelledError: it was cancelled.

    """
    try:
        return future.result(timeout)
    except FutureTimeoutError:
        if not future.cancel():
            return future.result()  # done in the meantime, or a timeout of the coroutine's own
        raise TimeoutError(f"{name} took longer than {timeout} s") from None


def _settle(future: Future[T], task: asyncio.Task[T]) -> None:
    """Copy the outcome of a task to whoever waits for it."""
    if task.cancelled():
        future.cancel()
        return
    error = task.exception()
    try:
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(task.result())
    except InvalidStateError:  # the waiter gave up; there is nobody to tell
        return
