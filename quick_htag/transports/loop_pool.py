"""One asyncio loop for many apps that never block; each has a place on it.

Rules of this file: a place is a ``Runner`` like a thread of its own, as far as anybody can see; the
tasks of a place are known by a context variable, which tasks and callbacks inherit; the loop's
thread starts with the first place and ends with the last.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextvars import Context, ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from .departures import Departures
from .ending import CLOSE_LIMIT
from .loop_thread import WIND_UP_LIMIT, LoopThread, OnError, result_of, stacks_of
from .loop_watch import LoopWatch, WatchedSelector
from .outcome import Outcome

if TYPE_CHECKING:
    from ..interfaces import Timer
    from .sidecar import Sidecar

T = TypeVar("T")

RETIRE_AFTER = 0.5  # seconds blocked, after which no new place is given on a loop

StartThread = Callable[[str, Callable[[], asyncio.AbstractEventLoop]], LoopThread]
"""Starts a loop thread: its name, and what makes its loop."""

MakeAnnex = Callable[[LoopThread, Departures], "Sidecar"]
"""``Sidecar.annex``."""

_place: ContextVar[LoopPlace | None] = ContextVar("quick_htag_place", default=None)


class SharedLoop:
    """A loop thread, who is on it, and whether somebody blocks it.

    Args:
        start: starts the thread.
        annex: makes the home of websockets on it.
        timer: for the watch.
        limit: seconds of blocking after which it is reported.
        on_error: told.

    """

    def __init__(
        self, start: StartThread, annex: MakeAnnex, timer: Timer, limit: float, on_error: OnError
    ) -> None:
        self._on_error = on_error
        self.watch = LoopWatch(limit, timer, self._report)
        self.places: set[LoopPlace] = set()  # guarded by the pool's lock
        self.begins: LoopPlace | None = None  # whose task makes its first step just now
        self._departures = Departures(timer)
        self.thread = start("quick_htag-gui-loop", self._new_loop)
        self.home = annex(self.thread, self._departures)

    def _new_loop(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.SelectorEventLoop(WatchedSelector(self.watch, self._departures))
        loop.set_task_factory(_make_task)  # type: ignore[arg-type]
        return loop

    def _report(self, seconds: float) -> None:
        blocking = next((one for one in list(self.places) if one.works()), None)
        who = "something" if blocking is None else blocking.name
        self._on_error(
            f'{who} has blocked the loop of all apps with isolation="loop" for {seconds:.1f} s; '
            f'apps that block need isolation="thread". It is here:\n{self.thread.stack()}',
            None,
        )


def _make_task(
    loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any], **options: Any
) -> asyncio.Task[Any]:
    """A task that belongs to the place of whoever makes it."""
    task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, **options)
    context = options.get("context")
    place = _place.get() if context is None else context.get(_place)
    if place is not None:
        place.take(task)
    return task


class LoopPlace:
    """A ``Runner`` for one app on a shared loop. Any thread, unless noted.

    Args:
        name: how reports call it.
        shared: the loop.
        left: told once, when no task is left. On the loop's thread.

    Attributes:
        home: where websockets of its pages are served without a change of threads.

    """

    def __init__(self, name: str, shared: SharedLoop, left: Callable[[LoopPlace], object]) -> None:
        self.name = name
        self.shared = shared
        self.home = shared.home
        self._left = left
        self._lock = threading.Lock()  # guards _waiting, _over, _ended, and _stopping (writes)
        self._waiting: list[Future[Any] | Outcome[Any]] = []  # most places have none
        self._stopping = False
        self._over = False  # no task is left, and none comes
        self._ended: threading.Event | None = None  # for who waits for that
        self._context = Context()
        self._context.run(_place.set, self)
        self._tasks: set[asyncio.Task[Any]] = set()  # changed on the loop's thread only

    def run(self, work: Callable[[], Coroutine[Any, Any, T]], timeout: float | None = None) -> T:
        """See ``LoopThread.run``."""
        if self.is_current():
            raise RuntimeError(f"{self.name}: run() would wait for its own thread")
        future: Future[T] = Future()
        with self._lock:
            self._waiting.append(future)
        try:
            if self._stopping or not self.shared.thread.submit(partial(self._call, work), future):
                future.cancel()
            return result_of(future, timeout, self.name)
        finally:
            with self._lock:
                self._waiting.remove(future)

    def call(self, function: Callable[[], T], timeout: float | None = None) -> T:
        """See ``LoopThread.call``; as a task, by which it is known who blocks the loop."""
        if self.is_current():
            raise RuntimeError(f"{self.name}: call() would wait for its own thread")
        outcome: Outcome[T] = Outcome()
        with self._lock:
            self._waiting.append(outcome)
        try:
            if self._stopping or not self.shared.thread.post(
                partial(self._begin_call, function, outcome)
            ):
                outcome.cancel()
            return outcome.result(timeout, self.name)
        finally:
            with self._lock:
                self._waiting.remove(outcome)

    def _begin_call(self, function: Callable[[], T], outcome: Outcome[T]) -> None:
        """Call it as the first and only step of a task, now and not in another round."""

        async def calling() -> None:
            outcome.call(function)

        if not self._stopping:
            self.start(calling())

    def post(self, function: Callable[[], object]) -> bool:
        """See ``LoopThread.post``."""
        if self._stopping:
            return False
        return self.shared.thread.post(partial(self._call, function))

    def start(self, coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """See ``LoopThread.start``."""
        shared = self.shared
        shared.begins = self
        try:
            task = shared.thread.start(coroutine, self._context)
        finally:
            shared.begins = None
        if not task.done():
            self.take(task)
        return task

    def stop(self, timeout: float = 0.0) -> bool:
        """Cancel the tasks of this place; True when all have ended."""
        with self._lock:
            first, self._stopping = not self._stopping, True
            waiting = list(self._waiting)
        for future in waiting:
            future.cancel()
        if first and not self.shared.thread.post(self._start_winding_up):
            self._note_end()  # the thread has ended, and with it every task
        if self.is_current():
            return False
        with self._lock:
            if self._over or timeout <= 0.0:
                return self._over
            if self._ended is None:
                self._ended = threading.Event()
            ended = self._ended
        return ended.wait(timeout)

    def _note_end(self) -> bool:
        """Tell who waits; False when that was done before."""
        with self._lock:
            first, self._over = not self._over, True
            if self._ended is not None:
                self._ended.set()
        return first

    def stack(self) -> str:
        """Where the loop is blocked, or where the tasks of this place wait."""
        if self.shared.watch.busy_since is not None:
            return self.shared.thread.stack()
        return stacks_of(list(self._tasks))

    def tasks(self) -> int:
        """How many tasks it has."""
        return len(self._tasks)

    def is_current(self) -> bool:
        """Whether the caller runs on the thread of the loop."""
        return self.shared.thread.is_current()

    def works(self) -> bool:
        """Whether a task of this place is the one that runs."""
        task = self.shared.thread.current_task()
        return task is not None and (task in self._tasks or self.shared.begins is self)

    # -- on the loop's thread ----------------------------------------------------------------------

    def take(self, task: asyncio.Task[Any]) -> None:
        """Own a task."""
        self._tasks.add(task)
        task.add_done_callback(self._done)
        if self._stopping:
            task.cancel()

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if self._stopping and not self._tasks:
            self._end()

    def _call(self, function: Callable[[], T]) -> T:
        _place.set(self)  # in a context of this call only
        return function()

    def _start_winding_up(self) -> None:
        current = asyncio.current_task()
        for task in list(self._tasks):
            if task is not current:
                task.cancel()
        if not self._tasks:
            self._end()
        else:
            asyncio.get_running_loop().call_later(WIND_UP_LIMIT, self._look_after)

    def _look_after(self) -> None:
        if self._tasks:
            where = stacks_of(self._tasks)
            self.shared.thread.report(f"{self.name} has tasks that do not end:\n{where}", None)

    def _end(self) -> None:
        if self._note_end():
            self._left(self)


class LoopPool:
    """Gives places on one loop; on another when somebody blocks it. Any thread.

    Args:
        start: starts a loop thread.
        annex: makes the home of websockets on one.
        timer: for the watches.
        limit: seconds of blocking after which it is reported.
        on_error: told.

    """

    def __init__(
        self, start: StartThread, annex: MakeAnnex, timer: Timer, limit: float, on_error: OnError
    ) -> None:
        self._make = partial(SharedLoop, start, annex, timer, limit, on_error)
        self._lock = threading.Lock()  # guards _loops and the places of each
        self._loops: list[SharedLoop] = []  # the newest last; it gives the places
        self._left = self._gone  # made once, and not for each place

    def place(self, name: str) -> LoopPlace:
        """A place for an app.

        Raises:
            OSError: no file descriptors are left for a loop.
            RuntimeError: the system starts no more threads.

        """
        with self._lock:
            if not self._loops or self._loops[-1].watch.blocked_for() > RETIRE_AFTER:
                self._loops.append(self._make())
            place = LoopPlace(name, self._loops[-1], self._left)
            self._loops[-1].places.add(place)
            return place

    def _gone(self, place: LoopPlace) -> None:
        shared = place.shared
        with self._lock:
            shared.places.discard(place)
            if shared.places or shared not in self._loops:
                return
            self._loops.remove(shared)
        # says goodbye to pages first; in a context of its own, or it would be a task of the place
        Context().run(shared.home.stop, CLOSE_LIMIT)

    def close(self, timeout: float) -> bool:
        """End every loop; whether all threads have ended within ``timeout`` seconds."""
        with self._lock:
            loops, self._loops = self._loops, []
        ended = [shared.home.stop(timeout / len(loops)) for shared in loops]
        return all(ended)
