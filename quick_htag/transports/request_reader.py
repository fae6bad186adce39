"""Reads requests from connections, head and body, as they arrive."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from ..errors import BodyRefused, ProtocolError, reason_phrase
from ..messages.body import AWAITED, Body, RefusedBody
from ..messages.request import Request
from .connection import NEVER, Connection, State
from .pace import Pace

if TYPE_CHECKING:
    from ..interfaces import Application, BodyWatch
    from ..settings import Settings
    from .body_reader import BodyReader
    from .hub import Hub
    from .request_parser import Head

WatchBody = Callable[[Request, "int | None"], "BodyWatch | None"]

_IDLE: Final = State.IDLE  # bound once, see ``exchange``
_BUSY: Final = State.BUSY
_DRAIN: Final = 64 * 1024  # bytes of a body nobody wants that are read to keep the connection
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class RequestReader:
    """Takes requests out of what connections have received. Shared by all threads of a crew.

    Args:
        hub: where a connection waits for more.
        application: says how much of a body is taken.
        settings: limits and timeouts.
        server: becomes ``request.server``.
        watch_body: gives who follows the body of a request, by its head and length; None, from it
            or for it: nobody does. Asked for requests with a query only.

    """

    def __init__(
        self,
        hub: Hub,
        application: Application,
        settings: Settings,
        server: Any,
        watch_body: WatchBody | None = None,
    ) -> None:
        self._hub = hub
        self._application = application
        self._settings = settings
        self._server = server
        self._watch_body = watch_body
        self._clock = hub.clock

    def read_at_once(self, connection: Connection, data: bytes) -> Request | None:
        """The request, if ``data`` is the head that came before on this connection, and all of it.

        So it mostly is: clients repeat themselves. None: it is to be read as it is usually done.

        Args:
            connection: has received nothing else.
            data: what has just arrived.

        Raises:
            ProtocolError: it cannot be handled.

        """
        parser = connection.parser
        head = parser.head
        if head is None or data != parser.whole or head.content_length != 0:
            return None
        request = self._begin(connection, head)
        connection.state = _BUSY
        connection.deadline = NEVER
        return request

    def read(self, connection: Connection) -> Request | None:
        """The next request once it is complete; None: the connection waits for more of it.

        One whose body is still to come is given as well, where ``connection.unasked`` is set;
        ``expect_body`` is then to be told whether somebody wants it.

        Raises:
            ProtocolError: what has arrived is no request.

        """
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
        connection.state = _BUSY
        connection.deadline = NEVER
        return request

    def _read_head(self, connection: Connection) -> Request | None:
        buffer = connection.buffer
        if not buffer:
            self._hub.wait(connection, _IDLE, self._settings.keep_alive_timeout)
            return None
        parsed = connection.parser.parse(buffer)
        if parsed is None:
            if len(buffer) < 9 and not buffer.strip(b"\r\n"):  # empty lines begin no request
                self._wait_on(connection)
                return None
            allowed = connection.started + self._settings.header_timeout - self._clock()
            self._hub.wait(connection, State.HEAD, allowed)
            return None
        head, end = parsed
        if end == len(buffer):
            buffer.clear()
        else:
            del buffer[:end]
        request = self._begin(connection, head)
        if head.content_length == 0:
            return request
        if getattr(self._application, "admission", None) is None:
            self.expect_body(connection, head, request)
        else:
            connection.unasked = True
            request.body = AWAITED
        return request

    def _begin(self, connection: Connection, head: Head) -> Request:
        """A request and where it goes.

        Raises:
            ProtocolError: the application failed.

        """
        request = connection.begin_request(head, self._server)
        connection.closing = self._hub.closing or not head.keep_alive
        try:
            request.routed = self._application.target(request)
        except BaseException as error:  # it promises not to; the client is answered all the same
            raise ProtocolError(500, reason_phrase(500)) from error
        return request

    def _wait_on(self, connection: Connection) -> None:
        """The client has sent nothing that counts: its time as an idle one goes on."""
        timeout = self._settings.keep_alive_timeout
        if connection.state is State.IDLE and connection.deadline != NEVER:
            timeout = connection.deadline - self._clock()
        self._hub.wait(connection, State.IDLE, timeout)

    def expect_body(
        self, connection: Connection, head: Head, request: Request, *, wanted: bool = True
    ) -> None:
        """Decide what becomes of the body; a small one nobody wants is read away.

        Args:
            connection: brings it.
            head: announces it.
            request: gets it.
            wanted: whether the application has let the request in.

        """
        connection.unasked = False
        length = head.content_length
        limit = request.routed.body_limit if wanted and request.routed is not None else 0
        watch = None
        if wanted and request.query_string and self._watch_body is not None:
            watch = self._watch_body(request, length)
        taken = limit if head.expects_continue else max(limit, _DRAIN)
        if length is None and not wanted:
            taken = 0  # there may be no end to it
        if taken == 0 or (length is not None and length > taken):
            request.body = refused_body(limit)
            connection.closing = connection.unread = True
            if watch is not None:
                watch.ended(complete=False)
            return
        memory = self._settings.body_memory
        buffer = connection.buffer
        if length is not None and watch is None and length <= min(len(buffer), limit, memory):
            request.body = Body(bytes(buffer[:length]), length)  # most are small, and there already
            del buffer[:length]
            return
        from .body_reader import BodyReader  # for a body that is not there yet

        connection.reader = BodyReader(length, taken, memory, self._clock(), wanted=limit)
        connection.reader.watch = watch
        if head.expects_continue and not connection.buffer:
            connection.send(_CONTINUE)

    def _wait_for_body(self, connection: Connection, reader: BodyReader) -> None:
        """A body has its grace and must keep up a rate, counted from the end of the head."""
        pace, settings = reader.pace, self._settings
        if pace is None:
            pace = Pace(settings.body_timeout, settings.body_min_rate, reader.started)
            reader.pace = pace
        now = self._clock()
        self._hub.wait(connection, State.BODY, pace.reached(reader.received, now) - now)

    def _finish_body(self, connection: Connection, request: Request, reader: BodyReader) -> None:
        connection.reader = None
        if reader.received > reader.wanted:
            reader.close()
            request.body = refused_body(reader.wanted)
        else:
            request.body = reader.body()


def refused_body(limit: int) -> RefusedBody:
    """The body of a request that was larger than its target takes."""
    detail = f"the body is larger than {limit} bytes" if limit else "no body is taken here"
    return RefusedBody(BodyRefused(413, detail))
