"""One live app: its thread, its engine instance, its pages, and its end."""

from __future__ import annotations

import asyncio
import inspect
import json
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from ..deadline import Deadline
from ..engines.base import Instance, InstanceContext, PageParts, Payload
from ..errors import AppFailed, NoCapacity
from ..logs import ERR_SOURCE_GUI
from ..outbox import Outbox
from .alarm import Alarm
from .attachment import attached
from .interactions import Interactions
from .kept_states import KeptStates
from .pages import Page, PageTable
from .sealed_codec import encrypt
from .services import Mount, Rendered, Services
from .session_saver import SessionSaver

if TYPE_CHECKING:
    from ..interfaces import Channel, Runner
    from ..messages.request import Request
    from ..stores.session import Session
    from ..uploads import UploadProgress

CLOSE_LIMIT = 5.0  # seconds an app gets to take note of its end
BLOCKED_LIMIT = 1.0  # seconds in which the thread of a stuck app must turn out not to be blocked

EXPIRED = (4001, "the app was not used for a long time")
OUTDATED = (4001, "the app was opened with other arguments")
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
        self._gone = threading.Event()  # the app has been told, or was given up
        limit = settings.max_session_size
        states = KeptStates(session, mount.path, limit, self._report)
        self._states = states if mount.options.persist else None
        self._saver = SessionSaver(session, services.clock, self._report, self._states)
        self._followed: dict[str, Callable[[], object]] = {}  # leave uploads, by name; our lock's
        # session thread only
        self._app: Instance | None = None
        self._class: Any = None  # of the app
        self._query = ""  # of the page request it was built for
        self._events: set[asyncio.Task[None]] = set()
        self._asking: dict[asyncio.Task[Any], str] = {}  # page ids of the events they handle

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
                return runner.run(partial(self._render, request), timeout)
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

    async def _render(self, request: Request) -> Rendered | None:
        """Session thread; without an await, so that page and number fit."""
        if self._closed:
            return None
        self._interactions.enter(request)
        try:
            app = self.mount.source()
            if self._app is None:
                parts = self._first_page(app, request)
            elif self._accepts(app, request):
                parts = self._app.page(request)
            else:
                self.end(*OUTDATED)
                return None
        except AppFailed:
            raise
        except (Exception, SystemExit) as error:  # the app's own code
            raise AppFailed(f"{self.name} could not be rendered: {error!r}") from error
        self._saver.save()
        page = self.pages.add()
        if page is None:
            return None
        password = encrypt(page) if self.mount.options.parano else ""
        return Rendered(page.id, parts.html, parts.script, self.outbox.number, password)

    def _accepts(self, app: Any, request: Request) -> bool:
        """Whether this instance may answer another page request."""
        assert self._app is not None
        options = self.mount.options
        if options.recreate_on_reload or app is not self._class:
            return False
        if options.recreate_on_query is None:
            return self._app.accepts(request)
        return not options.recreate_on_query or request.query_string == self._query

    def _first_page(self, app: Any, request: Request) -> PageParts:
        if self._states is None:
            return self._open(app, request)
        parts = self._states.try_with(partial(self._open, app, request))
        assert self._app is not None
        self._states.follow(self._app.states)
        return parts

    def _open(self, app: Any, request: Request, kept: Mapping[str, Any] | None = None) -> PageParts:
        """Build the app and render its first page; another one that failed to do so ends."""
        if self._app is not None:
            closing = asyncio.get_running_loop().create_task(self._tell_end(self._app))
            self._events.add(closing)
            closing.add_done_callback(self._events.discard)
        self._app = None
        self._app = self._build(app, request, kept)
        return self._app.page(request)

    def _build(self, app: Any, request: Request, kept: Mapping[str, Any] | None) -> Instance:
        self._class, self._query = app, request.query_string
        shared = self.mount.shared_session
        context = InstanceContext(
            request=request,
            session=self.session.data if shared is None else shared,
            send=self._send,
            leave=self.leave,
            error=self._report,
            debug=self.mount.debug(),
            closed=lambda: self._closed,
            send_each=self._send,
            asker=self._asker,
            built=partial(self._built, request),
            kept=kept,
            save=self._save,
            follow=self._follow,
        )
        return self.mount.engine.build(app, context)

    def _send(self, payload: str, own: Mapping[str, str] | None = None) -> bool:
        self._interactions.alive()
        if self._states is not None:
            self._saver.save()  # what a page has shown is there after a crash
        delivered = self.outbox.send(payload, own) > 0
        if self._states is None:
            self._saver.save()
        return delivered

    def _asker(self) -> str | None:
        try:
            task = asyncio.current_task()
        except RuntimeError:  # a plain thread
            return None
        return None if task is None else self._asking.get(task)

    def _save(self, data: Any, filename: str, content_type: str) -> bool:
        """Have one page save something, see ``engines.downloads``. Any thread."""
        attachment = attached(data, filename, content_type)
        page = self._asker() or self.pages.latest()
        if page is None or self._closed:
            attachment.close()
            return False
        token = self._services.downloads.offer(self.session.uid, attachment)
        return self._send('{"save": null}', {page: json.dumps({"save": token})})

    def _follow(self, follower: Callable[..., object]) -> str:
        """Have a function told of an upload until that, or the app, has ended. Any thread."""
        name = secrets.token_urlsafe(16)

        def told(progress: UploadProgress) -> None:
            if progress.over:
                with self._lock:
                    self._followed.pop(name, None)
            follower(progress)

        leave = self._services.uploads.follow(name, told)
        with self._lock:
            if not self._closed:
                self._followed[name] = leave
                return name
        leave()
        return name

    def _built(self, request: Request, app: Any) -> None:
        """Give a new app to the hook of the mount, which may raise. Session thread."""
        hook = self.mount.on_instance
        if hook is not None:
            both = len(inspect.signature(hook).parameters) > 1
            hook(app, request) if both else hook(app)

    # -- pages and events --------------------------------------------------------------------------

    def post(self, function: Callable[[], object]) -> bool:
        """Call ``function`` on the session thread soon; False when there is none. Any thread."""
        runner = self._runner
        return runner is not None and runner.post(function)

    def page_connected(self) -> None:
        """Tell the app. Session thread."""
        if self._app is not None and not self._closed:
            try:
                self._app.connected()
            except Exception as error:  # noqa: BLE001 the app's own code
                self._report("connected() failed", error)

    def redraw(self, page: Page, channel: Channel) -> None:
        """Send a page that missed too much everything anew. Session thread."""
        if self._app is None or self._closed:
            return
        try:
            self.pages.redraw(page, channel, self._app.snapshot)
        except Exception as error:  # noqa: BLE001 the app's own code
            self._report("the page could not be redrawn", error)
            channel.close(1011, "the page could not be redrawn")

    def page_disconnected(self, page: Page, channel: Channel) -> None:
        """A connection is gone; without any, the instance will expire. Any thread."""
        if self.pages.disconnect(page, channel):
            self.watch_expiry()

    def take_event(self, page: Page, number: int, message: Payload) -> None:
        """Hand an event to the app, in order of arrival. Any thread."""
        self._interactions.begin((page.id, number))
        self._patience.watch()
        self.post(partial(self.start_event, page, number, message))

    def start_event(self, page: Page, number: int, message: Payload) -> None:
        """Hand an event to the app. Session thread."""
        if self._app is None or self._closed:
            return
        task = asyncio.get_running_loop().create_task(self._handle(page, number, message))
        self._events.add(task)  # the loop itself holds tasks weakly
        task.add_done_callback(self._events.discard)

    async def _handle(self, page: Page, number: int, message: Payload) -> None:
        assert self._app is not None
        self._interactions.enter((page.id, number))
        task = asyncio.current_task()
        assert task is not None
        self._asking[task] = page.id
        try:
            self._saver.refresh()
            await self._app.receive(message)
        except Exception as error:  # noqa: BLE001 the app's own code
            self._report("an event failed", error)
        finally:
            self._saver.save()
            del self._asking[task]
            self._interactions.finish((page.id, number))
            self.pages.finished(page, number)

    def warn(self, text: str) -> None:
        """Tell the log something about the visitor. Any thread."""
        self._services.log.message(f"{self.name}: {text}")

    def _report(self, text: str, error: BaseException | None) -> None:
        self._services.log.error(ERR_SOURCE_GUI, f"{self.name}: {text}", error)

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
        self._report(f"{text}{where}", None)
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
            followed, self._followed = self._followed, {}
        for leave in followed.values():
            leave()
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
        self._report("it has ended, but its thread is still busy and was left behind", None)
        self._be_gone()

    def _start_finish(self) -> None:
        """Session thread."""
        self._finishing = True
        task = asyncio.get_running_loop().create_task(self._finish())
        self._events.add(task)

    async def _finish(self) -> None:
        assert self._runner is not None
        try:
            if self._states is not None:
                self._saver.save()  # what it has noted when it ended
            if self._app is not None:
                await self._tell_end(self._app)
            self._saver.prolong()  # here, since who has ended it must not wait for a store
        finally:
            self._runner.stop()
            self._be_gone()

    async def _tell_end(self, app: Instance) -> None:
        try:
            await asyncio.wait_for(app.close(), CLOSE_LIMIT)
        except (Exception, SystemExit) as error:  # noqa: BLE001 the app's own code
            self._report("close() failed", error)

    def _be_gone(self) -> None:
        if not self._gone.is_set():
            self._gone.set()
            self._on_gone(self)
            self._unguard()  # a timer would keep the app in memory
