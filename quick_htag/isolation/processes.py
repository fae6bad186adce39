"""The processes of all apps of one server: started, counted, ended."""

from __future__ import annotations

import hmac
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from ..deadline import Deadline
from ..errors import AppFailed, NoCapacity
from ..guis.host import CROWDED, SessionInfo
from ..guis.instance_table import busy
from ..jobs.thread_executor import ThreadExecutor
from ..logs import ERR_SOURCE_GUI
from ..messages.networks import PROXY_ADVICE
from .addresses import Folder, address_of
from .host import ProcessHost, row
from .hub import Hub
from .launch import AppProcess
from .link import Link, LinkLost, Refused
from .services import ProcessServices

if TYPE_CHECKING:
    import socket

    from ..guis import GuiHost
    from ..interfaces import Log, Timer
    from ..settings import Settings
    from ..stores.session import Session
    from ..stores.sessions import Sessions
    from ..uploads import Uploads
    from .plan import Plan
    from .seat import Seat

_THREADS: Final = 16
_IDLE: Final = 10.0  # seconds
_NAME: Final = 16  # bytes, see ``greeting``
_LOOK: Final = 1.0  # seconds for processes to say what they have
_STOPPED: Final = (1001, "the server stops")

MakeSeat = Callable[[AppProcess], "Seat"]


