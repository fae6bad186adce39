"""The processes of all apps of one server: started, counted, ended."""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import AbstractContextManager, suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from ..deadline import Deadline
from ..errors import AppFailed, StoreError
from ..guis.host import SessionInfo
from ..guis.instance_table import busy
from ..jobs.thread_executor import ThreadExecutor
from ..logs import ERR_SOURCE_GUI
from .addresses import address_of
from .adopted import AdoptedProcess, adopted
from .capacity import Capacity
from .folders import Folder, has_server, sweep
from .host import ProcessHost, row
from .hub import Hub
from .launch import AppProcess
from .link import Link, LinkLost, Refused
from .meeting import meet
from .nursery import MadeProcess, Nursery
from .seat import Seat
from .services import ProcessServices

if TYPE_CHECKING:
    import socket

    from ..guis import GuiHost
    from ..interfaces import Log, Timer
    from ..settings import Settings
    from ..stores.session import Session
    from ..stores.sessions import Sessions
    from ..topics.table import Topics
    from ..uploads import Uploads
    from .plan import Plan

_THREADS: Final = 16
_IDLE: Final = 10.0  # seconds
_NAME: Final = 16  # bytes, see ``greeting``
_LOOK: Final = 1.0  # seconds for processes to say what they have
_STOPPED: Final = (1001, "the server stops")

_HOSTED_GRACE: Final = 5.0  # seconds in which pages have connected to another worker of the host

Process = AppProcess | AdoptedProcess | MadeProcess
MakeSeat = Callable[[AppProcess | MadeProcess], Seat]


