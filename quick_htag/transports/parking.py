"""Connections that wait for their answer in the poller, without a thread (long polls).

Such a connection belongs to the poller, which notices when its client leaves. Whoever delivers the
answer, on any thread, takes it out; ``LaterBody`` decides which of the two comes first.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from .connection import Connection, State

if TYPE_CHECKING:
    from ..messages.later_body import LaterBody
    from ..messages.request import Request
    from ..messages.response import HTTPResponse
    from .hub import Hub

_EARLY: Final = 64 * 1024  # bytes of further requests a waiting client may send

Answer = Callable[[Connection, "Request", "HTTPResponse"], object]


class Parking:
    """Parks connections and takes them back.

    Args:
        hub: the connections.
        answer: has a worker send the answer; called on any thread, the connection is its.

    """

    def __init__(self, hub: Hub, answer: Answer) -> None:
        self._hub = hub
        self._answer = answer

    def park(
        self, connection: Connection, request: Request, response: HTTPResponse, body: LaterBody
    ) -> None:
        """Leave the connection to the poller until somebody delivers the content.

        Raises:
            OSError: the server has stopped, or the poller is full.

        """
        connection.later = body
        self._hub.wait(connection, State.PARKED, body.timeout, connection.to_receive)
        body.park(partial(self._take_out, connection, request, response))

    def _take_out(
        self, connection: Connection, request: Request, response: HTTPResponse, data: bytes
    ) -> None:
        """The content is there. Any thread."""
        connection.later = None
        if self._hub.stopped:  # nobody sends it any more
            self._hub.discard(connection)
            return
        response.body = data
        self._answer(connection, request, response)

    def look(self, connection: Connection) -> None:
        """The client of a parked connection has sent something, or has left. The leader's."""
        later = connection.later
        if later is None:
            return
        data = later.look(connection.receive)
        if data is None:
            self._hub.follow(connection)
        elif data and len(connection.buffer) + len(data) <= _EARLY:
            connection.buffer += data  # its next request
        else:
            self._hub.discard(connection)

    def too_late(self, connection: Connection) -> None:
        """The time of a parked connection is up. The leader's."""
        if connection.later is not None:
            connection.later.expire()
