"""Requests on one connection: read, run, answered. The path that every request goes.

What is usual is gone through in the fewest steps: bytes have arrived on an idle connection, they
are one request, its target is quick, its answer is bytes, the client takes it at once::

    threaded    the poller reports the connection
    progress    one ``recv``
    advance     request_reader: head and request (request_parser, messages.request), its target;
                the head is mostly the one before on this connection, and known by its bytes
                the target runs here, on the leader, with the watchdog looking on (crew)
                until the line of the log is written and no disk is read any more
                answers: head (response_writer), the log and the counters, one ``send``,
                together with the other answers of the same round (rounds)
                the connection waits in the poller, which has never let go of it

So two system calls per request, and a share of a third where several connections were ready. What
is not usual leaves this path early: to a worker, to the poller, or to an error page. The comments
say what single steps cost, and ``docs/performance.rst`` what was measured.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ..errors import HTTPError, ProtocolError
from ..later import later
from ..logs import ERR_SOURCE_GENERAL_QS, MessageLog
from ..messages.response import HTTPResponse
from .admissions import Admissions
from .answers import Answers, Observer
from .connection import NEVER, Connection, State
from .request_reader import RequestReader, WatchBody
from .sending import GONE, NEXT, Then
from .steps import Steps

if TYPE_CHECKING:
    from ..interfaces import Application, ChannelHost, Target
    from ..messages.request import Request
    from ..settings import Settings
    from .crew import Crew
    from .handshakes import Handshakes
    from .hub import Hub

_PIPELINED: Final = 32  # requests of one connection answered before others get their turn

# Python 3.10 and 3.11 take 0.16 µs to find a member in its class, and a request needs several
_IDLE: Final = State.IDLE
_SENDING: Final = State.SENDING
_HANDSHAKE: Final = State.HANDSHAKE
_PARKED: Final = State.PARKED
_LINGERING: Final = State.LINGERING


class Exchanges:
    """Has requests answered. Shared by all threads of a crew.

    ``term`` is the caller's term as leader; None on a worker.

    Args:
        hub: the connections.
        crew: the threads.
        application: answers the requests.
        settings: limits and timeouts.
        log: for what goes wrong here.
        channels: takes over upgraded connections; None: upgrades are answered 501.
        observer: hears of every answer.
        server: becomes ``request.server``.
        watch_body: see ``RequestReader``.
        turn: held while a target runs, to run one at a time; None: no limit.

    Attributes:
        steps: runs steps of connections.
        answers: sends answers.
        handshakes: secures connections.

    """

    def __init__(
        self,
        hub: Hub,
        crew: Crew,
        application: Application,
        settings: Settings,
        log: MessageLog,
        *,
        channels: ChannelHost | None,
        observer: Observer | None,
        server: Any,
        turn: Any,
        watch_body: WatchBody | None = None,
    ) -> None:
        self._hub = hub
        self._crew = crew
        self._application = application
        self._log = log
        self._turn = turn
        self._clock = hub.clock
        self._inline_limit = settings.inline_limit
        self._keep_alive = settings.keep_alive_timeout
        self._reader = RequestReader(hub, application, settings, server, watch_body)
        self.steps = Steps(hub, crew, log)
        self.answers = Answers(
            hub,
            crew,
            self.steps,
            application,
            settings,
            log,
            channels=channels,
            observer=observer,
            turn=turn,
            go_on=self._go_on,
        )
        self._admissions = Admissions(
            application, self._reader, self.answers.refuse, self.answers.settled
        )
        self._settings = settings

    @later
    def handshakes(self) -> Handshakes:
        """Secures connections, where they are to be secured."""
        from .handshakes import Handshakes

        refuse = self.answers.refuse
        return Handshakes(self._hub, self.steps, self._settings, self._log, refuse, self.advance)

    def progress(self, connection: Connection, term: int) -> bool:
        """Go on with a connection the poller reported; False: the lead was lost.

        Raises:
            OSError: the connection is broken.

        """
        state = connection.state
        if state is not _IDLE:
            if state is _SENDING:
                then = self.answers.go_on_sending(connection, term)
                return then is GONE or (then is NEXT and self.advance(connection, term))
            if state is _HANDSHAKE:
                self.handshakes.progress(connection)
                return True
            if state is _PARKED:
                self.answers.parking.look(connection)
                return True
        data = connection.receive()
        if data is None or (data and state is _LINGERING):
            if connection.polled != connection.to_receive:
                self._hub.follow(connection)
            return True
        if not data:
            self._hub.discard(connection)
            return True
        if state is _IDLE:
            connection.started = self._clock()
            if not connection.buffer:
                return self.advance(connection, term, data)
        connection.buffer += data
        return self.advance(connection, term)

    def advance(self, connection: Connection, term: int | None, data: bytes = b"") -> bool:
        """Answer what has arrived as a whole, then wait for more; False: the lead was lost.

        Args:
            connection: owned by the caller.
            term: see the class.
            data: what has arrived and is not in its buffer, which is empty then.

        Raises:
            OSError: the connection is broken.

        """
        for _ in range(_PIPELINED):
            try:
                request = self._reader.read_at_once(connection, data) if data else None
                if request is None:
                    connection.buffer += data
                    request = self._reader.read(connection)
            except ProtocolError as error:
                self.answers.refuse(connection, error)
                return True
            if request is None:
                return True
            data = b""
            target = request.routed
            assert target is not None
            if target.cost:  # most are quick, and 0.0
                if target.cost == NEVER:
                    request.peer = connection
                if term is not None and target.cost > self._inline_limit:
                    self._hand_over(connection, request, target)
                    return True
            if term is not None and self._turn is not None and self._turn.locked():
                self._hand_over(connection, request, target)
                return True
            then = self._answer(connection, request, target, term)
            if then is not NEXT:
                return then is GONE
            if not connection.buffer and connection.request is None:
                self._hub.wait(connection, _IDLE, self._keep_alive)
                return True
        self.steps.on_worker(connection, partial(self.advance, connection, None))
        return True

    def _hand_over(self, connection: Connection, request: Request, target: Target) -> None:
        """Have a worker answer a request; where there is none, and no thread for one, say so."""
        try:
            self.steps.on_worker(connection, partial(self._work, connection, request, target))
        except RuntimeError as error:
            refused = ProtocolError(503, "the server is busy, try again")
            refused.__cause__ = error  # which is logged
            self.answers.refuse(connection, refused)

    def _work(self, connection: Connection, request: Request, target: Target) -> bool:
        return self._go_on(connection, self._answer(connection, request, target, None))

    def _go_on(self, connection: Connection, then: Then) -> bool:
        """A worker has answered a request: it answers those that follow, too."""
        return then is not NEXT or self.advance(connection, None)

    def _answer(
        self, connection: Connection, request: Request, target: Target, term: int | None
    ) -> Then:
        """Run the target and send its answer, or ask whether its body is wanted."""
        asking = connection.unasked
        work: Callable[[Request], Any] = self._admissions.ask if asking else self._handle
        crew = self._crew
        before = crew.clock()
        if term is not None:
            crew.begin(target, before)
        if self._turn is None or target.cost == NEVER:  # what waits for a session takes no turn
            found = work(request)
        else:
            with self._turn:
                before = crew.clock()  # the target is not slow because others are
                found = work(request)
        elapsed = crew.clock() - before
        if elapsed > self._inline_limit or (target.cost and not asking):
            crew.note_cost(target, elapsed)  # quick guards say nothing of the target
        follow: Callable[..., Then] = self._admissions.follow if asking else self.answers.respond
        try:
            return follow(connection, request, found, term)
        except BaseException:
            if term is not None:
                crew.end(term)  # again is harmless; that it was lost is seen by who polls
            raise

    def _handle(self, request: Request) -> HTTPResponse:
        try:
            return self._application.handle(request)
        except BaseException as error:  # noqa: BLE001 SystemExit too would end a shared thread
            self._log.error(ERR_SOURCE_GENERAL_QS, f"{request!r} failed", error)
            return HTTPResponse.error(HTTPError(500))
