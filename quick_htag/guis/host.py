"""Every live app of one server: (session, mount) -> instance."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..deadline import Clock, Deadline, monotonic
from ..errors import HTTPError, NoCapacity
from .document import document
from .instance import GuiInstance
from .receiver import Farewell, PageReceiver
from .services import Mount, Services

if TYPE_CHECKING:
    from ..interfaces import Log, Receiver, RunnerFactory, Timer
    from ..messages.request import Request
    from ..settings import Settings
    from ..stores.sessions import Session, Sessions

KILLED = (4001, "the session was ended by the server's owner")
CROWDED = (4001, "another app needed its place")
STOPPED = (1001, "the server stops")


def _nothing() -> None:
    """Nobody is interested."""


@dataclass(frozen=True)
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


class GuiHost:
    """Builds, finds and ends instances. Any thread, except where noted.

    Args:
        settings: limits and timeouts.
        log: told of failures of apps.
        sessions: the sessions of the server; those with a live instance are pinned.
        runner_factory: starts a session thread.
        timer: calls back for expiry.
        clock: the monotonic clock.

    Attributes:
        pages_changed: called when a page has connected, or one has left; may be set. Any thread;
            it must neither wait nor call back.

    """

    def __init__(
        self,
        settings: Settings,
        log: Log,
        sessions: Sessions,
        runner_factory: RunnerFactory,
        timer: Timer,
        clock: Clock = monotonic,
    ) -> None:
        self._settings = settings
        self._log = log
        self._sessions = sessions
        self._clock = clock
        self._services = Services(settings, log, runner_factory, timer, clock, self._tell_change)
        self._lock = threading.Lock()  # guards everything below; only Sessions is called under it
        self._instances: dict[str, dict[str, GuiInstance]] = {}  # session id -> path -> instance
        self._count = 0
        self._ending: set[GuiInstance] = set()
        self._closed = False
        self.pages_changed: Callable[[], object] = _nothing

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
            instance = self._instance(mount, session)
            try:
                page = instance.render(request, deadline.remaining())
            except TimeoutError as error:
                raise _busy("the app takes too long, try again") from error
            if page is not None:
                instance.watch_expiry()
                limit = self._settings.websocket_max_message
                return document(
                    page.html, page.id, page.seen, page.script, mount.client_script, limit
                )
            # It ended meanwhile, or was opened with other arguments: build one for this request.
        raise _busy("the app is being opened with other arguments, try again")

    def receiver(self, mount: Mount, session: Session | None, page_id: str, seen: int) -> Receiver:
        """Who takes the websocket of a page; one that says goodbye when the page is unknown.

        Args:
            mount: where the app is bound.
            session: of the request; None: it has none, or an expired one.
            page_id: as the page sent it.
            seen: number of the last payload the page has applied.

        """
        with self._lock:
            paths = {} if session is None else self._instances.get(session.id, {})
            instance = paths.get(mount.path)
        page = None if instance is None else instance.pages.find(page_id)
        if instance is None or page is None:
            return Farewell()
        return PageReceiver(instance, page, seen)

    def _instance(self, mount: Mount, session: Session) -> GuiInstance:
        """The live instance, or a new one that its first page request will build."""
        victim: GuiInstance | None = None
        try:
            with self._lock:
                instance = self._instances.get(session.id, {}).get(mount.path)
                if instance is not None and not instance.closed:
                    return instance
                victim = self._crowded(session)
                if victim is not None:
                    self._remove(victim)
                return self._insert(mount, session)
        finally:
            if victim is not None:
                victim.end(*CROWDED)

    # -- the lock is held --------------------------------------------------------------------------

    def _insert(self, mount: Mount, session: Session) -> GuiInstance:
        if self._closed:
            raise _busy("the server stops")
        if self._count >= self._settings.max_instances:
            raise NoCapacity(f"the limit of {self._settings.max_instances} live apps is reached")
        if not self._sessions.pin(session):
            raise _busy("the session has ended, try again")
        instance = GuiInstance(mount, session, self._services, self._ended, self._gone)
        earlier = self._instances.setdefault(session.id, {}).pop(mount.path, None)
        if earlier is None:
            self._count += 1
        self._instances[session.id][mount.path] = instance
        return instance

    def _crowded(self, session: Session) -> GuiInstance | None:
        """The instance that must make room for one of this session, if one must."""
        mine = self._instances.get(session.id, {})
        limit = self._settings.max_instances_per_session
        if len(mine) < limit:
            return self._unvisited() if self._count >= self._settings.max_instances else None
        idle = [instance for instance in mine.values() if not instance.pages.connected]
        if not idle:
            raise NoCapacity(f"the limit of {limit} live apps per session is reached")
        return min(idle, key=lambda instance: instance.pages.last_active)

    def _unvisited(self) -> GuiInstance | None:
        """The oldest instance whose page never connected: a program that only fetches pages."""
        live = (one for paths in self._instances.values() for one in paths.values())
        unvisited = (instance for instance in live if not instance.pages.ever_connected)
        return min(unvisited, key=lambda instance: instance.created, default=None)

    def _remove(self, instance: GuiInstance) -> None:
        paths = self._instances.get(instance.session.id, {})
        if paths.get(instance.mount.path) is instance:
            del paths[instance.mount.path]
            self._count -= 1
            if not paths:
                del self._instances[instance.session.id]

    # -- called by instances, any thread -----------------------------------------------------------

    def _ended(self, instance: GuiInstance) -> None:
        with self._lock:
            self._remove(instance)
            self._ending.add(instance)
        self._sessions.unpin(instance.session)

    def _gone(self, instance: GuiInstance) -> None:
        with self._lock:
            self._ending.discard(instance)

    # -- the owner's side --------------------------------------------------------------------------

    def __len__(self) -> int:
        return self._count

    def _live(self) -> list[GuiInstance]:
        with self._lock:
            return [one for paths in self._instances.values() for one in paths.values()]

    def _tell_change(self) -> None:
        self.pages_changed()

    def connected_pages(self) -> int:
        """How many pages are connected, of all sessions."""
        return sum(instance.pages.connected for instance in self._live())

    def rendering(self) -> bool:
        """Whether a page is being built or rendered for somebody who waits."""
        return any(instance.waiting for instance in self._live())

    def mount_of(self, session: Session | None, page_id: str) -> Mount | None:
        """Where the app of a page is bound; None: the session has no such page."""
        if session is None:
            return None
        with self._lock:
            instances = list(self._instances.get(session.id, {}).values())
        found = (one.mount for one in instances if one.pages.find(page_id) is not None)
        return next(found, None)

    def sessions_snapshot(self) -> list[SessionInfo]:
        """Every live instance, the oldest first."""
        now = self._clock()
        instances = sorted(self._live(), key=lambda instance: instance.created)
        return [_describe(instance, now) for instance in instances]

    def kill(self, short_id: str) -> bool:
        """End a session: its instances and its data. Its cookie is worth nothing then.

        Args:
            short_id: of the session, or a beginning of it that fits only one live session.

        Returns:
            False when no session, or more than one, fits.

        """
        found = [one for one in self._live() if one.session.short_id.startswith(short_id)]
        if not short_id or len({instance.session.short_id for instance in found}) != 1:
            return False
        self._kill(found)
        return True

    def clear(self) -> int:
        """End every session that has a live instance; how many there were."""
        return self._kill(self._live())

    def _kill(self, instances: list[GuiInstance]) -> int:
        sessions = {instance.session.id: instance.session for instance in instances}
        for session in sessions.values():
            self._sessions.remove(session)
        for instance in instances:
            instance.end(*KILLED)
        return len(sessions)

    def close(self, timeout: float, reason: tuple[int, str] = STOPPED) -> bool:
        """End every instance because the server stops, and build no more; safe to call again.

        Not from a session thread.

        Args:
            timeout: seconds for all of them together; threads still busy then are left behind.
            reason: close code and text for their pages.

        Returns:
            whether all threads have ended.

        """
        with self._lock:
            self._closed = True
        for instance in self._live():
            instance.end(*reason, guard=False)
        with self._lock:
            ending = list(self._ending)
        told, joined = Deadline(timeout * 0.8), Deadline(timeout)
        late = [instance for instance in ending if not instance.wait(told)]
        for instance in late:
            instance.give_up()
        ended = [instance.join(joined) for instance in ending]  # every one gets its chance
        return all(ended)


def _busy(detail: str) -> HTTPError:
    return HTTPError(503, detail, [("Retry-After", "5")])


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
