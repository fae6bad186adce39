"""The app of an instance: built, shown, given its events, told of its end."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from ..engines.base import Instance, InstanceContext, PageParts
from ..errors import AppFailed
from .browser_errors import BROWSER_ERROR, BrowserErrors
from .desk import Desk
from .pace import Pace
from .problems import problem, sent_values
from .sealed_codec import encrypt
from .services import Mount, Rendered
from .transfers import Transfers

if TYPE_CHECKING:
    from ..interfaces import Channel
    from ..messages.request import Request
    from ..outbox import Outbox
    from ..stores.session import Session
    from .event import Event
    from .interactions import Interactions
    from .pages import Page, PageTable
    from .services import Services
    from .session_saver import SessionSaver

CLOSE_LIMIT = 5.0  # seconds an app gets to take note of its end

OUTDATED = (4001, "the app was opened with other arguments")
ELSEWHERE = (4001, "the app goes on in another place")


class Life(Protocol):
    """Of the instance an app belongs to. Any thread."""

    mount: Mount
    network: str
    session: Session
    outbox: Outbox
    pages: PageTable

    @property
    def name(self) -> str:
        """How logs call it."""

    @property
    def closed(self) -> bool:
        """Whether it has ended."""

    def post(self, function: Callable[[], object]) -> bool:
        """Call a function on the session thread; False when there is none."""

    def watch_patience(self) -> None:
        """Something the app must get on with goes on."""

    def leave(self) -> None:
        """The app ends itself."""

    def end(self, code: int, reason: str) -> bool:
        """End it."""

    def report(self, text: str, error: BaseException | None, hide: Collection[str] = ()) -> None:
        """Tell the log what went wrong, without what is to be hidden."""

    def report_browser(self, text: str) -> None:
        """Tell the log what went wrong in a page."""


class HostedApp:
    """The app of one instance. "Session thread" only, except where noted.

    Args:
        life: the instance.
        services: what the host gives.
        interactions: what the app must get on with.
        saver: stores the session.

    Attributes:
        instance: what the engine has built; None: nothing yet.
        transfers: what the app exchanges with its visitor besides payloads.
        desk: what helpers of the app need.

    """

    def __init__(
        self, life: Life, services: Services, interactions: Interactions, saver: SessionSaver
    ) -> None:
        self.instance: Instance | None = None
        self.transfers = Transfers(life.session, services, life.pages, self._asker, self._send)
        self.desk = Desk(
            services,
            life.pages,
            self.transfers,
            self._send,
            self.start,
            self._asker,
            self._waiting,
            life.mount.options.isolation,
            life.session.uid,
            life.network,
        )
        self._life = life
        self._interactions = interactions
        self._saver = saver
        self._states = saver.states
        self._class: Any = None
        self._query = ""  # of the page request it was built for
        self._events: set[asyncio.Task[None]] = set()
        self._begun = services.begun
        self._services = services
        self._pace: Pace | None = None  # of an app that has a thread of its own
        self._loop: asyncio.AbstractEventLoop | None = None  # of the session thread ...
        self._thread = 0  # ... and its ident
        self._handling: dict[asyncio.Task[Any], Event] = {}
        self._asking: dict[asyncio.Task[Any], str] = {}  # page ids of the events they handle
        self._browser_errors = BrowserErrors(life.report_browser, services.clock)

    # -- pages -------------------------------------------------------------------------------------

    async def render(self, request: Request) -> Rendered | None:
        """Render a page, building the app first; without an await, so that page and number fit.

        Returns:
            None when the instance has ended, or ends because it cannot answer this request.

        Raises:
            AppFailed: the app raised.

        """
        if self._life.closed:
            return None
        if self._loop is None:
            self._thread, self._loop = threading.get_ident(), asyncio.get_running_loop()
        if self._pace is None and self._life.mount.options.isolation == "thread":
            self._pace = Pace(self._services.timer, self._services.clock)
        self._interactions.enter(request)
        self.desk.enter()
        try:
            app = self._life.mount.source()
            if self.instance is None:
                parts = self._first_page(app, request)
            elif not self._is_current():
                self._life.end(*ELSEWHERE)
                return None
            elif self._accepts(app, request):
                parts = self.instance.page(request)
            else:
                self._life.end(*OUTDATED)
                return None
        except AppFailed:
            raise
        except (Exception, SystemExit) as error:  # the app's own code
            raise AppFailed(f"{self._life.name} could not be rendered: {error!r}") from error
        self._saver.save()
        page = self._life.pages.add()
        if page is None:
            return None
        password = encrypt(page) if self._life.mount.options.parano else ""
        return Rendered(page.id, parts.html, parts.script, self._life.outbox.number, password)

    def _is_current(self) -> bool:
        """Whether no other server has gone on with what the app keeps."""
        return self._states is None or self._states.is_current()

    def _accepts(self, app: Any, request: Request) -> bool:
        """Whether this instance may answer another page request."""
        assert self.instance is not None
        options = self._life.mount.options
        if options.recreate_on_reload or app is not self._class:
            return False
        if options.recreate_on_query is None:
            return self.instance.accepts(request)
        return not options.recreate_on_query or request.query_string == self._query

    def _first_page(self, app: Any, request: Request) -> PageParts:
        if self._states is None:
            return self._open(app, request)
        parts = self._states.try_with(partial(self._open, app, request))
        assert self.instance is not None
        self._states.follow(self.instance.states)
        return parts

    def _open(self, app: Any, request: Request, kept: Mapping[str, Any] | None = None) -> PageParts:
        """Build the app and render its first page; another one that failed to do so ends."""
        if self.instance is not None:
            closing = asyncio.get_running_loop().create_task(self._tell_end(self.instance))
            self._events.add(closing)
            closing.add_done_callback(self._events.discard)
        self.instance = None
        self.instance = self._build(app, request, kept)
        return self.instance.page(request)

    def _build(self, app: Any, request: Request, kept: Mapping[str, Any] | None) -> Instance:
        self._class, self._query = app, request.query_string
        shared = self._life.mount.shared_session
        if shared is None:
            shared = self._life.session.carried
        context = InstanceContext(
            request=request,
            session=self._life.session.data if shared is None else shared,
            send=self._send,
            leave=self._life.leave,
            error=self._life.report,
            debug=self._life.mount.debug(),
            closed=lambda: self._life.closed,
            send_each=self._send,
            asker=self._asker,
            begin=self._begin,
            built=partial(self._built, request),
            kept=kept,
            save=self.transfers.save,
            follow=self.transfers.follow,
            desk=self.desk,
            problem=self._problem,
            send_last=self._send_last,
        )
        return self._life.mount.engine.build(app, context)

    def _built(self, request: Request, app: Any) -> None:
        """Give a new app to the hook of the mount, which may raise."""
        hook = self._life.mount.on_instance
        if hook is not None:
            both = len(inspect.signature(hook).parameters) > 1
            hook(app, request) if both else hook(app)

    # -- events ------------------------------------------------------------------------------------

    def connected(self) -> None:
        """Tell the app."""
        if self.instance is not None and not self._life.closed:
            try:
                self.instance.connected()
            except Exception as error:  # noqa: BLE001 the app's own code
                self._life.report("connected() failed", error)

    def redraw(self, page: Page, channel: Channel) -> None:
        """Send a page that missed too much everything anew."""
        if self.instance is None or self._life.closed:
            return
        try:
            self._life.pages.redraw(page, channel, self.instance.snapshot)
        except Exception as error:  # noqa: BLE001 the app's own code
            self._life.report("the page could not be redrawn", error)
            channel.close(1011, "the page could not be redrawn")
        else:
            self.desk.connected(page.id)

    def start_event(self, event: Event) -> None:
        """Hand an event to the app."""
        if self.instance is None or self._life.closed:
            return
        message = event.message
        if BROWSER_ERROR in message:
            self._browser_errors.told(message[BROWSER_ERROR])
            self._interactions.enter((event.page.id, event.number))
            self._interactions.finish((event.page.id, event.number))
            self._life.pages.finished(event.page, event.number)
            return
        self._keep(self._handle(event))

    async def _handle(self, event: Event) -> None:
        assert self.instance is not None
        page, number = event.page, event.number
        task = asyncio.current_task(self._loop)
        assert task is not None
        self._handling[task] = event
        try:
            await self._act((page.id, number), page.id, self.instance.receive(event.message))
        finally:
            del self._handling[task]
            if event.begun or not self._life.closed:  # else another app may be given it
                self._life.pages.finished(page, number, earlier=event.earlier)

    def _begin(self) -> bool:
        """The engine is about to handle the event of the current task; False: it must not.

        What cannot be noted, for the store is away, is done all the same; but not what another app
        may have done.
        """
        event = self._handled()
        if event is None:
            return True
        if not self._is_current():
            self._life.end(*ELSEWHERE)
            return False
        owner, begin = self._life.session.uid, self._begun.begin
        if event.origin is not None:
            note = partial(begin, owner, *event.origin)
            event.earlier = not self._saver.ask(note, otherwise=False)
        if not event.earlier:
            event.begun = True
            self._saver.ask(partial(begin, owner, *event.given), otherwise=True)
        return not event.earlier

    def start(self, function: Callable[[], Any], page: str | None = None) -> bool:
        """Have a function of the app called soon, as if it handled an event. Any thread.

        Args:
            function: may be asynchronous, or a generator.
            page: whose event it seems to handle; None: nobody's.

        Returns:
            whether the instance lives.

        """

        def begin() -> None:
            if self.instance is not None and not self._life.closed:
                self._keep(self._act(object(), page, self.instance.run(function)))

        return not self._life.closed and self._life.post(begin)

    def _keep(self, step: Coroutine[Any, Any, None]) -> None:
        assert self._loop is not None
        self._events.add(self._loop.create_task(step))  # the loop itself holds tasks weakly

    async def _act(self, key: object, page: str | None, step: Coroutine[Any, Any, None]) -> None:
        """Let the app do something, for a page; a task of ``_keep``."""
        self._interactions.enter(key)
        self.desk.enter()
        task = asyncio.current_task(self._loop)
        assert task is not None
        if page is not None:
            self._asking[task] = page
        try:
            self._saver.refresh()
            await step
        except Exception as error:  # noqa: BLE001 the app's own code
            self._life.report("an event failed", error, self._sent())
        finally:
            self._saver.save()
            self._asking.pop(task, None)
            self._events.discard(task)
            self._interactions.finish(key)

    # -- the end -----------------------------------------------------------------------------------

    async def finish(self) -> None:
        """Tell the app of its end, and store what it has noted."""
        if self._states is not None:
            self._saver.save()  # what it has noted when it ended
        if self.instance is not None:
            await self._tell_end(self.instance)
        self._saver.prolong()  # here, since who has ended it must not wait for a store

    async def _tell_end(self, app: Instance) -> None:
        try:
            await asyncio.wait_for(app.close(), CLOSE_LIMIT)
        except (Exception, SystemExit) as error:  # noqa: BLE001 the app's own code
            self._life.report("close() failed", error)

    # -- what the app has done ---------------------------------------------------------------------

    def _send_last(self, payload: str, own: Mapping[str, str]) -> bool:
        event = self._handled()
        return self._send(payload, own, None if event is None else event.page.id)

    def _send(
        self,
        payload: str,
        own: Mapping[str, str] | None = None,
        followed: str | None = None,
    ) -> bool:
        self._interactions.alive()
        if self._states is not None:
            self._saver.save()  # what a page has shown is there after a crash
        delivered = self._life.outbox.send(payload, own, followed) > 0
        if self._states is None:
            self._saver.save()
        if self._pace is not None:
            self._pace.pushed()
        return delivered

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        with self._interactions.waiting():
            yield
        self._life.watch_patience()

    def _problem(self, what: str, error: BaseException | None) -> Mapping[str, Any]:
        """Report a failure; what the page is told of it."""
        report, debug = self._life.report, self._life.mount.debug()
        return problem(report, what, error, debug=debug, hide=self._sent())

    def _sent(self) -> list[str]:
        """What the visitor has sent with the event that is being handled."""
        event = self._handled()
        return [] if event is None else sent_values(event.message)

    def _asker(self) -> str | None:
        task = self._current_task()
        return None if task is None else self._asking.get(task)

    def _handled(self) -> Event | None:
        """The event that the current task handles."""
        task = self._current_task()
        return None if task is None else self._handling.get(task)

    def _current_task(self) -> asyncio.Task[Any] | None:
        """That of the session thread, if the caller is there. Any thread.

        Asked for its running loop, Python 3.11 makes a system call to be sure of its process;
        that is asked some ten times for each event.
        """
        return asyncio.current_task(self._loop) if threading.get_ident() == self._thread else None
