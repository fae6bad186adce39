"""HTTP/1.1 over sockets for an ``Application``: the listening socket and the leader's loop.

Theory of operation. One poller holds the listening socket and every connection that waits for its
client: idle, sending a head or a body slowly, or taking an answer slowly. Such a connection costs
an entry there and no thread. The leader of the crew polls; see ``crew`` for who runs what.

A connection is owned by the poller or by one thread. Only in one case do two threads look at it: a
leader that lost the lead while it ran a target still owns its connection, which is BUSY, and the
poller may report it to the new leader, who then only takes it out of the poller.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ..deadline import Clock, Deadline, monotonic
from ..errors import ConfigurationError, ProtocolError
from ..later import made
from .acceptor import Acceptor, Tls
from .connection import Connection, State
from .crew import Crew
from .exchange import Exchanges
from .hub import Hub
from .poller import new_poller
from .pulse import Pulse
from .thread_factory import from_factory

if TYPE_CHECKING:
    from ..interfaces import Application, ChannelHost
    from ..logs import MessageLog
    from ..settings import Settings
    from ..type_names import ThreadFactory
    from .answers import Observer
    from .request_reader import WatchBody
    from .rounds import Round
    from .shares import Shares
    from .streaming import StreamSender

_LAST_LOOK: Final = 1.0  # seconds for what has come to be read
_LONGEST_POLL: Final = 3600.0  # seconds; the system takes no number of any size
_BUSY: Final = State.BUSY  # bound once, see ``exchange``


class HttpTransport:
    """Serves one listening socket.

    Args:
        sock: bound and listening; stays the caller's to close.
        application: answers the requests.
        settings: limits and timeouts.
        log: for what goes wrong here.
        channels: takes over upgraded connections; None: upgrades are answered 501.
        observer: hears of every answer.
        watch_body: gives who follows the body of a request, see ``RequestReader``.
        server: becomes ``request.server``.
        parallel: False runs one target at a time.
        clock: the monotonic clock.
        thread_factory: makes the threads that run targets; None: ``threading.Thread``.
        tls: secures the connections; None: plain HTTP.
        shares: of other processes that accept from the same socket; None: there are none.

    """

    def __init__(
        self,
        sock: socket.socket,
        application: Application,
        settings: Settings,
        log: MessageLog,
        *,
        channels: ChannelHost | None = None,
        observer: Observer | None = None,
        watch_body: WatchBody | None = None,
        server: Any = None,
        parallel: bool = True,
        clock: Clock = monotonic,
        thread_factory: ThreadFactory | None = None,
        tls: Tls | None = None,
        shares: Shares | None = None,
    ) -> None:
        self._settings = settings
        self._log = log
        self._clock = clock
        self._crew = Crew(settings, self._lead, new_thread=from_factory(thread_factory, log))
        poller = new_poller()
        self._hub = Hub(poller, clock)
        self._exchanges = Exchanges(
            self._hub,
            self._crew,
            application,
            settings,
            log,
            channels=channels,
            observer=observer,
            server=server,
            turn=None if parallel else threading.Lock(),
            watch_body=watch_body,
        )
        self._acceptor = Acceptor(
            self._hub, self._exchanges, settings, log, channels, poller.capacity, self._is_late
        )
        self._acceptor.listen(sock, tls)
        self._acceptor.shares = self._shares = shares
        self._lock = threading.Lock()  # guards the three below
        self._started = False
        self._stopping = False
        self._closed = False  # the poller is released
        self._spared_until = 0.0  # when a server that drains begins to close idle connections
        self._drained = threading.Event()  # the leader has closed the last one, or was stopped

    # -- life --------------------------------------------------------------------------------------

    def listen(self, sock: socket.socket, tls: Tls | None) -> None:
        """Serve another listening socket; see the arguments of the class.

        Raises:
            ConfigurationError: it serves, or has served, the one it had.

        """
        with self._lock:
            if self._started or self._stopping:
                if sock.fileno() == self._acceptor.listener.fd:
                    self._acceptor.listener.use(sock)  # else nobody had it: wrapping took it away
                raise ConfigurationError("server.socket can be set before the server starts only")
            self._acceptor.listen(sock, tls)

    def start(self) -> None:
        """Begin to serve, on threads of its own; once."""
        with self._lock:
            if self._started or self._stopping:
                return
            self._started = True
            # under the lock, because who stops us next may close the socket then
            self._acceptor.listener.sock.setblocking(False)
            self._acceptor.begin()
            self._crew.start()

    def drain(self, grace: float) -> None:
        """Accept no more, and end each connection with the answer to its next request.

        For a server whose socket somebody else goes on serving: who has just connected, or is
        about to send on a persistent connection, is answered here. Call ``stop`` afterwards.

        Args:
            grace: seconds an idle connection has for that next request.

        """
        with self._lock:
            if self._stopping or not self._started:
                self._stopping = True  # who has not begun does not begin any more
                return
            self._stopping = True
        self._spared_until = self._clock() + grace
        self._hub.closing = True  # after the time, which is read by who sees this
        self._hub.poller.remove(self._acceptor.listener.fd)
        self._hub.poller.wake()

    def stop(self, timeout: float) -> bool:
        """Refuse new connections, finish what is under way, close everything. Safe to call twice.

        A target that calls it waits for itself until the time is up, and has no answer then;
        ``is_member`` tells whether one has to leave it to another thread.

        Args:
            timeout: seconds that requests under way may take.

        Returns:
            whether all threads have ended, the calling one aside.

        """
        deadline = Deadline(timeout, self._clock)
        with self._lock:
            self._stopping = True
            started = self._started
        ended = True
        if started:
            self._hub.closing = True
            self._hub.poller.remove(self._acceptor.listener.fd)
            self._hub.poller.wake()
            if not self._drained.wait(deadline.remaining()):
                streams: StreamSender | None = made(self._exchanges.answers, "streams")
                if streams is not None:
                    streams.give_up()  # their threads end then
            ended = self._crew.stop(max(deadline.remaining() or 0.0, 0.5), self._hub.poller.wake)
        self._hub.stopped = True
        self._drained.set()  # nobody else will: later calls wait for the threads only
        self._cut_off(ended and not self._crew.is_member())
        with self._lock:
            closing, self._closed = ended and not self._closed, ended or self._closed
        if closing:
            self._hub.poller.close()
            if self._shares is not None:
                self._shares.close()
        return ended

    def _cut_off(self, ended: bool) -> None:
        """End the connections that are left.

        A thread that still runs closes its own: were it closed here, the number of the socket could
        be another one's when that thread writes to it.
        """
        for connection in list(self._hub.connections):
            if ended or connection.state is not State.BUSY:
                self._hub.discard(connection)
            else:
                with contextlib.suppress(OSError):  # the client was faster
                    connection.cut_off()

    @property
    def started(self) -> bool:
        """Whether it serves, or has served."""
        return self._started

    @property
    def server_name(self) -> str:
        """The ``Server`` field of answers; set at any time."""
        return self._exchanges.answers.server_name

    @server_name.setter
    def server_name(self, text: str) -> None:
        self._exchanges.answers.server_name = text

    @property
    def accepted(self) -> int:
        """Grows with each connection; only that it changes is exact."""
        return self._acceptor.accepted

    def is_member(self) -> bool:
        """Whether the calling thread is one that answers requests here."""
        return self._crew.is_member()

    def connection_kinds(self) -> dict[str, int]:
        """How many connections do what; see ``Hub.kinds``."""
        return self._hub.kinds()

    def counts(self) -> dict[str, int]:
        """Open connections and threads, for whoever watches the server."""
        threads, waiting = self._crew.counts()
        return {
            "connections": len(self._hub.connections),
            "threads": threads,
            "waiting_threads": waiting,
            "queued": self._crew.queued(),
        }

    def comes_round(self, timeout: float) -> bool:
        """Whether the leader does what is to be done. Any thread but its own.

        Args:
            timeout: seconds to wait for it. One that has not begun, or ends, need not.

        """
        if self._stopping or not self._started:
            return True
        pulse = Pulse()
        self._hub.deadlines.watch(pulse)
        return pulse.felt.wait(timeout) or self._stopping

    def adopt(self, sock: socket.socket, address: tuple[Any, ...]) -> None:
        """Serve a connection that somebody else has accepted. Any thread."""
        self._acceptor.adopt(sock, address)

    # -- the leader --------------------------------------------------------------------------------

    def _lead(self, term: int) -> None:
        """Poll until the term is over or the last connection is closed."""
        held = self._exchanges.answers.round
        held.send()  # of a leader that has lost the lead
        try:
            self._poll(term, held)
        finally:
            held.send()

    def _poll(self, term: int, held: Round) -> None:
        hub = self._hub
        poll = hub.poller.poll
        crew = self._crew
        while term == crew.term:
            if hub.closing and self._close_idle():
                self._drained.set()
                return
            upcoming = hub.deadlines.next()
            timeout = None
            if upcoming is not None:
                timeout = min(max(0.0, upcoming - self._clock()), _LONGEST_POLL)
            if hub.closing and (spared := self._spared_until - self._clock()) > 0.0:
                timeout = spared if timeout is None else min(timeout, spared)
            events = poll(timeout)
            held.open = len(events) > 1
            for data, _ in events:
                if not self._on_event(data, term) or term != crew.term:
                    return  # the new leader finds the rest of these events again
            if held.open:
                held.send()
            self._expire()

    def _on_event(self, data: Any, term: int) -> bool:
        """Go on with what is ready; False: the lead was lost."""
        if data is self._acceptor.listener:
            return self._acceptor.accept(term)
        connection: Connection = data
        # First the state, then ``polled``: a thread that lost the lead zeroes ``polled`` before it
        # changes the state, so nothing is taken for ours while that thread still uses it.
        if connection.state is _BUSY:
            self._hub.set_aside(connection)
            return True
        if not connection.polled:  # reported before another thread took it
            return True
        try:
            return self._exchanges.progress(connection, term)
        except BaseException as error:  # noqa: BLE001 as in ``guarded``, without its two calls
            self._exchanges.steps.failed(connection, error)
        return True

    def _is_late(self) -> bool:
        """Whether a connection comes too late; a server that drains since a moment answers it."""
        return self._hub.closing and self._clock() >= self._spared_until

    def _close_idle(self) -> bool:
        """Close what waits for a request; True when nothing else is left."""
        closable = {State.HANDSHAKE, State.IDLE, State.HEAD, State.LINGERING}
        if self._clock() < self._spared_until:
            closable = {State.LINGERING}
        for connection in list(self._hub.connections):
            idle = connection.state in closable
            if idle and connection.polled:  # else a thread is about to give it to the poller
                self._hub.discard(connection)
        return not self._hub.connections

    def _expire(self) -> None:
        deadlines = self._hub.deadlines
        upcoming = deadlines.next()
        if upcoming is None or upcoming > self._clock():
            return
        for member in deadlines.due(self._clock()):
            if isinstance(member, Connection):
                self._exchanges.steps.guarded(member, partial(self._too_late, member))
            elif isinstance(member, Pulse):
                member.felt.set()
            elif not self._hub.closing:
                self._acceptor.begin_again()

    def _too_late(self, connection: Connection) -> bool:
        if connection.state in (State.HEAD, State.BODY):
            error = ProtocolError(408, "the request took too long to arrive")
            self._exchanges.answers.refuse(connection, error)
        elif connection.state is State.PARKED:
            self._exchanges.answers.parking.too_late(connection)
        elif connection.state is State.SENDING:
            self._exchanges.answers.send_late(connection)
        elif connection.state is State.IDLE and connection.has_received():
            # Its request has come since the poller looked, which is a while ago on a busy machine.
            self._hub.wait(connection, State.IDLE, _LAST_LOOK)
        elif connection.state is not State.BUSY:
            self._hub.discard(connection)
        return True
