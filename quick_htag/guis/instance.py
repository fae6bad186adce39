"""One live app: its thread, its engine instance, its pages, and its end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from ..deadline import Deadline
from ..errors import AppFailed, NoCapacity
from ..logs import ERR_SOURCE_BROWSER, ERR_SOURCE_GUI
from ..outbox import Outbox
from .alarm import Alarm
from .desk import MESSAGE
from .event import Event, Origin
from .hosted_app import CLOSE_LIMIT, HostedApp
from .interactions import Interactions
from .kept_states import KeptStates
from .pages import Page, PageTable
from .services import Mount, Rendered, Services
from .session_saver import SessionSaver

if TYPE_CHECKING:
    from ..engines.base import Payload
    from ..interfaces import Channel, Runner
    from ..messages.request import Request
    from ..stores.session import Session

BLOCKED_LIMIT = 1.0  # seconds in which the thread of a stuck app must turn out not to be blocked

EXPIRED = (4001, "the app was not used for a long time")
STARTED_ANEW = (4001, "the app was started anew")
FAILED = (4001, "the app has failed")
STUCK = (4003, "the app did not answer in time")
LEFT = (4002, "the app has ended")


def _nothing() -> None:
    """There is no timer."""


class GuiInstance:
    """One app of one session, on a thread of its own ("session thread").

    Args:
        mount: where the app is bound.
        session: whose instance it is.
        network: what the address of its visitor counts as.
        services: what the host gives.
        on_end: told once, when the instance takes no more pages. Any thread.
        on_gone: told once, when the thread is done, or was given up. Any thread.

    """

    def __init__(
        self,
        mount: Mount,
        session: Session,
        network: str,
        services: Services,
        on_end: Callable[[GuiInstance], object],
        on_gone: Callable[[GuiInstance], object],
    ) -> None:
        self.mount = mount
        self.session = session
        self.network = network
        self.created = services.clock()
        self.left_behind = False  # given up while its thread was busy
        self._services = services
        self._on_end = on_end
        self._on_gone = on_gone
        settings, clock = services.settings, services.clock
        self.ping_interval = settings.websocket_ping_interval  # seconds
        self.outbox = Outbox(settings)
        self.pages = PageTable(
            self.outbox,
            settings.max_pending_events,
            clock,
            services.pages_changed,
            settings.max_event_rate,
        )
        self._interactions = Interactions(clock, mount.options.interaction_limit(settings))
        self._expiry = Alarm(services.timer, clock, self._expires_at, self._expired)
        self._patience = Alarm(services.timer, clock, self._interactions.due, self._stuck)
        self._lock = threading.Lock()  # guards _runner, _closed, _waiting
        self._runner: Runner | None = None
        self._closed = False
        self._waiting = 0  # page requests that wait for the session thread, a worker each
        self._was_stuck = False
        self._unguard: Callable[[], object] = _nothing  # undoes the timer of ``end``
        self._finishing = False  # the app is being told of its end
        self._end: asyncio.Task[None] | None = None  # that does it
        self._gone = threading.Event()  # the app has been told, or was given up
        limit = settings.max_session_size
        states = KeptStates(session, mount.path, limit, self.report)
        self._states = states if mount.options.persist else None
        self._saver = SessionSaver(session, services.clock, self.report, self._states)
        self.app = HostedApp(self, services, self._interactions, self._saver)

    def __repr__(self) -> str:
        return f"<GuiInstance {self.name}>"

    @property
    def name(self) -> str:
        """How logs call it."""
        return f"{self.mount.name} of session {self.session.short_id}"

    @property
    def waiting(self) -> int:
        """How many page requests wait for its thread."""
        return self._waiting

    @property
    def closed(self) -> bool:
        """Whether it has ended."""
        return self._closed

    @property
    def home(self) -> Any:
        """Where websockets of its pages are best served; None: anywhere. See ``Receiver``."""
        return getattr(self._runner, "home", None)

    # -- page requests -----------------------------------------------------------------------------

    def render(self, request: Request, timeout: float | None) -> Rendered | None:
        """Render a page on the session thread, building the app first if need be.

        Blocks the caller: for request workers.

        Args:
            request: the page request.
            timeout: seconds to wait; None: no limit.

        Returns:
            None when the instance has ended, or has just ended because it cannot answer this
            request; another one must be built.

        Raises:
            AppFailed: the app raised. The instance has ended unless other pages are connected.
            NoCapacity: no thread could be started, or too many requests wait for it already.
            TimeoutError: the app takes longer.

        """
        runner = self._started()
        if runner is None:
            return None
        try:
            with self._queue(), self._interaction(request):
                return runner.run(partial(self.app.render, request), timeout)
        except CancelledError:  # it was ended in the meantime
            if self._was_stuck:  # another one would be, too
                raise TimeoutError(f"{self.name} takes too long") from None
            return None
        except AppFailed:
            if not self.pages.connected:
                self.end(*FAILED)
            raise

    @contextmanager
    def _queue(self) -> Iterator[None]:
        """Wait among few: a visitor who reloads a blocked app must not use up the workers."""
        with self._lock:
            if self._waiting >= self._services.settings.max_waiting_pages:
                raise NoCapacity(f"{self._waiting} page requests wait for {self.name} already")
            self._waiting += 1
        try:
            yield
        finally:
            with self._lock:
                self._waiting -= 1

    @contextmanager
    def _interaction(self, key: object) -> Iterator[None]:
        """Something the app must get on with."""
        self._interactions.begin(key)
        self._patience.watch()
        try:
            yield
        finally:
            self._saver.save()
            self._interactions.finish(key)

    def _started(self) -> Runner | None:
        """The runner, started by the first caller; None when the instance has ended."""
        try:
            with self._lock:
                if self._runner is None and not self._closed:
                    name = f"quick_htag-gui-{self.session.short_id}"
                    self._runner = self._services.runner(self.mount.options.isolation)(name)
                return None if self._closed else self._runner
        except (OSError, RuntimeError) as error:
            self.end(*FAILED)
            raise NoCapacity(f"no thread for another app: {error}") from error

    # -- pages and events --------------------------------------------------------------------------

    def post(self, function: Callable[[], object]) -> bool:
        """Call ``function`` on the session thread soon; False when there is none. Any thread."""
        runner = self._runner
        return runner is not None and runner.post(function)

    def page_disconnected(self, page: Page, channel: Channel) -> None:
        """A connection is gone; without any, the instance will expire. Any thread."""
        if self.pages.disconnect(page, channel):
            self.watch_expiry()

    def take_event(
        self,
        page: Page,
        number: int,
        message: Payload,
        origin: Origin | None = None,
        document: str = "",
    ) -> None:
        """Hand an event to the app, in order of arrival. Any thread.

        Args:
            page: that has sent it.
            number: of the event.
            message: its payload.
            origin: the document it was given to first, and its number there; None: this one.
            document: names the loaded document that has sent it.

        """
        if MESSAGE in message:  # now: a handler may be blocked until there is an answer
            self.app.desk.received(page.id, message[MESSAGE])
            self.pages.finished(page, number)
            return
        if self._interactions.limit is not None:
            self._interactions.begin((page.id, number))
            self._patience.watch()
        event = Event(page, number, message, origin, document)
        self.post(partial(self.app.start_event, event))

    def watch_patience(self) -> None:
        """Look whether the app gets on. Any thread."""
        self._patience.watch()

    def warn(self, text: str) -> None:
        """Tell the log something about the visitor. Any thread."""
        self._services.log.message(f"{self.name}: {text}")

    def report(self, text: str, error: BaseException | None, hide: Collection[str] = ()) -> None:
        """Tell the log what went wrong, without what is to be hidden. Any thread."""
        from ..tracebacks import hidden  # nothing has failed before

        told = hidden(f"{self.name}: {text}", hide)
        self._services.log.error(ERR_SOURCE_GUI, told, error, *([hide] if hide else []))

    def report_browser(self, text: str) -> None:
        """Tell the log what went wrong in a page. Any thread."""
        self._services.log.error(ERR_SOURCE_BROWSER, f"{self.name}: {text}")

    def tasks(self) -> int:
        """How many asyncio tasks it has, running handlers included. Any thread."""
        runner = self._runner
        return 0 if runner is None else runner.tasks()

    # -- expiry ------------------------------------------------------------------------------------

    def watch_expiry(self) -> None:
        """Look again when the instance may have expired. Any thread."""
        self._expiry.watch()

    def _expires_at(self) -> float | None:
        """Monotonic time in seconds; None while it is in use."""
        pages, settings = self.pages, self._services.settings
        limit = self.mount.options.inactivity_limit(settings)
        idle = None if limit is None else pages.last_event + limit
        if pages.connected:
            return idle
        limit = settings.instance_timeout if pages.ever_connected else settings.connect_timeout
        alone = pages.last_active + limit
        return alone if idle is None else min(alone, idle)

    def _expired(self) -> None:
        self.end(*EXPIRED)

    def _stuck(self) -> None:
        """The app shows no sign of life: report where it is, and let another take its place."""
        runner = self._runner
        where = "" if runner is None else f"; its thread:\n{runner.stack()}"
        self._was_stuck = True
        text = f"no sign of life for {self._interactions.limit} s, so it is ended"
        self.report(f"{text}{where}", None)
        if self.end(*STUCK):  # who waits for a page must not wait for a blocked thread
            self._services.timer.call_later(BLOCKED_LIMIT, self._give_up_if_blocked)

    def _give_up_if_blocked(self) -> None:
        if not self._finishing:
            self.give_up()

    # -- the end -----------------------------------------------------------------------------------

    def leave(self) -> None:
        """The app ends itself. Any thread."""
        if self.end(*LEFT) and self.mount.on_exit is not None:
            self.mount.on_exit()

    def end(self, code: int, reason: str, *, guard: bool = True) -> bool:
        """End the instance: close its pages, tell the app, end the thread. Never blocks.

        Any thread, the session thread included.

        Args:
            code: websocket close code for the pages.
            reason: text for the pages.
            guard: give the thread up when it does not end in time; False: the caller waits.

        Returns:
            False when it had ended before.

        """
        with self._lock:
            if self._closed:
                return False
            self._closed = True
            runner = self._runner
        self.app.transfers.end()
        self.app.desk.end()
        if self._states is not None:
            self._states.end(forget=(code, reason) in (LEFT, STARTED_ANEW))
        self._expiry.stop()
        self._patience.stop()
        self.pages.close(code, reason)
        self._on_end(self)
        if runner is None or not runner.post(self._start_finish):
            self._be_gone()
        elif guard:
            guarding = self._services.timer.call_later(CLOSE_LIMIT + 1.0, self.give_up)
            self._unguard = guarding
            if self._gone.is_set():
                guarding()
        return True

    def wait(self, deadline: Deadline) -> bool:
        """Wait, after ``end``, until the app was told; False when the time is up."""
        return self._gone.wait(deadline.remaining())

    def join(self, deadline: Deadline) -> bool:
        """Stop the thread and wait for it; False when the time is up."""
        runner = self._runner
        return runner is None or runner.stop(deadline.remaining() or 0.0)

    def give_up(self) -> None:
        """Leave a thread behind that is still busy with foreign code; it ends when that does."""
        if self._gone.is_set():
            return
        assert self._runner is not None
        self._runner.stop()
        self.left_behind = True
        self.report("it has ended, but its thread is still busy and was left behind", None)
        self._be_gone()

    def _start_finish(self) -> None:
        """Session thread."""
        self._finishing = True
        self._end = asyncio.get_running_loop().create_task(self._finish())  # loops hold them weakly

    async def _finish(self) -> None:
        assert self._runner is not None
        try:
            await self.app.finish()
        finally:
            self._runner.stop()
            self._be_gone()

    def _be_gone(self) -> None:
        if not self._gone.is_set():
            self._gone.set()
            self._on_gone(self)
            self._unguard()  # a timer would keep the app in memory
