"""Answers on their way: written, sent as far as the client takes them, and what comes after."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, Protocol

from ..errors import HTTPError, ProtocolError
from ..logs import ERR_SOURCE_GENERAL_QS, MessageLog
from ..messages.event_stream import EventStream
from ..messages.later_body import LaterBody
from ..messages.response import FileBody, HTTPResponse, Tunnel
from ..messages.standing_fields import NONE, StandingFields
from .connection import Connection, State
from .pace import Pace
from .parking import Parking
from .response_writer import HeadWriter, body_length, sends_body
from .rounds import Round
from .streaming import StreamSender

if TYPE_CHECKING:
    from ..interfaces import Application, ChannelHost
    from ..messages.request import Request
    from ..settings import Settings
    from .crew import Crew
    from .hub import Hub
    from .steps import Steps


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


class Then(enum.Enum):
    """Where an answer leaves the thread that gave it."""

    NEXT = "it owns the connection, which is ready for the next request"
    GONE = "the connection waits, is another thread's, or has ended"
    DEPOSED = "the connection is gone, and the lead was lost"


# Python 3.10 and 3.11 take 0.16 µs to find a member in its class, and a request needs several
NEXT: Final = Then.NEXT
GONE: Final = Then.GONE
_IDLE: Final = State.IDLE


class Answers:
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
        streams: sends what is made while it is sent.

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
        self._hub = hub
        self._steps = steps
        self._application = application
        self._settings = settings
        self._log = log
        self._channels = channels
        self._observer = observer
        self._turn = turn
        self._go_on = go_on
        self._clock = hub.clock
        self._keep_alive = settings.keep_alive_timeout
        self._writer = HeadWriter("quick_htag", self._standing)
        self.round = Round(steps, self._complete)
        self.parking = Parking(hub, self._send_later)
        self.streams = StreamSender(crew, settings, log, hub.clock)

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
        self, connection: Connection, request: Request, response: HTTPResponse, *, leading: bool
    ) -> Then:
        """Send an answer as far as the client takes it.

        Args:
            connection: owned by the caller.
            request: what it answers.
            response: bytes are the usual case, and gone through first; see ``exchange``.
            leading: the caller is the leader, and must not wait for the client.

        Raises:
            OSError: the connection is broken.

        """
        body = response.body
        if body.__class__ is not bytes or response.upgrade is not None:
            return self._respond_otherwise(connection, request, response, leading)
        if response.close or self._hub.closing:
            connection.closing = True
        head, size = connection.head, body_length(response)
        try:
            data, _ = self._writer.head(response, head, connection.closing)
        except ValueError as error:
            response = self._unsendable(request, response, error)
            return self.respond(connection, request, response, leading=leading)
        now = self._clock()
        if self._observer is not None:
            elapsed = now - connection.started
            self._observer(connection.request, response.status, elapsed, size)
        if size and (head is None or head.method != "HEAD"):
            data += body  # one piece, which is one system call
        if leading and self.round.open and not connection.buffer and not self._hub.closing:
            self.round.hold(connection, data, now)
            return GONE
        return self._finish(connection, connection.send_bytes(data))

    def _complete(self, connection: Connection, data: bytes) -> None:
        """Send an answer that was held; no other request has arrived with the one it answers."""
        if not connection.send_bytes(data):
            self._wait_to_send(connection)
        elif self._sent(connection) is NEXT:
            self._hub.wait(connection, _IDLE, self._keep_alive)

    def _respond_otherwise(
        self, connection: Connection, request: Request, response: HTTPResponse, leading: bool
    ) -> Then:
        """Send an answer that is more than bytes."""
        if response.upgrade is not None:
            if self._channels is not None:
                return self._upgrade(connection, response, self._channels)
            response.discard()
            response = HTTPResponse.error(HTTPError(501, "there are no websockets here"))
            return self.respond(connection, request, response, leading=leading)
        head, body = connection.head, response.body
        if isinstance(body, LaterBody) and sends_body(response, head):
            self.parking.park(connection, request, response, body)
            return GONE
        size = body_length(response)
        endless = size is None and not isinstance(body, (bytes, FileBody))
        if response.close or self._hub.closing or (endless and _ends_with_close(request, body)):
            connection.closing = True
        try:
            data, chunked = self._writer.head(response, head, connection.closing)
        except ValueError as error:
            response = self._unsendable(request, response, error)
            return self.respond(connection, request, response, leading=leading)
        self._observe(connection, response.status, size)
        if not sends_body(response, head):
            response.discard()
            return self._finish(connection, connection.send(data))
        if isinstance(body, (bytes, FileBody)):
            return self._finish(connection, connection.send(data, body))
        if isinstance(body, EventStream) and self._channels is not None:
            address = request.client_address[0]
            self._channels.stream(self._hub.release(connection), data, body, chunked, address)
            return GONE
        if not leading:
            return self._stream(connection, data, body, chunked)
        self._steps.on_worker(
            connection,
            lambda: self._go_on(connection, self._stream(connection, data, body, chunked)),
        )
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

    # -- while it is sent, and after ---------------------------------------------------------------

    def _finish(self, connection: Connection, sent: bool) -> Then:
        if not sent:
            self._wait_to_send(connection)
            return GONE
        return self._sent(connection)

    def go_on_sending(self, connection: Connection) -> Then:
        """The client takes more of an answer.

        Raises:
            OSError: the connection is broken.

        """
        if not connection.flush():
            self._wait_to_send(connection)
            return GONE
        connection.pace = None
        return self._sent(connection)

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

    def _sent(self, connection: Connection) -> Then:
        """All of an answer has gone: get ready for the next request, or end."""
        connection.forget_request()
        if not connection.closing:
            if connection.buffer:  # else it begins with its first byte
                connection.started = self._clock()
            return NEXT
        if connection.unread or connection.buffer:
            self._hub.linger(connection, self._settings.linger_timeout)
        else:
            self._hub.discard(connection)
        return GONE

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
            then = self.respond(connection, request, response, leading=False)
            return self._go_on(connection, then)

        self._steps.on_worker(connection, send)

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
    return request.version == "HTTP/1.0" or (
        isinstance(body, EventStream) and request.method != "HEAD"
    )
