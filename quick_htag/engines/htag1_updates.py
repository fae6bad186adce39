"""``tag.update()`` of htag 1, from whatever loop it is awaited on.

Apps broadcast over a list of instances, and each instance has a thread of its own: the update of
another one is handed to its thread, because rendering there runs its code and touches its tags.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from .from_threads import Home, runs_here
from .reports import Report

if TYPE_CHECKING:
    from .htag1_scope import Scope

FOREIGN_UPDATE_LIMIT = 1.0  # seconds one session waits while another is busy with its update


class Updates:
    """The updates of one instance; built on the thread of its session, with its loop running.

    Args:
        show: renders a tag and sends it; whether the instance lives.
        scope: the scope of the instance.
        report: where failures go that nobody waits for.
        ended: whether the instance has ended. Any thread.

    """

    def __init__(
        self,
        show: Callable[[Any], bool],
        scope: Scope,
        report: Report,
        ended: Callable[[], bool],
    ) -> None:
        self._show = show
        self._scope = scope
        self._report = report
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._tasks: set[asyncio.Task[None]] = set()  # the loop keeps no strong reference

    async def update(self, tag: Any) -> bool:
        """Push a tag. Any thread, any loop.

        From elsewhere it is handed to the thread of the session. When that is busy for long, the
        caller goes on and the update follows.

        Returns:
            Whether the instance lives, so that the push reaches its pages, now or when they are
            back.

        """
        if self._ended():
            return False
        if runs_here(self._loop, self._thread):
            return self._scope.call(self._show, tag)
        answer: Future[bool] = Future()
        try:
            self._loop.call_soon_threadsafe(self._start, tag, answer)
        except RuntimeError:  # the loop is closed: the session has ended
            return False
        try:
            return await asyncio.wait_for(asyncio.wrap_future(answer), FOREIGN_UPDATE_LIMIT)
        except asyncio.TimeoutError:
            return not self._ended()

    def _start(self, tag: Any, answer: Future[bool]) -> None:
        task = self._loop.create_task(self._answer(tag, answer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, tag: Any, answer: Future[bool]) -> None:
        delivered, failure = False, None
        try:
            if not self._ended():
                delivered = self._scope.call(self._show, tag)
        except Exception as exc:  # noqa: BLE001 the app's render(); it belongs to who awaits it
            failure = exc
        finally:  # reached when the session ends as well
            waiting = answer.set_running_or_notify_cancel()
            if failure is None and waiting:
                answer.set_result(delivered)
            elif failure is not None and waiting:
                answer.set_exception(failure)
            elif failure is not None:
                self._report("an update could not be rendered", failure)


class Pushed(Coroutine[Any, Any, bool]):
    """What ``tag.update()`` gives where no loop runs: the tag is on its way already.

    It may be dropped, without the warning of a coroutine nobody awaited, or awaited or given to
    ``asyncio.run`` like one, for what ``Updates.update`` tells.

    Args:
        home: of the app.
        tag: what is pushed.

    """

    def __init__(self, home: Home, tag: Any) -> None:
        self._answer: Future[bool] = Future()
        self._alive = home.push(tag, self._answer)
        self._home = home
        self._waiting: Coroutine[Any, Any, bool] | None = None

    def send(self, value: Any) -> Any:
        return self._wait().send(value)

    def throw(self, *failure: Any) -> Any:
        return self._wait().throw(*failure)

    def close(self) -> None:
        """Nobody waits any more; the push goes its way."""
        if self._waiting is not None:
            self._waiting.close()

    def __await__(self) -> Generator[Any, Any, bool]:
        return self._wait().__await__()

    def _wait(self) -> Coroutine[Any, Any, bool]:
        if self._waiting is None:
            self._waiting = self._answered()
        return self._waiting

    async def _answered(self) -> bool:
        if not self._alive:
            return False
        try:
            return await asyncio.wait_for(asyncio.wrap_future(self._answer), FOREIGN_UPDATE_LIMIT)
        except asyncio.TimeoutError:
            return self._home.lives()
