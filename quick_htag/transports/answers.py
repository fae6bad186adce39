"""Answers on their way: written, sent as far as the client takes them, and what comes after."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import HTTPError, ProtocolError
from ..later import later
from ..logs import ERR_SOURCE_GENERAL_QS, MessageLog
from ..messages.response import FileBody, HTTPResponse, Tunnel
from ..messages.standing_fields import NONE, StandingFields
from .connection import NEVER, Connection
from .parking import Parking
from .response_writer import HeadWriter, body_length, sends_body
from .rounds import Round
from .sending import GONE, NEXT, Sending, Then

if TYPE_CHECKING:
    from typing import TypeGuard

    from ..interfaces import Application, ChannelHost
    from ..messages.event_stream import EventStream
    from ..messages.later_body import LaterBody
    from ..messages.request import Request
    from ..settings import Settings
    from .crew import Crew
    from .hub import Hub
    from .steps import Steps
    from .streaming import StreamSender


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


class Answers(Sending):
    """Sends answers. Shared by all threads of a crew.

    Args:
        hub: the connections.
        crew: the threads.
        steps: has a worker go on.
        application: has the standing fields.
        settings: limits and timeouts.
        log: for what goes wrong here.
        channels: takes over upgraded connections; None: upgrades are answered 501.
        observer: hears of every answer.
        turn: held while a target runs, to run one at a time; None: no limit.
        go_on: a worker has sent an answer, and goes on with the connection.

    Attributes:
        parking: the connections that wait for their answer.
        round: the answers that wait for others.

    """

    def __init__(
        self,
        hub: Hub,
        crew: Crew,
        steps: Steps,
        application: Application,
        settings: Settings,
        log: MessageLog,
        *,
        channels: ChannelHost | None,
        observer: Observer | None,
        turn: Any,
        go_on: Callable[[Connection, Then], bool],
    ) -> None:
        super().__init__(hub, crew, steps, settings, go_on)
        self._application = application
        self._log = log
        self._channels = channels
        self._observer = observer
        self._turn = turn
        timeout = settings.keep_alive_timeout
        self._keep_alive = NEVER if timeout is None else timeout
        self._writer = HeadWriter("quick_htag", self._standing)
        self.round = Round(steps, self._complete)
        self.parking = Parking(hub, self._send_later)

    @later
    def streams(self) -> StreamSender:
        """Sends what is made while it is sent."""
        from .streaming import StreamSender

        return StreamSender(self._crew, self._settings, self._log, self._clock)

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

    # -- one answer --------------------------------------------------------------------------------

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
        self._observe(connection, response.status, body_length(response), error.detail)
        content = response.content() if sends_body(response, connection.head) else b""
        self._finish(connection, connection.send(data + content))

    def respond(
        self, connection: Connection, request: Request, response: HTTPResponse, term: int | None
    ) -> Then:
        """Send an answer as far as the client takes it.

        Args:
            connection: owned by the caller.
            request: what it answers.
            response: bytes are the usual case, and gone through first; see ``exchange``.
            term: of the leader, which must not wait for the client, and on which the watchdog has
                looked since its target began to run: the log may block, too, and a disk. None: a
                worker.

        Raises:
            OSError: the connection is broken.

        """
        body = response.body
        if body.__class__ is not bytes or response.upgrade is not None:
            return self._respond_otherwise(connection, request, response, term)
        if response.close or self._hub.closing:
            connection.closing = True
        head = connection.head
        size = len(body) if response.status == 200 else body_length(response)
        try:
            data, _ = self._writer.head(response, head, connection.closing)
        except ValueError as error:
            response = self._unsendable(request, response, error)
            return self.respond(connection, request, response, term)
        now = self._clock()
        if self._observer is not None:
            elapsed = now - connection.started
            self._observer(connection.request, response.status, elapsed, size)
        if size and (head is None or head.method != "HEAD"):
            data += body  # one piece, which is one system call
        if term is not None:
            if not self._crew.end(term):
                return self._deposed(connection, partial(self._send_all, connection, data))
            if self.round.open and not connection.buffer and not self._hub.closing:
                self.round.hold(connection, data, now)
                return GONE
        return self._finish(connection, connection.send_bytes(data))

    def _complete(self, connection: Connection, data: bytes, now: float) -> None:
        """Send an answer that was held; no other request has arrived with the one it answers."""
        if not connection.send_bytes(data):
            self._wait_to_send(connection)
        elif self._sent(connection) is NEXT:
            self._hub.wait_idle(connection, now + self._keep_alive)

    def _respond_otherwise(
        self, connection: Connection, request: Request, response: HTTPResponse, term: int | None
    ) -> Then:
        """Send an answer that is more than bytes."""
        if response.upgrade is not None:
            if self._channels is not None:
                step = partial(self._upgrade, connection, response, self._channels)
                return self.settled(connection, term, step)
            response.discard()
            response = HTTPResponse.error(HTTPError(501, "there are no websockets here"))
            return self.respond(connection, request, response, term)
        head, body = connection.head, response.body
        known = isinstance(body, (bytes, FileBody))  # the two kinds of most answers
        if not known and _comes_later(body) and sends_body(response, head):
            park = partial(self._park, connection, request, response, body)
            return self.settled(connection, term, park)
        size = body_length(response)
        endless = size is None and not known
        if response.close or self._hub.closing or (endless and _ends_with_close(request, body)):
            connection.closing = True
        try:
            data, chunked = self._writer.head(response, head, connection.closing)
        except ValueError as error:
            response = self._unsendable(request, response, error)
            return self.respond(connection, request, response, term)
        self._observe(connection, response.status, size)
        if not sends_body(response, head):
            response.discard()
            return self.settled(connection, term, partial(self._send_all, connection, data))
        if isinstance(body, (bytes, FileBody)):
            sent = connection.send(data, body)  # the watchdog looks on: a disk may be slow
            return self.settled(connection, term, partial(self._finish, connection, sent))
        if self._channels is not None and _has_events(body):
            events = partial(self._send_events, connection, request, data, body, chunked)
            return self.settled(connection, term, events)
        stream = partial(self._stream, connection, data, body, chunked)
        if term is None:
            return stream()
        if not self._crew.end(term):
            return self._deposed(connection, stream)
        self._steps.on_worker(connection, lambda: self._go_on(connection, stream()))
        return GONE

    def _unsendable(
        self, request: Request, response: HTTPResponse, error: ValueError
    ) -> HTTPResponse:
        self._log.error(ERR_SOURCE_GENERAL_QS, f"{request!r} has no sendable answer", error)
        response.discard()
        return HTTPResponse.error(HTTPError(500))

    def _observe(
        self, connection: Connection, status: int, size: int | None, refused: str = ""
    ) -> None:
        if self._observer is not None:
            elapsed = self._clock() - connection.started
            self._observer(connection.request, status, elapsed, size, refused)

    # -- streams, and what leaves HTTP -----------------------------------------------------------

    def _stream(
        self, connection: Connection, head: bytes, body: Iterable[bytes], chunked: bool
    ) -> Then:
        """Send a body as it is made, on a worker; without chunked coding its end is the close."""
        request = connection.request
        waits = request is not None and request.peer is not None  # for somebody else: takes no turn
        self.streams.send(connection, head, body, chunked, None if waits else self._turn)
        return self._sent(connection)

    def _send_later(self, connection: Connection, request: Request, response: HTTPResponse) -> None:
        """Have a worker send the answer of a connection that was parked. Any thread."""

        def send() -> bool:
            then = self.respond(connection, request, response, None)
            return self._go_on(connection, then)

        self._steps.on_worker(connection, send)

    def _park(
        self, connection: Connection, request: Request, response: HTTPResponse, body: LaterBody
    ) -> Then:
        self.parking.park(connection, request, response, body)
        return GONE

    def _send_events(
        self,
        connection: Connection,
        request: Request,
        head: bytes,
        body: EventStream,
        chunked: bool,
    ) -> Then:
        assert self._channels is not None
        address = request.client_address[0]
        self._channels.stream(self._hub.release(connection), head, body, chunked, address)
        return GONE

    def _upgrade(
        self, connection: Connection, response: HTTPResponse, channels: ChannelHost
    ) -> Then:
        """Hand the socket over."""
        assert response.upgrade is not None
        head, _ = self._writer.head(response, connection.head, close=False)
        self._observe(connection, response.status, body_length(response))
        received = bytes(connection.buffer)
        request = connection.request  # trusted proxies know the client's address better
        address = (connection.address if request is None else request.client_address)[0]
        sock = self._hub.release(connection)
        receiver = response.upgrade.receiver
        if isinstance(receiver, Tunnel):
            channels.relay(sock, head, received, receiver)
        else:
            channels.adopt(sock, head, received, receiver, address, response.upgrade.terms)
        return GONE


def _ends_with_close(request: Request, body: object) -> bool:
    """HTTP/1.0 has no other end for a stream; and who gets events has nothing else to ask for."""
    return request.version == "HTTP/1.0" or (_has_events(body) and request.method != "HEAD")


def _has_events(body: object) -> TypeGuard[EventStream]:
    from ..messages.event_stream import EventStream  # only who streams has it

    return isinstance(body, EventStream)


def _comes_later(body: object) -> TypeGuard[LaterBody]:
    from ..messages.later_body import LaterBody

    return isinstance(body, LaterBody)
