"""One live app: its thread, its engine instance, its pages, and when it ends."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Coroutine
from concurrent.futures import CancelledError
from functools import partial
from typing import TYPE_CHECKING, Any

from ..errors import AppFailed, NoCapacity
from ..logs import ERR_SOURCE_BROWSER, ERR_SOURCE_GUI
from ..outbox import Outbox
from .alarm import Alarm
from .desk import MESSAGE
from .event import Event, Origin
from .hosted_app import HostedApp
from .instance_end import InstanceEnd
from .interactions import Interactions
from .pages import Page, PageTable
from .services import Mount, Rendered, Services
from .session_saver import SessionSaver

if TYPE_CHECKING:
    from ..engines.base import Payload
    from ..interfaces import Channel, Runner
    from ..messages.request import Request
    from ..stores.session import Session
    from .kept_states import KeptStates

EXPIRED = (4001, "the app was not used for a long time")
STARTED_ANEW = (4001, "the app was started anew")
FAILED = (4001, "the app has failed")
STUCK = (4003, "the app did not answer in time")
LEFT = (4002, "the app has ended")


class _Patience:
    """The moment when an app shows no sign of life for too long, see ``Moment``."""

    def __init__(self, interactions: Interactions, stuck: Callable[[], object]) -> None:
        self.due = interactions.due
        self.fire = stuck


class GuiInstance:
    """One app of one session, on a thread of its own ("session thread").

    It is the ``Moment`` of its expiry.

    Args:
        mount: where the app is bound.
        session: whose instance it is.
        network: what the address of its visitor counts as.
        services: what the host gives.
        on_end: told once, when the instance takes no more pages. Any thread.
        on_gone: told once, when the thread is done, or was given up. Any thread.

    Attributes:
        home: where websockets of its pages are best served; None: anywhere. See ``Receiver``.

    """

    def __init__(
        self,
        mount: Mount,
        session: Session,
        network: str,
        services: Services,
        on_end: Callable[[InstanceEnd], object],
        on_gone: Callable[[InstanceEnd], object],
    ) -> None:
        self.mount = mount
        self.session = session
        self.network = network
        self.created = services.clock()
        self.home: Any = None
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
        self._expiry = Alarm(services.timer, clock, self)
        self._patience: Alarm | None = None  # most apps may take any time
        if self._interactions.limit is not None:
            patience = _Patience(self._interactions, self._stuck)
            self._patience = Alarm(services.timer, clock, patience)
        # guards _runner, _posted, _ending, _waiting, and what helpers of app need
        self.lock = threading.Lock()
        self._runner: Runner | None = None
        self._posted = 0  # what waits for the session thread, where events need not
        self._ending: InstanceEnd | None = None  # not yet
        self._waiting = 0  # page requests that wait for the session thread, a worker each
        self._was_stuck = False
        self._states = self._kept_states(settings.max_session_size)
        self._saver = SessionSaver(session, clock, self.report, self._states)
        self.app = HostedApp(self, services, self._interactions, self._saver)

    def _kept_states(self, limit: int) -> KeptStates | None:
        """What it shows, as far as the session keeps it; ``limit`` in bytes for each value."""
        if not self.mount.options.persist:
            return None
        from .kept_states import KeptStates

        return KeptStates(self.session, self.mount.path, limit, self.report)

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
        return self._ending is not None

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
        self._enter_queue()
        try:
            return self._run(runner, request, timeout)
        except CancelledError:  # it was ended in the meantime
            if self._was_stuck:  # another one would be, too
                raise TimeoutError(f"{self.name} takes too long") from None
            return None
        except AppFailed:
            if not self.pages.connected:
                self.end(*FAILED)
            raise
        finally:
            with self.lock:
                self._waiting -= 1

    def _run(self, runner: Runner, request: Request, timeout: float | None) -> Rendered | None:
        limited = self._patience is not None
        if limited:
            self._interactions.begin(request)  # the app must get on with it
            self.watch_patience()
        try:
            return runner.call(partial(self.app.render, request), timeout)
        except NoCapacity:  # its thread was to start with this
            self.end(*FAILED)
            raise
        finally:
            self._saver.save()
            if limited:
                self._interactions.finish(request)

    def _enter_queue(self) -> None:
        """Wait among few: a visitor who reloads a blocked app must not use up the workers."""
        with self.lock:
            if self._waiting >= self._services.settings.max_waiting_pages:
                raise NoCapacity(f"{self._waiting} page requests wait for {self.name} already")
            self._waiting += 1

    def _started(self) -> Runner | None:
        """The runner, started by the first caller; None when the instance has ended."""
        try:
            with self.lock:
                if self._runner is None and not self.closed:
                    name = f"quick_htag-gui-{self.session.short_id}"
                    self._runner = self._services.runner(self.mount.options.isolation)(name)
                    self.home = getattr(self._runner, "home", None)
                return None if self.closed else self._runner
        except (OSError, RuntimeError) as error:
            self.end(*FAILED)
            raise NoCapacity(f"no thread for another app: {error}") from error

    # -- pages and events --------------------------------------------------------------------------

    def post(self, function: Callable[[], object]) -> bool:
        """Call ``function`` on the session thread soon; False when there is none. Any thread."""
        runner = self._runner
        if runner is None:
            return False
        with self.lock:
            self._posted += 1
        if runner.post(partial(self._call_posted, function)):
            return True
        with self.lock:
            self._posted -= 1
        return False

    def _call_posted(self, function: Callable[[], object]) -> None:
        """Where events may come on the session thread, none may overtake what was posted."""
        with self.lock:
            self._posted -= 1
        function()

    def start(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin a coroutine on the session thread, where the caller is."""
        assert self._runner is not None
        return self._runner.start(coroutine)

    def page_disconnected(self, page: Page, channel: Channel) -> None:
        """A connection is gone; without any, the instance will expire. Any thread."""
        if self.pages.disconnect(page, channel):
            self.app.page_disconnected(page.id)
            self.watch_expiry()

    def take_event(
        self,
        page: Page,
        number: int,
        message: Payload,
        origin: Origin | None = None,
        document: str = "",
        *,
        begins: bool = False,
    ) -> Event | None:
        """Hand an event to the app, in order of arrival. Any thread.

        Args:
            page: that has sent it.
            number: of the event.
            message: its payload.
            origin: the document it was given to first, and its number there; None: this one.
            document: names the loaded document that has sent it.
            begins: the session thread is free for it, see ``is_free``.

        Returns:
            the event, for the caller to ``begin`` as soon as it holds no lock; None: it is not to
            be begun by the caller.

        """
        if MESSAGE in message:  # now: a handler may be blocked until there is an answer
            if begins:
                self.pages.acknowledge(page)
            self.app.desk.received(page.id, message[MESSAGE])
            self.pages.finished(page, number)
            return None
        if self._interactions.limit is not None:
            self._interactions.begin((page.id, number))
            self.watch_patience()
        event = Event(page, number, message, origin, document)
        if begins:
            return event
        self.post(partial(self.app.handling.begin, event))
        return None

    def is_free(self) -> bool:
        """Whether the caller is on the session thread, which has nothing to do. Any thread."""
        return not self._posted and self.app.handling.is_free()

    def begin(self, event: Event) -> bool:
        """Begin with an event that ``take_event`` has given back; see ``Handling.begin``."""
        return self.app.handling.begin(event)

    def watch_patience(self) -> None:
        """Look whether the app gets on. Any thread."""
        if self._patience is not None:
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

    def due(self) -> float | None:
        """When it expires, monotonic time in seconds; None while it is in use. Any thread."""
        pages, settings = self.pages, self._services.settings
        limit = self.mount.options.inactivity_limit(settings)
        idle = None if limit is None else pages.last_event + limit
        if pages.connected:
            return idle
        limit = settings.instance_timeout if pages.ever_connected else settings.connect_timeout
        alone = pages.last_active + limit
        return alone if idle is None else min(alone, idle)

    def fire(self) -> None:
        """It has expired. Any thread."""
        self.end(*EXPIRED)

    def _stuck(self) -> None:
        """The app shows no sign of life: report where it is, and let another take its place."""
        runner = self._runner
        where = "" if runner is None else f"; its thread:\n{runner.stack()}"
        self._was_stuck = True
        text = f"no sign of life for {self._interactions.limit} s, so it is ended"
        self.report(f"{text}{where}", None)
        if self.end(*STUCK):
            assert self._ending is not None
            self._ending.hurry()

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
        with self.lock:
            if self._ending is not None:
                return False
            timer = self._services.timer
            ending = self._ending = InstanceEnd(self, self._runner, timer, self._on_gone)
        self.app.end_helpers()
        if self._states is not None:
            self._states.end(forget=(code, reason) in (LEFT, STARTED_ANEW))
        self._expiry.stop()
        if self._patience is not None:
            self._patience.stop()
        self.pages.close(code, reason)
        self._on_end(ending)
        ending.begin(guard=guard)
        return True
