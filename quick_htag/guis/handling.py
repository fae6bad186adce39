"""What the app of an instance is doing: events and functions of its own, each a task.

The hot path of a click is ``begin`` -> ``_handle`` -> the engine -> ``HostedApp._send``, then
``PageTable.finished``. What is hardly ever there, a limit of time for handlers, a session that
other processes change, an event of an earlier app, costs a look at an attribute.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from threading import get_ident
from typing import TYPE_CHECKING, Any

from ..running import task_of
from .browser_errors import BROWSER_ERROR, BrowserErrors
from .desk import enter_desk

if TYPE_CHECKING:
    from ..engines.base import Instance
    from .begun_events import BegunEvents
    from .desk import DeskOwner
    from .event import Event
    from .hosted_app import Life
    from .interactions import Interactions
    from .services import Services
    from .session_saver import SessionSaver

ELSEWHERE = (4001, "the app goes on in another place")


class Handling:
    """Hands events to an app. "Session thread" only, except where noted.

    Args:
        life: the instance.
        services: what the host gives.
        interactions: what the app must get on with.
        saver: stores the session.
        owner: has what helpers of the app need.

    Attributes:
        app: what the engine has built; None: nothing yet.
        thread: ident of the session thread; 0: nothing has run there yet.

    """

    def __init__(
        self,
        life: Life,
        services: Services,
        interactions: Interactions,
        saver: SessionSaver,
        owner: DeskOwner,
    ) -> None:
        self.app: Instance | None = None
        self.thread = 0
        self._life = life
        self._owner = owner
        self._interactions = interactions
        self._limited = interactions.limit is not None
        self._saver = saver
        self._begun: BegunEvents = services.begun
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()  # the loop itself holds tasks weakly
        # page ids and events of the tasks under way
        self._acts: dict[asyncio.Task[Any], tuple[str | None, Event | None]] = {}
        self._clock = services.clock
        self._browser_errors: BrowserErrors | None = None  # few pages have any

    def settle(self) -> None:
        """The caller's is the session thread."""
        if self._loop is None:
            self.thread, self._loop = get_ident(), asyncio.get_running_loop()

    def is_free(self) -> bool:
        """Whether the caller is on the session thread, outside of any task. Any thread."""
        return get_ident() == self.thread and task_of(self._loop) is None

    # -- events ------------------------------------------------------------------------------------

    def begin(self, event: Event) -> bool:
        """Hand an event to the app; its first step was made when this returns.

        Returns:
            whether the event is done, and its page was told.

        """
        if self.app is None or self._life.closed:
            return False
        message = event.message
        if BROWSER_ERROR in message:
            if self._browser_errors is None:
                self._browser_errors = BrowserErrors(self._life.report_browser, self._clock)
            self._browser_errors.told(message[BROWSER_ERROR])
            self._interactions.enter((event.page.id, event.number))
            self._interactions.finish((event.page.id, event.number))
            self._life.pages.finished(event.page, event.number)
            return event.page.ready
        return self._start(self._handle(self.app, event)) and event.page.ready

    async def _handle(self, app: Instance, event: Event) -> None:
        page, number = event.page, event.number
        task = self._enter((page.id, number), page.id, event)
        try:
            self._saver.refresh()
            await app.receive(event.message)
        except Exception as error:  # noqa: BLE001 the app's own code
            self._life.report("an event failed", error, self.sent())
        finally:
            kept = self._leave((page.id, number), task)
            if kept and (event.begun or not self._life.closed):  # else another app may be given it
                self._life.pages.finished(page, number, earlier=event.earlier)

    def may_begin(self) -> bool:
        """The engine is about to handle the event of the current task; False: it must not.

        What cannot be noted, for the store is away, is done all the same; but not what another app
        may have done.
        """
        event = self.event()
        if event is None:
            return True
        saver = self._saver
        if saver.states is not None and not saver.states.is_current():
            self._life.end(*ELSEWHERE)
            return False
        owner, begin = self._life.session.uid, self._begun.begin
        if event.origin is not None:
            note = partial(begin, owner, *event.origin)
            event.earlier = not saver.ask(note, otherwise=False)
        if event.earlier:
            return False
        event.begun = True
        if self._begun.here:
            begin(owner, *event.given)
        else:
            saver.ask(partial(begin, owner, *event.given), otherwise=True)
        return True

    # -- functions of the app ----------------------------------------------------------------------

    def call(self, function: Callable[[], Any], page: str | None = None) -> bool:
        """Have a function of the app called soon, as if it handled an event. Any thread.

        Args:
            function: may be asynchronous, or a generator.
            page: whose event it seems to handle; None: nobody's.

        Returns:
            whether the instance lives.

        """

        def begin() -> None:
            if self.app is not None and not self._life.closed:
                self._start(self._act(page, self.app.run(function)))

        return not self._life.closed and self._life.post(begin)

    async def _act(self, page: str | None, step: Coroutine[Any, Any, None]) -> None:
        key = object()
        task = self._enter(key, page, None)
        try:
            self._saver.refresh()
            await step
        except Exception as error:  # noqa: BLE001 the app's own code
            self._life.report("an event failed", error)
        finally:
            self._leave(key, task)

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> bool:
        """Whether it is done."""
        task = self._life.start(coroutine)
        if task.done():
            return True
        self.keep(task)
        return False

    def keep(self, task: asyncio.Task[None]) -> None:
        """Hold a task until it is done."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _enter(self, key: object, page: str | None, event: Event | None) -> asyncio.Task[Any]:
        """What the current task does from now on, and what it starts, is code of the app."""
        if self._limited:
            self._interactions.enter(key)
        enter_desk(self._owner)
        task = task_of(self._loop)
        assert task is not None
        self._acts[task] = page, event
        return task

    def _leave(self, key: object, task: asyncio.Task[Any]) -> bool:
        """Whether what was done counts; False: another server has gone on without it."""
        saver = self._saver
        saver.save()
        del self._acts[task]
        if self._limited:
            self._interactions.finish(key)
        if saver.states is None or saver.states.is_current():
            return True
        if not self._life.closed:  # then the next instance may have begun to change things
            saver.give_up()
            self._life.end(*ELSEWHERE)
        return False

    # -- who asks ----------------------------------------------------------------------------------

    def asker(self) -> str | None:
        """Id of the page for which the current task does something. Any thread."""
        act = self._act_of_caller()
        return None if act is None else act[0]

    def event(self) -> Event | None:
        """The event that the current task handles. Any thread."""
        act = self._act_of_caller()
        return None if act is None else act[1]

    def sent(self) -> list[str]:
        """What the visitor has sent with the event that is being handled. Any thread."""
        event = self.event()
        if event is None:
            return []
        from .problems import sent_values  # nothing has failed before

        return sent_values(event.message)

    def _act_of_caller(self) -> tuple[str | None, Event | None] | None:
        """What the current task does, if the caller is on the session thread.

        Asked for its running loop, Python 3.11 makes a system call to be sure of its process; this
        is asked several times for each event.
        """
        if get_ident() != self.thread:
            return None
        task = task_of(self._loop)
        return None if task is None else self._acts.get(task)
