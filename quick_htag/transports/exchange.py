"""Requests and answers on one connection: what HTTP says about a connection that is there."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final, Protocol

from ..errors import BodyRefused, HTTPError, ProtocolError
from ..interfaces import Application, ChannelHost, Target
from ..logs import ERR_SOURCE_GENERAL_QS, MessageLog
from ..messages.body import RefusedBody
from ..messages.request import Request
from ..messages.response import FileBody, HTTPResponse
from ..settings import Settings
from .body_reader import BodyReader
from .chunked import LAST_CHUNK, chunk
from .connection import NEVER, Connection, State
from .crew import Crew
from .hub import Hub, wait_writable
from .poller import WRITE
from .request_parser import Head
from .response_writer import HeadWriter, body_length, sends_body

_PIPELINED: Final = 32  # requests of one connection answered before others get their turn
_DRAIN: Final = 64 * 1024  # bytes of a body nobody wants that are read to keep the connection
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class Observer(Protocol):
    """Hears of every answer; called on the thread that sends its head."""

    def __call__(
        self, request: Request | None, status: int, elapsed: float, size: int | None
    ) -> None:
        """``request`` is None when it could not be read, ``size`` when it is not known yet."""


class _Then(enum.Enum):
    """Where an answer leaves the thread that gave it."""

    NEXT = "it owns the connection, which is ready for the next request"
    GONE = "the connection waits, is another thread's, or has ended"
    DEPOSED = "the connection is gone, and the lead was lost"


class Exchanges:
    """Reads requests, has them answered, sends the answers. Shared by all threads of a crew.

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
    ) -> None:
        self._hub = hub
        self._crew = crew
        self._application = application
        self._settings = settings
        self._log = log
        self._channels = channels
        self._observer = observer
        self._server = server
        self._turn = turn
        self._clock = hub.clock
        self._writer = HeadWriter("quick_htag")

    def guarded(self, connection: Connection, step: Callable[[], bool]) -> bool:
        """Run a step of a connection; whatever fails ends this connection and no other."""
        try:
            return step()
        except OSError:  # the client is gone; that is its right
            self._hub.discard(connection)
        except Exception as error:  # noqa: BLE001 a bug here must not end a thread of the crew
            self._log.error(ERR_SOURCE_GENERAL_QS, "a connection failed", error)
            self._hub.discard(connection)
        return True

    def progress(self, connection: Connection, term: int) -> bool:
        """Go on with a connection the poller reported; False: the lead was lost.

        Raises:
            OSError: the connection is broken.

        """
        state = connection.state
        if state is State.SENDING:
            if not connection.flush():
                self._hub.wait(connection, state, self._settings.send_timeout, WRITE)
                return True
            return self._sent(connection) is not _Then.NEXT or self.advance(connection, term)
        data = connection.receive()
        if data is None or (data and state is State.LINGERING):
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
                request = self._read_request(connection)
            except ProtocolError as error:
                self.refuse(connection, error)
                return True
            if request is None:
                return True
            target = request.routed
            assert target is not None
            if term is not None and target.cost > self._settings.inline_limit:
                self._to_worker(connection, partial(self._work, connection, request, target))
                return True
            then = self._answer(connection, request, target, term)
            if then is not _Then.NEXT:
                return then is _Then.GONE
        self._to_worker(connection, lambda: self._resume(connection))
        return True

    def _to_worker(self, connection: Connection, step: Callable[[], bool]) -> None:
        self._hub.detach(connection)
        self._crew.submit(lambda: self.guarded(connection, step))

    def _resume(self, connection: Connection) -> bool:
        return self.advance(connection, None)

    def _work(self, connection: Connection, request: Request, target: Target) -> bool:
        """Answer a request on a worker, and those that follow it."""
        then = self._answer(connection, request, target, None)
        return then is not _Then.NEXT or self.advance(connection, None)

    # -- reading -----------------------------------------------------------------------------------

    def _read_request(self, connection: Connection) -> Request | None:
        """The next request once it is complete; None: the connection waits for more of it."""
        request = connection.request
        if request is None:
            request = self._read_head(connection)
            if request is None:
                return None
        reader = connection.reader
        if reader is not None:
            if not reader.feed(connection.buffer):
                self._wait_for_body(connection, reader)
                return None
            self._finish_body(connection, request, reader)
        connection.state = State.BUSY
        connection.deadline = NEVER
        return request

    def _read_head(self, connection: Connection) -> Request | None:
        buffer = connection.buffer
        if not buffer:
            self._hub.wait(connection, State.IDLE, self._settings.keep_alive_timeout)
            return None
        parsed = connection.parser.parse(buffer)
        if parsed is None:
            allowed = connection.started + self._settings.header_timeout - self._clock()
            self._hub.wait(connection, State.HEAD, allowed)
            return None
        head, end = parsed
        if end == len(buffer):
            buffer.clear()
        else:
            del buffer[:end]
        connection.head = head
        connection.request = request = Request(
            head.method,
            head.target,
            head.headers,
            version=head.version,
            client_address=connection.address,
            server=self._server,
            started=connection.started,
        )
        request.routed = target = self._application.target(request)
        connection.closing = self._hub.closing or not head.keep_alive
        if head.content_length != 0:
            self._expect_body(connection, head, request, target.body_limit)
        return request

    def _expect_body(
        self, connection: Connection, head: Head, request: Request, limit: int
    ) -> None:
        """Decide what becomes of the body; a small one nobody wants is read away."""
        length = head.content_length
        taken = max(limit, _DRAIN)
        if (length is not None and length > taken) or (limit == 0 and head.expects_continue):
            request.body = _refused(limit)
            connection.closing = connection.unread = True
            return
        connection.reader = BodyReader(length, taken, self._settings.body_memory)
        if head.expects_continue and not connection.buffer:
            connection.send(_CONTINUE)

    def _wait_for_body(self, connection: Connection, reader: BodyReader) -> None:
        """A body has its grace and then must keep up a rate, counted from the first byte."""
        settings = self._settings
        allowed = settings.body_timeout + reader.received / max(settings.body_min_rate, 1.0)
        self._hub.wait(connection, State.BODY, connection.started + allowed - self._clock())

    def _finish_body(self, connection: Connection, request: Request, reader: BodyReader) -> None:
        limit = request.routed.body_limit if request.routed is not None else 0
        connection.reader = None
        if reader.received > limit:
            reader.close()
            request.body = _refused(limit)
        else:
            request.body = reader.body()

    def refuse(self, connection: Connection, error: ProtocolError) -> None:
        """Answer bytes that are no request, or came too late, and end.

        Raises:
            OSError: the connection is broken.

        """
        response = HTTPResponse.error(HTTPError(error.status, error.detail))
        connection.closing = connection.unread = True
        if connection.reader is not None:
            connection.reader.close()
            connection.reader = None
        data, _ = self._writer.head(response, connection.head, close=True)
        self._observe(connection, response)
        self._finish(connection, connection.send(data + response.content()))

    # -- answering ---------------------------------------------------------------------------------

    def _answer(
        self, connection: Connection, request: Request, target: Target, term: int | None
    ) -> _Then:
        """Run the target and send its answer."""
        before = self._clock()
        if term is not None:
            self._crew.begin(target, before)
        if self._turn is None:
            response = self._application.handle(request)
        else:
            with self._turn:
                response = self._application.handle(request)
        elapsed = self._clock() - before
        deposed = term is not None and not self._crew.end(term)
        self._note_cost(target, elapsed)
        if not deposed:
            return self._respond(connection, request, response, leading=term is not None)
        self._hub.detach(connection)  # the new leader may have set it aside already

        def step() -> bool:
            then = self._respond(connection, request, response, leading=False)
            return then is not _Then.NEXT or self.advance(connection, None)

        self.guarded(connection, step)
        return _Then.DEPOSED

    def _note_cost(self, target: Target, elapsed: float) -> None:
        """Slow once is slow for a while; quick again and again is quick."""
        cost = target.cost
        limit = self._settings.inline_limit
        if elapsed > limit:
            target.cost = max(elapsed, cost)
        elif cost and cost != NEVER:
            target.cost = cost * 0.7 if cost > limit else 0.0

    def _respond(
        self, connection: Connection, request: Request, response: HTTPResponse, *, leading: bool
    ) -> _Then:
        """Send an answer as far as the client takes it."""
        if response.upgrade is not None:
            if self._channels is not None:
                return self._upgrade(connection, response, self._channels)
            response = HTTPResponse.error(HTTPError(501, "there are no websockets here"))
        if response.close or self._hub.closing:
            connection.closing = True
        try:
            data, chunked = self._writer.head(response, connection.head, connection.closing)
        except ValueError as error:
            self._log.error(ERR_SOURCE_GENERAL_QS, f"{request!r} has no sendable answer", error)
            response.discard()
            response = HTTPResponse.error(HTTPError(500))
            data, chunked = self._writer.head(response, connection.head, connection.closing)
        self._observe(connection, response)
        body = response.body
        if not sends_body(response, connection.head):
            response.discard()
            return self._finish(connection, connection.send(data))
        if isinstance(body, bytes):
            return self._finish(connection, connection.send(data + body))
        if isinstance(body, FileBody):
            return self._finish(connection, connection.send(data, body))
        if leading:
            self._to_worker(
                connection, lambda: self._stream_on(connection, data, body, chunked=chunked)
            )
            return _Then.GONE
        return self._stream(connection, data, body, chunked=chunked)

    def _observe(self, connection: Connection, response: HTTPResponse) -> None:
        if self._observer is not None:
            elapsed = self._clock() - connection.started
            self._observer(connection.request, response.status, elapsed, body_length(response))

    def _finish(self, connection: Connection, sent: bool) -> _Then:
        if sent:
            return self._sent(connection)
        self._hub.wait(connection, State.SENDING, self._settings.send_timeout, WRITE)
        return _Then.GONE

    def _sent(self, connection: Connection) -> _Then:
        """All of an answer has gone: get ready for the next request, or end."""
        if not connection.closing:
            connection.forget_request()
            connection.started = self._clock()
            return _Then.NEXT
        if connection.unread:
            connection.forget_request()
            self._hub.linger(connection, self._settings.linger_timeout)
        else:
            self._hub.discard(connection)
        return _Then.GONE

    def _stream_on(
        self, connection: Connection, head: bytes, body: Iterable[bytes], *, chunked: bool
    ) -> bool:
        then = self._stream(connection, head, body, chunked=chunked)
        return then is not _Then.NEXT or self.advance(connection, None)

    def _stream(
        self, connection: Connection, head: bytes, body: Iterable[bytes], *, chunked: bool
    ) -> _Then:
        """Send a body as it is made, on a worker; without chunked coding its end is the close."""
        if not chunked:
            connection.closing = True
        try:
            self._send_all(connection, head)
            for piece in body:
                if piece:
                    self._send_all(connection, chunk(piece) if chunked else piece)
            if chunked:
                self._send_all(connection, LAST_CHUNK)
        finally:
            close = getattr(body, "close", None)
            if close is not None:
                close()
        return self._sent(connection)

    def _send_all(self, connection: Connection, data: bytes) -> None:
        done = connection.send(data)
        while not done:
            if not wait_writable(connection.sock, self._settings.send_timeout):
                raise TimeoutError("the client does not take its answer")
            done = connection.flush()

    def _upgrade(
        self, connection: Connection, response: HTTPResponse, channels: ChannelHost
    ) -> _Then:
        """Hand the socket over."""
        assert response.upgrade is not None
        head, _ = self._writer.head(response, connection.head, close=False)
        self._observe(connection, response)
        received = bytes(connection.buffer)
        sock = self._hub.release(connection)
        channels.adopt(sock, head, received, response.upgrade.receiver, connection.address[0])
        return _Then.GONE


def _refused(limit: int) -> RefusedBody:
    detail = f"the body is larger than {limit} bytes" if limit else "no body is taken here"
    return RefusedBody(BodyRefused(413, detail))
