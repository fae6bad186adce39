"""Every live app of one server: (session, mount) -> instance."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from ..deadline import Clock, Deadline, monotonic
from ..logs import ERR_SOURCE_GUI
from ..messages.backlog import Backlog
from ..messages.request import NO_WEBSOCKET
from ..record import record
from ..uploads import Uploads
from .begun_events import BegunEvents
from .document import lasting_json, script_json, with_client
from .downloads import Downloads
from .instance import STARTED_ANEW, GuiInstance
from .instance_table import InstanceTable, busy
from .page_links import PageLinks
from .services import Mount, Rendered, Services
from .session_saver import SessionSaver
from .transports import MODE_COOKIE, narrowed

if TYPE_CHECKING:
    from ..interfaces import Log, RunnerFactory, Timer
    from ..messages.request import Request
    from ..settings import Settings
    from ..stores.session import Session
    from ..stores.sessions import Sessions
    from .desk import Field
    from .instance_end import InstanceEnd
    from .pages import Page

KILLED = (4001, "the session was ended by the server's owner")
CROWDED = (4001, "another app needed its place")
STOPPED = (1001, "the server stops")

_OWNER_DIGITS = 16  # nobody has to guess it, it must only differ


def _nothing() -> None:
    """Nobody is interested."""


@record(frozen=True)
class SessionInfo:
    """One live instance, for the ``sessions`` command.

    Attributes:
        short_id: names the session; not its secret.
        app: name of the app.
        mount: path it is bound to.
        age: seconds since it was built.
        idle: seconds since the last sign of life of a page.
        transport: how its pages are connected, "-" when none is.
        address: host of the visitor.
        tasks: asyncio tasks on its thread.
        pages: how many pages it has, connected or not.

    """

    short_id: str
    app: str
    mount: str
    age: float
    idle: float
    transport: str
    address: str
    tasks: int
    pages: int


class Elsewhere(Protocol):
    """Instances in processes of their own. Any thread."""

    def __len__(self) -> int:
        """How many there are."""

    def connected_pages(self) -> int:
        """How many of their pages are connected."""

    def rendering(self) -> bool:
        """Whether a page is being built or rendered for somebody who waits."""

    def sessions_snapshot(self) -> list[SessionInfo]:
        """Every one of them."""


class GuiHost:
    """Builds, finds and ends instances. Any thread, except where noted.

    Args:
        settings: limits and timeouts.
        log: told of failures of apps.
        sessions: the sessions of the server; those with a live instance are pinned.
        runner_factory: starts a session thread.
        timer: calls back for expiry.
        clock: the monotonic clock.
        loop_factory: gives a place on the loop that instances with ``isolation="loop"`` share;
            None: they get threads.
        uploads: those of the server, for apps that follow one; None: there are none.
        jobs: gives what runs jobs of apps.
        backlog: what waits for all slow clients of the server; None: it has no other clients.
        begun: which events have begun; None: as the store of the sessions has it.

    Attributes:
        links: the ways of pages to their apps.
        downloads: what apps have offered their visitors to save.
        max_message: bytes of the largest message of a page.
        pages_changed: called when a page has connected, or one has left; may be set. Any thread;
            it must neither wait nor call back.
        instance_gone: called when an instance has ended, or was given up; may be set. Any thread.
        elsewhere: instances that live in processes of their own; None: there are none.

    """

    def __init__(
        self,
        settings: Settings,
        log: Log,
        sessions: Sessions,
        runner_factory: RunnerFactory,
        timer: Timer,
        clock: Clock = monotonic,
        loop_factory: RunnerFactory | None = None,
        uploads: Uploads | None = None,
        jobs: Callable[[], Any] = _nothing,
        topics: Callable[[], Any] = _nothing,
        backlog: Backlog | None = None,
        begun: BegunEvents | None = None,
    ) -> None:
        self._settings = settings
        self._log = log
        self._sessions = sessions
        self._clock = clock
        factories = {"thread": runner_factory, "loop": loop_factory or runner_factory}
        self.downloads = Downloads(settings, timer)
        self.begun = BegunEvents(sessions.records.store, clock) if begun is None else begun
        self._services = Services(
            settings,
            log,
            factories.__getitem__,
            timer,
            clock,
            self.downloads,
            Uploads(settings, clock) if uploads is None else uploads,
            self.begun,
            self._tell_change,
            jobs,
            topics,
        )
        self._table = InstanceTable(settings, sessions)
        self._told = self._table.ended, self._gone  # made once, and not for each instance
        self.max_message = settings.websocket_max_message
        backlog = backlog or Backlog(settings.websocket_max_backlog)
        self.links = PageLinks(self._find, settings, timer, clock, backlog)
        self.pages_changed: Callable[[], object] = _nothing
        self.instance_gone: Callable[[], object] = _nothing
        self.elsewhere: Elsewhere | None = None
        sessions.ended.append(self._session_ended)

    # -- pages -------------------------------------------------------------------------------------

    def open_page(self, mount: Mount, request: Request, session: Session) -> str:
        """The document for a page request; blocks until the app has rendered it.

        Raises:
            AppFailed: the app raised.
            NoCapacity: a limit on instances is reached.
            HTTPError: 503 when the app takes too long, or the server stops.

        """
        deadline = Deadline(self._settings.render_timeout)
        while not deadline.expired():
            instance = self._instance(mount, session, request.client_address[0])
            try:
                page = instance.render(request, deadline.remaining())
            except TimeoutError as error:
                raise busy("the app takes too long, try again") from error
            if page is not None:
                instance.watch_expiry()
                return self._document(mount, request, session, page)
            # It ended meanwhile, or was opened with other arguments: build one for this request.
        raise busy("the app is being opened with other arguments, try again")

    def _document(self, mount: Mount, request: Request, session: Session, page: Rendered) -> str:
        script = script_json(page.script) if page.script else '""'
        config = f'{{"page": "{page.id}", "seen": {page.seen}, "script": {script}, '
        config += f'"owner": "{_owner(mount, session)}", '
        if page.password:
            config += f'"password": {script_json(page.password)}, '
        config += lasting_json(
            "limit",
            self.max_message,
            "largest",
            mount.largest_file(),
            "transports",
            _transports(mount, request),
            "start",
            mount.start or None,
            "debug",
            mount.debug() or None,
        )
        return with_client(page.html, config, request.raw_path, mount.client)

    def _find(
        self, mount: Mount, session: Session | None, page_id: str
    ) -> tuple[GuiInstance, Page] | None:
        """The instance and the page that a request names, if the session has them."""
        return None if session is None else self._table.find_page(mount, session, page_id)

    def field(self, mount: Mount, session: Session | None, page_id: str, key: str) -> Field | None:
        """What takes the files of a page, by its name; None: there is none."""
        found = self._find(mount, session, page_id)
        return None if found is None else found[0].app.desk.fields.get(key)

    def _instance(self, mount: Mount, session: Session, address: str) -> GuiInstance:
        """The live instance, or a new one that its first page request will build."""

        def make(network: str) -> GuiInstance:
            return GuiInstance(mount, session, network, self._services, *self._told)

        instance, victim = self._table.obtain(mount, session, address, make)
        if victim is not None:
            victim.end(*CROWDED)
        return instance

    def _gone(self, ending: InstanceEnd) -> None:
        self._table.gone(ending)
        self.instance_gone()

    def reset(self, mount: Mount, session: Session | None) -> bool:
        """End what a session has of an app, so that its next page starts anew."""
        if session is None:
            return False
        from .kept_states import forget_states

        ended = [instance.end(*STARTED_ANEW) for instance in self._table.of(mount, session)]
        if forget_states(session, mount.path) or mount.options.persist:
            report = partial(self._log.error, ERR_SOURCE_GUI)
            SessionSaver(session, self._clock, report).save()
        return any(ended)

    # -- the owner's side --------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._table) + (0 if self.elsewhere is None else len(self.elsewhere))

    @property
    def closing(self) -> bool:
        """Whether the server stops: no app is built any more."""
        return self._table.closed

    def left_behind(self) -> int:
        """How many threads of ended instances are still busy with foreign code."""
        return self._table.left_behind()

    def _tell_change(self) -> None:
        self.pages_changed()

    def connected_pages(self) -> int:
        """How many pages are connected, of all sessions."""
        here = sum(instance.pages.connected for instance in self._table.live())
        return here + (0 if self.elsewhere is None else self.elsewhere.connected_pages())

    def rendering(self) -> bool:
        """Whether a page is being built or rendered for somebody who waits."""
        if self.elsewhere is not None and self.elsewhere.rendering():
            return True
        return any(instance.waiting for instance in self._table.live())

    def mount_of(self, session: Session | None, page_id: str) -> Mount | None:
        """Where the app of a page is bound; None: the session has no such page."""
        found = None if session is None else self._table.find_page(None, session, page_id)
        return None if found is None else found[0].mount

    def sessions_snapshot(self) -> list[SessionInfo]:
        """Every live instance, the oldest first."""
        now = self._clock()
        instances = sorted(self._table.live(), key=lambda instance: instance.created)
        here = [_describe(instance, now) for instance in instances]
        return here if self.elsewhere is None else [*here, *self.elsewhere.sessions_snapshot()]

    def kill(self, short_id: str) -> bool:
        """End a session: its instances and its data. Its cookie is worth nothing then.

        Args:
            short_id: of the session, or a beginning of it that fits only one live session.

        Returns:
            False when no session, or more than one, fits.

        """
        found = [one for one in self._table.live() if one.session.short_id.startswith(short_id)]
        if not short_id or len({instance.session.short_id for instance in found}) != 1:
            return False
        self._kill(found)
        return True

    def clear(self) -> int:
        """End every session that has a live instance; how many there were."""
        return self._kill(self._table.live())

    def _kill(self, instances: list[GuiInstance]) -> int:
        sessions = {instance.session for instance in instances}
        for session in sessions:
            self._sessions.remove(session, KILLED[1])
        for instance in instances:
            instance.end(*KILLED)
        return len(sessions)

    def _session_ended(self, session: Session, reason: str) -> None:
        self.downloads.forget(session.uid)
        for instance in self._table.live():
            if instance.session.uid == session.uid:
                instance.end(KILLED[0], reason)

    def close(self, timeout: float, reason: tuple[int, str] = STOPPED) -> bool:
        """End every instance because the server stops, and build no more; safe to call again.

        Not from a session thread.

        Args:
            timeout: seconds for all of them together; threads still busy then are left behind.
            reason: close code and text for their pages.

        Returns:
            whether all threads have ended.

        """
        self._table.close()
        self.downloads.close()
        for instance in self._table.live():
            instance.end(*reason, guard=False)
        endings = self._table.ending()
        told, joined = Deadline(timeout * 0.8), Deadline(timeout)
        late = [ending for ending in endings if not ending.wait(told)]
        for ending in late:
            ending.give_up()
        ended = [ending.join(joined) for ending in endings]  # every one gets its chance
        return all(ended)


def _owner(mount: Mount, session: Session) -> str:
    """Names the visitor and the app to later pages of them; tells nothing of either."""
    text = f"{session.uid} {mount.path} {mount.name}"
    return hashlib.sha256(text.encode()).hexdigest()[:_OWNER_DIGITS]


def _transports(mount: Mount, request: Request) -> tuple[str, ...]:
    possible = NO_WEBSOCKET not in request.meta
    return narrowed(mount.transports, request.cookies.get(MODE_COOKIE), websocket=possible)


def _describe(instance: GuiInstance, now: float) -> SessionInfo:
    pages = instance.pages
    addresses = pages.addresses()
    return SessionInfo(
        short_id=instance.session.short_id,
        app=instance.mount.name,
        mount=instance.mount.path or "/",
        age=now - instance.created,
        idle=now - pages.last_active,
        transport=pages.transport(),
        address=addresses[0] if addresses else instance.session.address,
        tasks=instance.tasks(),
        pages=len(pages),
    )
