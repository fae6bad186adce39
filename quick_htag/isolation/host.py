"""An app whose visitors have a process each, behind the seam that handlers know."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ..assets import classic_bundle
from ..deadline import Deadline
from ..errors import AppFailed
from ..guis.host import SessionInfo
from ..guis.instance_table import busy
from ..guis.kept_states import forget_states
from ..messages.networks import network_of
from . import host_session
from .addresses import connected
from .adopted import adopted
from .failures import raised
from .host_session import FIELD
from .link import Link, LinkLost, Refused
from .remote_files import RemoteField, RemoteOffers
from .residents import Residents
from .seat import Seat
from .server_lines import ServerLines
from .spares import Spares
from .told_request import told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..guis.services import Mount
    from ..messages.request import Request
    from ..stores.session import Session
    from .plan import Plan
    from .processes import Processes

_CONNECT: Final = 5.0  # seconds to reach a process that another web process has started
_ANSWER: Final = 5.0  # seconds for a process to answer what needs no app
_TRIES: Final = 3  # processes that were about to end when they were asked


class ProcessHost:
    """A ``guis.hosting.Hosting`` of one bound app. Any thread.

    Args:
        processes: what the apps of the server share.
        plan: what its processes are started with.
        on_exit: called after an app has ended itself.

    """

    def __init__(
        self, processes: Processes, plan: Plan, on_exit: Callable[[], object] | None
    ) -> None:
        self.plan = plan
        self.on_exit = on_exit
        self._processes = processes
        services = processes.services
        settings = services.settings
        self._settings = settings
        self._services = services
        self.max_message = settings.websocket_max_message
        self.residents = Residents(
            f"{plan.mount}:{plan.name}",
            services.sessions.records.store,
            self._make,
            self._join,
            self._note,
            settings.process_start_timeout,
        )
        self.nursery = processes.nursery(plan)
        self.spares = Spares(self._launch, settings.spare_processes, services.executor)
        hold = settings.websocket_ping_interval
        self.links = ServerLines(self.residents, services.executor, hold)
        self.downloads = RemoteOffers(self.residents.at)

    @property
    def closing(self) -> bool:
        return self._processes.closing

    # -- pages -------------------------------------------------------------------------------------

    def open_page(self, mount: Mount, request: Request, session: Session) -> str:
        deadline = Deadline(self._settings.render_timeout + self._settings.process_start_timeout)
        self._processes.be_found()
        for _ in range(_TRIES):
            seat = self.residents.obtain(session, request.client_address[0])
            html = self._rendered(seat, mount, request, session, deadline)
            if html is not None:
                return html
        raise busy("the app is ending, try again")

    def _rendered(
        self, seat: Seat, mount: Mount, request: Request, session: Session, deadline: Deadline
    ) -> str | None:
        """The document; None: that process ends, another one has to do it."""
        value: dict[str, Any] = {
            "request": told(request),
            "debug": mount.debug(),
            "largest": mount.largest_file(),
            FIELD: host_session.told(session),
        }
        seat.life.watch()
        try:
            with _opening(seat):
                answer = seat.link.ask("open", deadline.remaining(), **value)
        except Refused as error:
            failure = raised(error)
            if isinstance(failure, AppFailed) and not seat.usable:
                return None
            raise failure from None
        except TimeoutError:
            seat.life.doubt()
            raise busy("the app takes too long, try again") from None
        except LinkLost:
            self._lost(seat)
            return None
        if "gone" in answer:
            return None
        host_session.take(session, value[FIELD], answer.get(FIELD))
        # that of another environment: which generation it has is known by now
        if getattr(mount, "client_script", None) == "":
            object.__setattr__(mount, "client_script", classic_bundle(f"htag{seat.major}.js"))
        return str(answer["html"])

    def _lost(self, seat: Seat) -> None:
        """Its process has ended before there was an answer.

        Raises:
            AppFailed: of itself, so the next one would, too.

        """
        if seat.process is None or seat.left:
            return
        seat.process.wait(_ANSWER)
        ending = seat.process.ending()
        raise AppFailed(f"the process of {self.plan.name} has ended meanwhile: {ending}")

    def field(
        self, mount: Mount, session: Session | None, page_id: str, key: str
    ) -> RemoteField | None:
        seat = None if session is None else self.residents.seek(session)
        if seat is None:
            return None
        try:
            found = seat.link.ask("field", _ANSWER, page=page_id, key=key)
        except (LinkLost, Refused, TimeoutError):
            return None
        return RemoteField(seat, key, found["max_size"]) if found["found"] else None

    def reset(self, mount: Mount, session: Session | None) -> bool:
        if session is None:
            return False
        seat = self.residents.seek(session)
        if seat is not None:
            with suppress(LinkLost, Refused, TimeoutError):
                return bool(seat.link.ask("reset", _ANSWER)["ended"])
        if forget_states(session, mount.path):
            session.save()
        return False

    # -- processes ---------------------------------------------------------------------------------

    def _launch(self) -> Seat:
        """Start a process; does not wait for it."""
        patience = self.plan.options.interaction_limit(self._settings)
        make = partial(
            Seat,
            self._services,
            self.plan.name,
            gone=self._gone,
            on_exit=self.on_exit,
            patience=patience,
        )
        return self._processes.launch(self.plan, self.nursery, make)

    def _make(self, session: Session, address: str) -> Seat:
        """A process for a visitor: one that waits, or a new one.

        Raises:
            AppFailed: the app cannot be loaded.
            HTTPError: 503, the session has ended, or the server stops.
            NoCapacity: there are too many.

        """
        network = network_of(address)
        with self._processes.room(network):
            for _ in range(_TRIES):
                seat = self.spares.take(self._settings.process_start_timeout)
                seat.network = network
                try:
                    self._settle(seat, session)
                except LinkLost:  # it has ended while it waited
                    seat.kill()
                    continue
                return seat
        raise busy("the process of the app has ended, try again")

    def _settle(self, seat: Seat, session: Session) -> None:
        if not seat.pin(session):
            seat.kill()
            raise busy("the session has ended, try again")
        seat.first = True
        seat.assign(session)

    def _join(self, session: Session, note: dict[str, Any]) -> Seat:
        """Connect to a process that another web process has started."""
        name, secret = bytes.fromhex(note["name"]), bytes.fromhex(note["secret"])
        self._processes.be_found()
        sock = connected(note["address"], name, secret, _CONNECT)
        patience = self.plan.options.interaction_limit(self._settings)
        process = adopted(sock)
        seat = Seat(self._services, self.plan.name, process, self._gone, self.on_exit, patience)
        seat.session, seat.address, seat.major = session, note["address"], int(note["htag"])
        link = Link(sock, self._processes.hub, seat, 1)
        seat.join(link)
        if not self._processes.hub.adopt(link) or not seat.pin(session):
            link.close()
            raise LinkLost("the server stops, or the session has ended")
        return seat

    def _note(self, seat: Seat) -> dict[str, Any]:
        name, secret = self._processes.credentials(seat)
        return {
            "address": seat.address,
            "name": name.hex(),
            "secret": secret.hex(),
            "htag": seat.major,
        }

    def _gone(self, seat: Seat) -> None:
        """Thread of the hub: what uses the store is done elsewhere."""
        self.spares.drop(seat)
        self._processes.gone(seat)
        if seat.pinned is not None:
            self._services.sessions.unpin(seat.pinned)
        with suppress(RuntimeError):
            self._services.reaper.submit(self.residents.gone, seat)
        self._services.changed()


@contextmanager
def _opening(seat: Seat) -> Iterator[None]:
    seat.opening += 1
    try:
        yield
    finally:
        seat.opening -= 1


def row(value: dict[str, Any]) -> SessionInfo:
    """A row of a process, as it was told.

    Raises:
        TypeError: it is none.

    """
    return SessionInfo(**value)
