"""The connections of one server: who waits for what, and until when."""

from __future__ import annotations

import select
import socket
import threading

from ..deadline import Clock
from .connection import NEVER, Connection, State
from .poller import READ, Deadlines, Poller


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

        """
        connection.state = state
        connection.deadline = NEVER if timeout is None else self.clock() + timeout
        if connection.polled != events:
            with self._lock:
                if connection.polled:
                    self.poller.change(connection.fd, connection, events)
                else:
                    self.poller.add(connection.fd, connection, events)
                connection.polled = events
        self.deadlines.watch(connection)

    def detach(self, connection: Connection, state: State = State.BUSY) -> None:
        """Take the connection out of the poller; it has no deadline then."""
        connection.state = state
        connection.deadline = NEVER
        self._unpoll(connection)

    def set_aside(self, connection: Connection) -> None:
        """The poller reported a connection that another thread answers: leave it to that thread."""
        self._unpoll(connection)

    def _unpoll(self, connection: Connection) -> None:
        with self._lock:
            if connection.polled:
                self.poller.remove(connection.fd)
                connection.polled = 0

    def release(self, connection: Connection) -> socket.socket:
        """Forget the connection and give its socket away."""
        self.detach(connection, State.CLOSED)
        connection.forget_request()
        self.connections.discard(connection)
        return connection.sock

    def discard(self, connection: Connection) -> None:
        """End the connection. The poller lets go first: the number may be used again at once."""
        self._unpoll(connection)
        connection.close()
        self.connections.discard(connection)
        if self.closing:
            self.poller.wake()  # the leader waits for the last one

    def linger(self, connection: Connection, timeout: float) -> None:
        """Read away what still comes before closing, lest the answer is reset (RFC 9112 9.6)."""
        connection.buffer.clear()
        connection.sock.shutdown(socket.SHUT_WR)
        self.wait(connection, State.LINGERING, timeout)


def wait_writable(sock: socket.socket, timeout: float) -> bool:
    """Wait until a socket takes data; False after ``timeout`` seconds."""
    if hasattr(select, "poll"):
        poller = select.poll()
        poller.register(sock.fileno(), select.POLLOUT)
        return bool(poller.poll(timeout * 1000.0))
    return bool(select.select([], [sock], [], timeout)[1])
