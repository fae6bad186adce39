"""The connections of one server: who waits for what, and until when."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from typing import Final

from ..deadline import Clock
from .connection import NEVER, Connection, State
from .poller import READ, Deadlines, Poller

_IDLE: Final = State.IDLE  # bound once, see ``exchange``
_KINDS: Final = {
    State.HANDSHAKE: "reading",
    State.IDLE: "idle",
    State.HEAD: "reading",
    State.BODY: "reading",
    State.BUSY: "busy",
    State.PARKED: "waiting",
    State.SENDING: "sending",
    State.LINGERING: "closing",
    State.CLOSED: "closing",
}


class Hub:
    """Gives connections to the poller and takes them back.

    A connection is owned by one thread at a time, or by the poller. Only the owner calls ``wait``,
    ``detach`` or ``discard``.

    Args:
        poller: reports what is ready.
        clock: the monotonic clock.

    """

    def __init__(self, poller: Poller, clock: Clock) -> None:
        self.poller = poller
        self.deadlines = Deadlines(poller.wake)
        self.clock = clock
        self.closing = False  # set once, by the server that stops
        self.stopped = False  # set once: nobody polls any more
        self.connections: set[Connection] = set()
        self._lock = threading.Lock()  # guards every connection's ``polled``

    def wait(
        self, connection: Connection, state: State, timeout: float | None, events: int = READ
    ) -> None:
        """Give the connection to the poller.

        Args:
            connection: owned by the caller until now.
            state: what it waits for.
            timeout: seconds it may take; None: for ever.
            events: what the poller looks for.

        Raises:
            OSError: the server has stopped, or the poller is full.

        """
        if self.stopped:
            raise ConnectionAbortedError("the server has stopped")
        connection.state = state
        connection.deadline = NEVER if timeout is None else self.clock() + timeout
        if connection.polled != events:
            with self._lock:
                if connection.polled:
                    self.poller.change(connection.fd, connection, events)
                else:
                    self.poller.add(connection.fd, connection, events)
                connection.polled = events
        if connection.deadline < connection.timer_at:  # seldom: it moves away with each request
            self.deadlines.watch(connection)
        if self.closing:
            self.poller.wake()  # the leader decides whether this one is still waited for

    def wait_idle(self, connection: Connection, until: float) -> None:
        """As ``wait``, for a request until a monotonic time; mostly nothing else has changed.

        Raises:
            OSError: the server has stopped, or the poller is full.

        """
        if connection.polled != READ or until < connection.timer_at or self.closing or self.stopped:
            self.wait(connection, State.IDLE, until - self.clock())
        else:
            connection.state = _IDLE
            connection.deadline = until

    def kinds(self) -> dict[str, int]:
        """How many connections do what, for whoever watches the server. Any thread."""
        found = Counter(_KINDS[connection.state] for connection in list(self.connections))
        return {kind: found[kind] for kind in dict.fromkeys(_KINDS.values())}

    def follow(self, connection: Connection) -> None:
        """See to it that the poller looks for what ``connection.receive`` waits for."""
        with self._lock:
            if connection.polled and connection.polled != connection.to_receive:
                self.poller.change(connection.fd, connection, connection.to_receive)
                connection.polled = connection.to_receive

    def detach(self, connection: Connection, state: State = State.BUSY) -> None:
        """Take the connection out of the poller; it has no deadline then."""
        connection.state = state
        connection.deadline = NEVER
        self._unpoll(connection)

    def set_aside(self, connection: Connection) -> None:
        """The poller reported a connection that another thread answers: leave it to that thread.

        That thread may have finished and given it to the poller again just now; the lock tells.
        """
        with self._lock:
            if connection.state is State.BUSY:
                self._remove(connection)

    def _unpoll(self, connection: Connection) -> None:
        with self._lock:
            self._remove(connection)

    def _remove(self, connection: Connection) -> None:
        """The lock is held."""
        if connection.polled:
            connection.polled = 0
            self.poller.remove(connection.fd)

    def release(self, connection: Connection) -> socket.socket:
        """Forget the connection and give its socket away."""
        self.detach(connection, State.CLOSED)
        connection.forget_request()
        self._forget(connection)
        return connection.sock

    def discard(self, connection: Connection) -> None:
        """End the connection. The poller lets go first: the number may be used again at once."""
        if connection.polled:  # it is not given to the poller by anybody else
            self._unpoll(connection)
        connection.close()
        self._forget(connection)

    def _forget(self, connection: Connection) -> None:
        self.connections.discard(connection)
        self.deadlines.forget(connection)
        if self.closing:
            self.poller.wake()  # the leader waits for the last one

    def linger(self, connection: Connection, timeout: float) -> None:
        """Read away what still comes before closing, lest the answer is reset (RFC 9112 9.6)."""
        connection.buffer.clear()
        connection.end_output()
        self.wait(connection, State.LINGERING, timeout)