class Processes:
    """Of one server. Any thread. Nothing is started before the first app asks for processes.

    Args:
        settings: limits and timeouts.
        log: told of failures.
        sessions: of the server.
        guis: the host of apps on threads.
        uploads: of the server.
        timer: calls back later.

    Attributes:
        services: what the processes share.
        hub: reads their connections.

    """

    def __init__(
        self,
        settings: Settings,
        log: Log,
        sessions: Sessions,
        guis: GuiHost,
        uploads: Uploads,
        timer: Timer,
    ) -> None:
        self._settings = settings
        self._guis = guis
        self._executor = ThreadExecutor(_THREADS, _IDLE, "quick_htag-apps")
        self.services = ProcessServices(
            settings,
            log,
            sessions,
            timer,
            uploads,
            guis.begun,
            self._executor,
            self._changed,
        )
        self.hub = Hub("quick_htag-apps-hub", partial(log.error, ERR_SOURCE_GUI))
        self._secret = secrets.token_bytes(32)  # of this server; each process has one made of it
        self._lock = threading.Lock()  # guards all that follows
        self._hosts: list[ProcessHost] = []
        self._folder: Folder | None = None
        self._address: list[object] = []
        self._names: dict[Seat, bytes] = {}
        self._expected: dict[bytes, Seat] = {}  # started, and not connected yet
        self._arriving: Counter[str] = Counter()  # visitors who get a process just now, by network
        self._ending: list[AppProcess | None] = []  # told to end
        self._started = False
        self._closed = False

    def _changed(self) -> None:
        self._guis.pages_changed()  # which may be set at any time

    # -- for bound apps ----------------------------------------------------------------------------

    def host(self, plan: Plan, on_exit: Callable[[], object] | None) -> ProcessHost:
        """What serves one bound app; the same one when it is bound again."""
        with self._lock:
            for host in self._hosts:
                if host.plan == plan and host.on_exit == on_exit:
                    return host
        made = ProcessHost(self, plan, on_exit)
        with self._lock:
            first = not self._hosts
            self._hosts.append(made)
            started = self._started
        if first:
            self._guis.elsewhere = self
            self.services.sessions.ended.append(self._session_ended)
        if started:
            made.spares.fill()
        return made

    def start(self) -> None:
        """The server serves: have processes ready for its first visitors."""
        with self._lock:
            self._started = True
            hosts = list(self._hosts)
        for host in hosts:
            host.spares.fill()

    @property
    def closing(self) -> bool:
        """Whether the server stops."""
        return self._closed

    def launch(self, plan: Plan, make: MakeSeat) -> Seat:
        """Start a process; does not wait for it.

        Raises:
            AppFailed: it cannot be started, or the server stops.

        """
        name = secrets.token_bytes(_NAME)
        with self._lock:
            if self._closed:
                raise AppFailed("the server stops")
            folder = self._door()
            config = plan.config(
                self._settings,
                anchors=[self._address],
                token=name.hex(),
                secret=self._secret_of(name).hex(),
                folder=folder.path,
                durable=self.services.sessions.records.store.shared,
            )
            try:
                seat = make(AppProcess(plan.python, config))
            except OSError as error:
                raise AppFailed(f"no process for {plan.name}: {error}") from error
            self._names[seat] = name
            self._expected[name] = seat
        return seat

    def credentials(self, seat: Seat) -> tuple[bytes, bytes]:
        """Name and secret with which other web processes reach a process."""
        with self._lock:
            name = self._names.get(seat, b"")
        return name, self._secret_of(name)

    def gone(self, seat: Seat) -> None:
        """A process has ended."""
        with self._lock:
            name = self._names.pop(seat, b"")
            self._expected.pop(name, None)

    def _secret_of(self, name: bytes) -> bytes:
        """So that no process can speak for another one."""
        return hmac.digest(self._secret, name, "sha256")

    def _door(self) -> Folder:
        """Where processes connect to; the lock is held.

        Raises:
            AppFailed: there is no way to listen.

        """
        if self._folder is None:
            try:
                folder = Folder()
                listening = folder.listen()
            except OSError as error:
                raise AppFailed(f"no way to listen for processes: {error}") from error
            self._folder, self._address = folder, address_of(listening)
            self.hub.listen(listening, self._secret_of, self._accept)
        return self._folder

    def _accept(self, sock: socket.socket, name: bytes) -> Link | None:
        """Thread of the hub."""
        with self._lock:
            seat = self._expected.pop(name, None)
        if seat is None:
            return None
        link = Link(sock, self.hub, seat, 2)
        seat.join(link)
        return link

    # -- limits ------------------------------------------------------------------------------------

    @contextmanager
    def room(self, network: str) -> Iterator[None]:
        """See to it that one more visitor may have a process.

        Args:
            network: what his address counts as.

        Raises:
            NoCapacity: there are too many.

        """
        with self._lock:
            victim = self._crowded(network)
            self._arriving[network] += 1
        try:
            if victim is not None:
                victim.stop(_LOOK, CROWDED)
            yield
        finally:
            with self._lock:
                self._arriving[network] -= 1
                if not self._arriving[network]:
                    del self._arriving[network]

    def _crowded(self, network: str) -> Seat | None:
        """Who must make room, if somebody must; the lock is held."""
        settings = self._settings
        if self._closed:
            raise busy("the server stops")
        live = [seat for seat in self._names if seat.session is not None and seat.usable]
        there = [seat for seat in live if seat.network == network]
        here, limit = len(there) + self._arriving[network], settings.max_instances_per_address
        if here >= limit:
            return _unvisited(there, f"the limit of {limit} live apps for {network}", PROXY_ADVICE)
        if len(live) + sum(self._arriving.values()) >= settings.max_processes:
            return _unvisited(live, f"the limit of {settings.max_processes} processes of apps")
        return None

    # -- the owner's side --------------------------------------------------------------------------

    def _taken(self) -> list[Seat]:
        """Those that have a visitor."""
        with self._lock:
            return [seat for seat in self._names if seat.session is not None and seat.usable]

    def __len__(self) -> int:
        return len(self._taken())

    def connected_pages(self) -> int:
        return sum(seat.pages for seat in self._taken())

    def rendering(self) -> bool:
        with self._lock:
            return bool(self._arriving) or any(seat.opening for seat in self._names)

    def sessions_snapshot(self) -> list[SessionInfo]:
        deadline = Deadline(_LOOK)
        asked = []
        for seat in self._taken():
            with suppress(LinkLost):
                asked.append(seat.link.start("rows"))
        rows: list[SessionInfo] = []
        for answer in asked:
            # one that does not answer in time is left out
            with suppress(LinkLost, Refused, FutureTimeoutError):
                told = answer.result(deadline.remaining())
                rows += [row(one) for one in told["rows"]]
        return sorted(rows, key=lambda one: -one.age)

    def _session_ended(self, session: Session, reason: str) -> None:
        with self._lock:
            hosts = list(self._hosts)
        for host in hosts:
            seat = host.residents.at(session.uid)
            if seat is not None:
                seat.session_ended(reason)

    def begin_close(self, timeout: float, reason: tuple[int, str] = _STOPPED) -> None:
        """Tell every process to end, because the server stops; does not wait."""
        with self._lock:
            self._closed = True
            hosts, seats = list(self._hosts), list(self._names)
            self._ending += [one.process for one in seats if one.process not in self._ending]
        for host in hosts:
            for spare in host.spares.close():
                spare.stop(0.0, reason)
        for seat in seats:
            seat.stop(timeout, reason)

    def close(self, timeout: float) -> bool:
        """Wait until every process has ended, and kill those that do not; again is harmless.

        Returns:
            whether all have ended by themselves.

        """
        deadline, last = Deadline(timeout * 0.8), Deadline(timeout)
        self.begin_close(timeout * 0.6)
        processes = [process for process in self._ending if process is not None]
        late = [one for one in processes if not one.wait(deadline.remaining() or 0.0)]
        for process in late:
            process.kill()
        for process in late:
            process.wait(last.remaining() or 0.1)
        self.hub.close(max(last.remaining() or 0.0, 0.5))
        self._executor.stop(max(last.remaining() or 0.0, 0.5))
        if self._folder is not None:
            self._folder.remove()
        return not late


def _unvisited(seats: list[Seat], limit: str, advice: str = "") -> Seat:
    """The oldest one whose page never connected: of a program that only fetches pages.

    Raises:
        NoCapacity: there is none.

    """
    found = [seat for seat in seats if not seat.ever_connected and not seat.opening]
    if not found:
        raise NoCapacity(f"{limit} is reached{advice}")
    return min(found, key=lambda seat: seat.created)
