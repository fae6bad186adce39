"""The app of an instance: built, shown, told of its end, and the way out of what it sends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, cast

from ..engines.base import Instance, PageParts
from ..errors import AppFailed
from .app_context import AppContext
from .desk import Desk, enter_desk
from .handling import ELSEWHERE, Handling
from .pace import Pace
from .services import Mount, Rendered
from .transfers import Transfers

if TYPE_CHECKING:
    import threading

    from ..engines.base import InstanceContext
    from ..interfaces import Channel
    from ..messages.request import Request
    from ..outbox import Outbox
    from ..stores.session import Session
    from .interactions import Interactions
    from .pages import Page, PageTable
    from .services import Services
    from .session_saver import SessionSaver

CLOSE_LIMIT = 5.0  # seconds an app gets to take note of its end

OUTDATED = (4001, "the app was opened with other arguments")


class Life(Protocol):
    """Of the instance an app belongs to. Any thread."""

    lock: threading.Lock  # held for a moment only, and nothing is called under it
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

    def start(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin a coroutine on the session thread, where the caller is."""


class HostedApp:
    """The app of one instance. "Session thread" only, except where noted.

    Args:
        life: the instance.
        services: what the host gives.
        interactions: what the app must get on with.
        saver: stores the session.

    Attributes:
        handling: hands it its events.

    """

    def __init__(
        self, life: Life, services: Services, interactions: Interactions, saver: SessionSaver
    ) -> None:
        self.handling = Handling(life, services, interactions, saver, self)
        # few apps need them, and each page would take 10 us to make and collect them; see life.lock
        self._transfers: Transfers | None = None
        self._desk: Desk | None = None
        self._life = life
        self._interactions = interactions
        self._saver = saver
        self._states = saver.states
        self._class: Any = None
        self._query = ""  # of the page request it was built for
        self._services = services
        self._limited = interactions.limit is not None
        self._pace: Pace | None = None  # of an app that has a thread of its own

    @property
    def instance(self) -> Instance | None:
        """What the engine has built; None: nothing yet."""
        return self.handling.app

    # -- what helpers need -------------------------------------------------------------------------

    @property
    def transfers(self) -> Transfers:
        """What the app exchanges with its visitor besides payloads. Any thread."""
        found = self._transfers
        if found is None:
            life, services = self._life, self._services
            made = Transfers(life.session, services, life.pages, self.handling.asker, self.send)
            with life.lock:
                found = self._transfers = self._transfers or made
            if life.closed:
                found.end()
        return found

    @property
    def desk(self) -> Desk:
        """What helpers of the app need. Any thread."""
        found = self._desk
        if found is None:
            life, made = self._life, self._make_desk()
            with life.lock:
                found = self._desk = self._desk or made
            if life.closed:
                found.end()
        return found

    def _make_desk(self) -> Desk:
        life, handling = self._life, self.handling
        return Desk(
            self._services,
            life.pages,
            self.transfers,
            self.send,
            handling.call,
            handling.asker,
            self._waiting,
            life.mount.options.isolation,
            life.session.uid,
            life.network,
        )

    def page_connected(self, page_id: str) -> None:
        """A page that needs no redraw: it shows the questions that are open. Any thread."""
        if self._desk is not None:
            self._desk.connected(page_id)

    def page_disconnected(self, page_id: str) -> None:
        """A page has lost its connection: others may show its questions. Any thread."""
        if self._desk is not None:
            self._desk.disconnected(page_id)

    def end_helpers(self) -> None:
        """Nobody answers and nothing is followed any more. Any thread, after ``closed``."""
        with self._life.lock:
            transfers, desk = self._transfers, self._desk
        if transfers is not None:
            transfers.end()
        if desk is not None:
            desk.end()

    # -- pages -------------------------------------------------------------------------------------

    def render(self, request: Request) -> Rendered | None:
        """Render a page, building the app first; in one step, so that page and number fit.

        Returns:
            None when the instance has ended, or ends because it cannot answer this request.

        Raises:
            AppFailed: the app raised.

        """
        if self._life.closed:
            return None
        self.handling.settle()
        if self._pace is None and self._life.mount.options.isolation == "thread":
            self._pace = Pace(self._services.timer, self._services.clock)
        if self._limited:
            self._interactions.enter(request)
        enter_desk(self)
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
        if not self._is_current():  # another server has gone on while it was built
            self._life.end(*ELSEWHERE)
            return None
        page = self._life.pages.add()
        if page is None:
            return None
        password = ""
        if self._life.mount.options.parano:
            from .sealed_codec import encrypt

            password = encrypt(page)
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
            self.handling.keep(closing)
        self.handling.app = None
        self.handling.app = self._build(app, request, kept)
        return self.handling.app.page(request)

    def _build(self, app: Any, request: Request, kept: Mapping[str, Any] | None) -> Instance:
        self._class, self._query = app, request.query_string
        mount, session = self._life.mount, self._life.session
        shared = mount.shared_session
        if shared is None:
            shared = session.carried
        data = session.data if shared is None else shared
        context = AppContext(
            self, self._life, request, data, kept, mount.debug(), mount.on_instance
        )
        return mount.engine.build(app, cast("InstanceContext", context))

    # -- connections -------------------------------------------------------------------------------

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
            self.page_connected(page.id)

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

    def send_last(self, payload: str, own: Mapping[str, str], page: str | None) -> bool:
        """Send the last that the task of an event sends, see ``InstanceContext``."""
        if page is None:
            event = self.handling.event()
            page = None if event is None else event.page.id
        return self.send(payload, own, page)

    def send(
        self,
        payload: str,
        own: Mapping[str, str] | None = None,
        followed: str | None = None,
    ) -> bool:
        """Send a payload, see ``Outbox.send``; whether the instance lives. Any thread."""
        if self._limited:
            self._interactions.alive()
        if self._states is not None:
            self._saver.save()  # what a page has shown is there after a crash
        delivered = self._life.outbox.send(payload, own, followed) > 0
        if self._states is None and followed is None:  # else it is stored at the end of the event
            self._saver.save()
        if self._pace is not None:
            self._pace.pushed()
        return delivered

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        with self._interactions.waiting():
            yield
        self._life.watch_patience()

    def problem(self, what: str, error: BaseException | None) -> Mapping[str, Any]:
        """Report a failure; what the page is told of it."""
        report, debug = self._life.report, self._life.mount.debug()
        from .problems import problem  # nothing has failed before

        return problem(report, what, error, debug=debug, hide=self.handling.sent())