class Processes:
    """Of one server. Any thread. Nothing is started before the first app asks for processes.

    Args:
        settings: limits and timeouts.
        log: told of failures.
        sessions: of the server.
        guis: the host of apps on threads.
        uploads: of the server.
        timer: calls back later.
        topics: gives those of the server.
        hosted: whether there may be other web processes that nobody here knows of.

    Attributes:
        services: what the processes share.
        hub: reads their connections.
        all_end: whether the other web processes end just now, too.
        one_line: a topic reaches all web processes by itself, whatever the store is.

    """

    def __init__(
        self,
        settings: Settings,
        log: Log,
        sessions: Sessions,
        guis: GuiHost,
        uploads: Uploads,
        timer: Timer,
        topics: Callable[[], Topics],
        hosted: Callable[[], bool] = bool,
    ) -> None:
        self._settings = settings
        self._guis = guis
        self._hosted = hosted
        self.all_end: Callable[[], bool] = bool
        self.one_line = False
        self._executor = ThreadExecutor(_THREADS, _IDLE, "quick_htag-apps")
        self._reaper = ThreadExecutor(_THREADS, _IDLE, "quick_htag-reaper")
        self.services = ProcessServices(
            settings,
            log,
            sessions,
            timer,
            uploads,
            guis.begun,
            self._executor,
            self._reaper,
            self._changed,
            topics,
        )
        self.hub = Hub("quick_htag-apps-hub", partial(log.error, ERR_SOURCE_GUI))
        self._shared = sessions.records.store.shared
        # Of this server, or of all with its store; each process has one made of it.
        self._secret = secrets.token_bytes(32)
        self._capacity = Capacity(settings, self._ours)
        self._opening = threading.Lock()  # held while the folder is made
        self._lock = threading.Lock()  # guards all that follows
        self._hosts: list[ProcessHost] = []
        self._folder: Folder | None = None
        self._address: list[object] = []
        self._names: dict[Seat, bytes] = {}
        self._expected: dict[bytes, Seat | Nursery] = {}  # started, and not connected yet
        self._ending: list[Process | None] = []  # told to end
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
        if hosts and self._shared:
            with suppress(RuntimeError):
                self._executor.submit(self.be_found)
        for host in hosts:
            host.spares.fill()

    @property
    def closing(self) -> bool:
        """Whether the server stops."""
        return self._closed

    def nursery(self, plan: Plan) -> Nursery:
        """What makes the processes of an app."""
        forks, timeout = self._settings.fork_processes, self._settings.process_start_timeout
        log = self.services.log
        return Nursery(plan.name, plan.python, forks, self._introduce, log, timeout)

    def _introduce(self, nursery: Nursery) -> dict[str, str]:
        """A name and a secret for its template; the lock is held, for it is asked by ``launch``."""
        name = secrets.token_bytes(_NAME)
        self._expected[name] = nursery
        return {"token": name.hex(), "secret": self._secret_of(name).hex()}

    def launch(self, plan: Plan, nursery: Nursery, make: MakeSeat) -> Seat:
        """Start a process; does not wait for it.

        Raises:
            AppFailed: it cannot be started, or the server stops.

        """
        name = secrets.token_bytes(_NAME)
        folder = self._door()
        with self._lock:
            if self._closed:
                raise AppFailed("the server stops")
            store = self.services.sessions.records.store
            config = plan.config(
                self._settings,
                anchors=[self._address],
                token=name.hex(),
                secret=self._secret_of(name).hex(),
                folder=folder.path,
                durable=self._shared,
                topics="shared" if self.one_line or hasattr(store, "topic_line") else "own",
                grace=self._settings.process_orphan_timeout if self._shared else None,
            )
            try:
                seat = make(nursery.start(config))
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

    def be_found(self) -> None:
        """Let processes that have lost their web process come here, where a store is shared."""
        if self._shared and self._folder is None and not self._closed:
            with suppress(AppFailed):  # told when a process is to be started
                self._door()

    def _door(self) -> Folder:
        """Where processes connect to. Waits for the store.

        Raises:
            AppFailed: there is no way to listen.

        """
        with self._opening:
            if self._folder is None:
                if self._closed:
                    raise AppFailed("the server stops")
                try:
                    sweep()
                    listening = self._listen()
                except (OSError, StoreError) as error:
                    raise AppFailed(f"no way to listen for processes: {error}") from error
                self.hub.listen(listening, self._secret_of, self._accept)
            assert self._folder is not None
            return self._folder

    def _listen(self) -> socket.socket:
        if self._shared:
            secret, folder, listening = meet(self.services.sessions.records.store)
            self._secret = secret
        else:
            folder = Folder()
            listening = folder.listen()
        self._address, self._folder = address_of(listening), folder
        return listening

    def _accept(self, sock: socket.socket, name: bytes) -> Link | None:
        """Thread of the hub."""
        seat: Seat | Nursery | None
        with self._lock:
            seat = self._expected.pop(name, None)
            if seat is None and self._shared and not self._closed:
                # It was another web process's, which has gone: kept until its visitor comes here.
                self._names[kept := Seat(self.services, "an app", adopted(sock), self.gone)] = name
                kept.kept = True
                seat = kept
        if seat is None:
            return None
        link = Link(sock, self.hub, seat, 2)
        seat.join(link)
        return link

    # -- limits ------------------------------------------------------------------------------------

    def room(self, network: str) -> AbstractContextManager[None]:
        """See to it that one more visitor may have a process, see ``Capacity``.

        Raises:
            HTTPError: 503, the server stops.

        """
        if self._closed:
            raise busy("the server stops")
        return self._capacity.room(network)

    # -- the owner's side --------------------------------------------------------------------------

    def _taken(self) -> list[Seat]:
        """Those that have a visitor, and that no other server tells of."""
        return [seat for seat in self._known() if seat.first and seat.visited and seat.usable]

    def _ours(self) -> list[Seat]:
        """Those that were started here, or have come here after their web process had gone."""
        with self._lock:
            return list(self._names)

    def _known(self) -> list[Seat]:
        """All: of ours, and of other web processes as far as their visitors were here."""
        with self._lock:
            hosts, ours = list(self._hosts), dict.fromkeys(self._names)
        for host in hosts:
            ours.update(dict.fromkeys(host.residents.all()))
        return list(ours)

    def __len__(self) -> int:
        return len(self._taken())

    def connected_pages(self) -> int:
        return sum(seat.pages for seat in self._taken())

    def rendering(self) -> bool:
        return self._capacity.in_use or any(seat.opening for seat in self._ours())

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
        """Tell every process to end, because the server stops; does not wait.

        Where other web processes use the store, those that have a visitor go on for them.
        """
        with self._lock:
            closed, self._closed = self._closed, True
        if self._folder is not None:
            self._folder.close_doors()  # before we look for others, who may be as far
        for host in list(self._hosts):
            for spare in host.spares.close():
                spare.stop(0.0, reason)
        if closed:
            return
        stays = self._shared and not self.all_end()
        others = stays and self._folder is not None and has_server(self._folder.path)
        for seat in self._known():
            if (others or (self._shared and self._hosted())) and seat.visited:
                seat.release(None if others else _HOSTED_GRACE, reason)
            else:
                self._ending.append(seat.process)
                seat.stop(timeout, reason)

    def close(self, timeout: float) -> bool:
        """Wait until every process has ended, and kill those that do not; again is harmless.

        Returns:
            whether all have ended by themselves.

        """
        deadline, last = Deadline(timeout * 0.8), Deadline(timeout)
        self.begin_close(timeout * 0.6)
        for host in list(self._hosts):
            host.nursery.close(max(last.remaining() or 0.0, 0.1))
        processes = [process for process in self._ending if process is not None]
        late = [one for one in processes if not one.wait(deadline.remaining() or 0.0)]
        for process in late:
            process.kill()
        for process in late:
            process.wait(last.remaining() or 0.1)
        self.hub.close(max(last.remaining() or 0.0, 0.5))
        self._executor.stop(max(last.remaining() or 0.0, 0.5))
        # of processes that have ended before, some may not have been waited for yet
        self._reaper.stop(max(last.remaining() or 0.0, 0.5), cancel_futures=False)
        if self._folder is not None:
            self._folder.remove()
        for process in processes:
            process.let_go()
        return not late
