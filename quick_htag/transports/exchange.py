"""Requests and answers on one connection: what HTTP says about a connection that is there."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final, Protocol

from ..errors import HTTPError, ProtocolError, reason_phrase
from ..interfaces import Application, ChannelHost, Target
from ..logs import ERR_SOURCE_GENERAL_QS, MessageLog
from ..messages.event_stream import EventStream
from ..messages.later_body import LaterBody
from ..messages.request import Request
from ..messages.response import FileBody, HTTPResponse, Tunnel
from ..messages.standing_fields import NONE, StandingFields
from ..settings import Settings
from .connection import NEVER, Connection, HandshakeError, State
from .crew import Crew
from .hub import Hub
from .pace import Pace
from .parking import Parking
from .request_reader import RequestReader, WatchBody
from .response_writer import HeadWriter, body_length, sends_body
from .streaming import StreamSender

_PIPELINED: Final = 32  # requests of one connection answered before others get their turn


class Observer(Protocol):
    """Hears of every answer; called on the thread that sends its head."""

    def __call__(
        self,
        request: Request | None,
        status: int,
        elapsed: float,
        size: int | None,
        refused: str = "",
    ) -> None:
        """``request`` is None when it could not be read, ``size`` when it is not known yet.

        ``refused`` is why it was not handled; empty: it was.
        """


class _Then(enum.Enum):
    """Where an answer leaves the thread that gave it."""

    NEXT = "it owns the connection, which is ready for the next request"
    GONE = "the connection waits, is another thread's, or has ended"
    DEPOSED = "the connection is gone, and the lead was lost"


class Exchanges:
    """Has requests answered and sends the answers. Shared by all threads of a crew.

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
        self._settings = settings
        self._log = log
        self._channels = channels
        self._observer = observer
        self._turn = turn
        self._clock = hub.clock
        self._reader = RequestReader(hub, application, settings, server, watch_body)
        self._writer = HeadWriter("quick_htag", self._standing)
        self.parking = Parking(hub, self._send_later)
        self._streams = StreamSender(crew, settings, log, hub.clock)

    @property
    def server_name(self) -> str:
        """The ``Server`` field of answers; set at any time."""
        return self._writer.server

    @server_name.setter
    def server_name(self, text: str) -> None:
        self._writer = HeadWriter(text, self._standing)

    def _standing(self) -> StandingFields:
        fields: StandingFields = getattr(self._application, "standing_fields", NONE)
        return fields

    def give_up_streams(self) -> None:
        """See ``StreamSender.give_up``."""
        self._streams.give_up()

    def guarded(self, connection: Connection, step: Callable[[], bool]) -> bool:
        """Run a step of a connection; whatever fails ends this connection and no other."""
        try:
            return step()
        except BaseException as error:  # noqa: BLE001 a bug must not end a thread of the crew
            self.failed(connection, error)
        return True

    def failed(self, connection: Connection, error: BaseException) -> None:
        """End a connection because a step of it raised ``error``."""
        if isinstance(error, OSError):  # the client is gone; that is its right
            self._log.debug(f"the connection with {connection.address[0]} has ended: {error}")
        else:
            self._log.error(ERR_SOURCE_GENERAL_QS, "a connection failed", error)
        self._hub.discard(connection)

    def progress(self, connection: Connection, term: int) -> bool:
        """Go on with a connection the poller reported; False: the lead was lost.

        Raises:
            OSError: the connection is broken.

        """
        state = connection.state
        if state is State.SENDING:
            if not connection.flush():
                self._wait_to_send(connection)
                return True
            connection.pace = None
            return self._sent(connection) is not _Then.NEXT or self.advance(connection, term)
        if state is State.HANDSHAKE:  # a millisecond of arithmetic
            self._to_worker(connection, partial(self._secure, connection))
            return True
        if state is State.PARKED:
            self.parking.look(connection)
            return True
        data = connection.receive()
        if data is None or (data and state is State.LINGERING):
            if connection.polled != connection.to_receive:
                self._hub.follow(connection)
            return True
        if not data:
            self._hub.discard(connection)
            return True
        connection.buffer += data
        if state is State.IDLE:
            connection.started = self._clock()
        return self.advance(connection, term)

    def advance(self, connection: Connection, term: int | None) -> bool:
        """Answer what has arrived as a whole, then wait for more; False: the lead was lost.

        Raises:
            OSError: the connection is broken.

        """
        for _ in range(_PIPELINED):
            try:
                request = self._reader.read(connection)
            except ProtocolError as error:
                self.refuse(connection, error)
                return True
            if request is None:
                return True
            target = request.routed
            assert target is not None
            if target.cost == NEVER:
                request.peer = connection
            if term is not None and self._may_block(target):
                self._hand_over(connection, request, target)
                return True
            then = self._answer(connection, request, target, term)
            if then is not _Then.NEXT:
                return then is _Then.GONE
        self._to_worker(connection, partial(self.advance, connection, None))
        return True

    def _may_block(self, target: Target) -> bool:
        if target.cost > self._settings.inline_limit:
            return True
        return self._turn is not None and self._turn.locked()

    def _to_worker(self, connection: Connection, step: Callable[[], bool]) -> None:
        self._hub.detach(connection)
        self._crew.submit(lambda: self.guarded(connection, step))

    def _hand_over(self, connection: Connection, request: Request, target: Target) -> None:
        """Have a worker answer a request; where there is none, and no thread for one, say so."""
        try:
            self._to_worker(connection, partial(self._work, connection, request, target))
        except RuntimeError as error:
            refused = ProtocolError(503, "the server is busy, try again")
            refused.__cause__ = error  # which is logged
            self.refuse(connection, refused)

    def _work(self, connection: Connection, request: Request, target: Target) -> bool:
        return self._go_on(connection, self._answer(connection, request, target, None))

    def _go_on(self, connection: Connection, then: _Then) -> bool:
        """A worker has answered a request: it answers those that follow, too."""
        return then is not _Then.NEXT or self.advance(connection, None)

    def begin_tls(self, connection: Connection) -> None:
        """Wait for the client's part of the handshake; ``connection.started`` is set.

        Raises:
            OSError: the server has stopped, or the poller is full.

        """
        timeout = self._settings.handshake_timeout + connection.started - self._clock()
        self._hub.wait(connection, State.HANDSHAKE, timeout, connection.to_receive)

    def _secure(self, connection: Connection) -> bool:
        """Do our part of a handshake, on a worker, which then answers the first request, too."""
        try:
            if not connection.secure():
                self.begin_tls(connection)
                return True
        except ProtocolError as error:
            self.refuse(connection, error)
            return True
        except HandshakeError as error:
            self._log.debug(f"no TLS with {connection.address[0]}: {error}")
            self._hub.linger(connection, self._settings.linger_timeout)  # it may read our reason
            return True
        connection.started = self._clock()
        data = connection.receive()
        if data == b"":
            self._hub.discard(connection)
            return True
        if data is None:
            timeout = self._settings.header_timeout
            self._hub.wait(connection, State.IDLE, timeout, connection.to_receive)
            return True
        connection.buffer += data
        return self.advance(connection, None)

    # -- answering ---------------------------------------------------------------------------------

    def refuse(self, connection: Connection, error: ProtocolError) -> None:
        """Answer bytes that are no request, or came too late, and end.

        Raises:
            OSError: the connection is broken.

        """
        if error.__cause__ is not None:
            text = f"{connection.request or 'a request'!r} failed before it was handled"
            self._log.error(ERR_SOURCE_GENERAL_QS, text, error.__cause__)
        later = [("Retry-After", "5")] if error.status == 503 else []
        response = HTTPResponse.error(HTTPError(error.status, error.detail, later))
        connection.closing = connection.unread = True
        if connection.reader is not None:
            connection.reader.close()
            connection.reader = None
        data, _ = self._writer.head(response, connection.head, close=True)
        self._observe(connection, response, error.detail)
        content = response.content() if sends_body(response, connection.head) else b""
        self._finish(connection, connection.send(data + content))

    def _answer(
        self, connection: Connection, request: Request, target: Target, term: int | None
    ) -> _Then:
        """Run the target and send its answer, or ask whether its body is wanted."""
        asking = connection.unasked
        work: Callable[[Request], Any] = self._admit if asking else self._handle
        before = self._crew.clock()
        if term is not None:
            self._crew.begin(target, before)
        if self._turn is None or target.cost == NEVER:  # what waits for a session takes no turn
            found = work(request)
        else:
            with self._turn:
                before = self._crew.clock()  # the target is not slow because others are
                found = work(request)
        elapsed = self._crew.clock() - before
        deposed = term is not None and not self._crew.end(term)
        if not asking or elapsed > self._settings.inline_limit:  # quick guards say nothing of it
            self._crew.note_cost(target, elapsed)
        follow: Callable[..., _Then] = self._expect if asking else self._respond
        if not deposed:
            return follow(connection, request, found, leading=term is not None)
        self._hub.detach(connection)  # the new leader may have set it aside already
        self.guarded(
            connection,
            lambda: self._go_on(connection, follow(connection, request, found, leading=False)),
        )
        return _Then.DEPOSED

    def _admit(self, request: Request) -> bool | ProtocolError:
        """Whether the application wants the body of a request; an error: it cannot say."""
        admission = getattr(self._application, "admission", None)
        try:
            return admission is None or bool(admission(request))
        except BaseException as error:  # noqa: BLE001 SystemExit too would end a shared thread
            failed = ProtocolError(500, reason_phrase(500))
            failed.__cause__ = error  # which is logged
            return failed

    def _expect(
        self,
        connection: Connection,
        request: Request,
        wanted: bool | ProtocolError,
        *,
        leading: bool,
    ) -> _Then:
        """Read the body next, or what is small enough to be read away, or none of it."""
        if isinstance(wanted, ProtocolError):
            self.refuse(connection, wanted)
            return _Then.GONE
        assert connection.head is not None
        self._reader.expect_body(connection, connection.head, request, wanted=wanted)
        return _Then.NEXT

    def _handle(self, request: Request) -> HTTPResponse:
        try:
            return self._application.handle(request)
        except BaseException as error:  # noqa: BLE001 SystemExit too would end a shared thread
            self._log.error(ERR_SOURCE_GENERAL_QS, f"{request!r} failed", error)
            return HTTPResponse.error(HTTPError(500))

    def _respond(
        self, connection: Connection, request: Request, response: HTTPResponse, *, leading: bool
    ) -> _Then:
        """Send an answer as far as the client takes it."""
        if response.upgrade is not None:
            if self._channels is not None:
                return self._upgrade(connection, response, self._channels)
            response.discard()
            response = HTTPResponse.error(HTTPError(501, "there are no websockets here"))
        head, body = connection.head, response.body
        endless = False
        if not isinstance(body, (bytes, FileBody)):
            if isinstance(body, LaterBody) and sends_body(response, head):
                self.parking.park(connection, request, response, body)
                return _Then.GONE
            endless = body_length(response) is None
        if response.close or self._hub.closing or (endless and _ends_with_close(request, body)):
            connection.closing = True
        try:
            data, chunked = self._writer.head(response, head, connection.closing)
        except ValueError as error:
            self._log.error(ERR_SOURCE_GENERAL_QS, f"{request!r} has no sendable answer", error)
            response.discard()
            response = HTTPResponse.error(HTTPError(500))
            body = response.body
            data, chunked = self._writer.head(response, head, connection.closing)
        self._observe(connection, response)
        if not sends_body(response, head):
            response.discard()
            return self._finish(connection, connection.send(data))
        if isinstance(body, bytes):
            return self._finish(connection, connection.send(data + body))
        if isinstance(body, FileBody):
            return self._finish(connection, connection.send(data, body))
        if isinstance(body, EventStream) and self._channels is not None:
            address = request.client_address[0]
            self._channels.stream(self._hub.release(connection), data, body, chunked, address)
            return _Then.GONE
        if leading:
            self._to_worker(
                connection,
                lambda: self._go_on(connection, self._stream(connection, data, body, chunked)),
            )
            return _Then.GONE
        return self._stream(connection, data, body, chunked)

    def _observe(self, connection: Connection, response: HTTPResponse, refused: str = "") -> None:
        if self._observer is not None:
            elapsed = self._clock() - connection.started
            size = body_length(response)
            self._observer(connection.request, response.status, elapsed, size, refused)

    def _finish(self, connection: Connection, sent: bool) -> _Then:
        if sent:
            return self._sent(connection)
        self._wait_to_send(connection)
        return _Then.GONE

    def _wait_to_send(self, connection: Connection) -> None:
        pace, now = connection.pace, self._clock()
        if pace is None:
            settings = self._settings
            pace = Pace(settings.send_timeout, settings.send_min_rate, now, connection.taken())
            connection.pace = pace
        until = pace.reached(connection.taken(), now)
        self._hub.wait(connection, State.SENDING, until - now, connection.to_send)

    def send_late(self, connection: Connection) -> None:
        """The time for an answer is up; a client that takes it, seen closely, gets more.

        Raises:
            OSError: the server has stopped, or the poller is full.

        """
        now = self._clock()
        pace = connection.pace
        if pace is not None and pace.reached(connection.taken(), now) > now:
            self._wait_to_send(connection)
        else:
            self._hub.discard(connection)

    def _sent(self, connection: Connection) -> _Then:
        """All of an answer has gone: get ready for the next request, or end."""
        if not connection.closing:
            connection.forget_request()
            connection.started = self._clock()
            return _Then.NEXT
        if connection.unread or connection.buffer:
            connection.forget_request()
            self._hub.linger(connection, self._settings.linger_timeout)
        else:
            self._hub.discard(connection)
        return _Then.GONE

    def _stream(
        self, connection: Connection, head: bytes, body: Iterable[bytes], chunked: bool
    ) -> _Then:
        """Send a body as it is made, on a worker; without chunked coding its end is the close."""
        turn = self._turn_of(connection.request)
        self._streams.send(connection, head, body, chunked, turn)
        return self._sent(connection)

    def _send_later(self, connection: Connection, request: Request, response: HTTPResponse) -> None:
        """Have a worker send the answer of a connection that was parked. Any thread."""

        def send() -> bool:
            then = self._respond(connection, request, response, leading=False)
            return self._go_on(connection, then)

        self._to_worker(connection, send)

    def _turn_of(self, request: Request | None) -> Any:
        """What to hold while a target runs; None: nothing, since it waits for somebody else."""
        waits = request is not None and request.peer is not None
        return None if waits else self._turn

    def _upgrade(
        self, connection: Connection, response: HTTPResponse, channels: ChannelHost
    ) -> _Then:
        """Hand the socket over."""
        assert response.upgrade is not None
        head, _ = self._writer.head(response, connection.head, close=False)
        self._observe(connection, response)
        received = bytes(connection.buffer)
        request = connection.request  # trusted proxies know the client's address better
        address = (connection.address if request is None else request.client_address)[0]
        sock = self._hub.release(connection)
        receiver = response.upgrade.receiver
        if isinstance(receiver, Tunnel):
            channels.relay(sock, head, received, receiver)
        else:
            channels.adopt(sock, head, received, receiver, address, response.upgrade.terms)
        return _Then.GONE


def _ends_with_close(request: Request, body: object) -> bool:
    """HTTP/1.0 has no other end for a stream; and who gets events has nothing else to ask for."""
    return request.version == "HTTP/1.0" or (
        isinstance(body, EventStream) and request.method != "HEAD"
    )
