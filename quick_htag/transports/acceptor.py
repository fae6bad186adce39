"""New connections: accepted from the listening socket, or turned away."""

from __future__ import annotations

import contextlib
import errno
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol

from ..errors import HTTPError
from ..logs import ERR_SOURCE_GENERAL_QS, MessageLog
from ..messages.response import HTTPResponse
from ..messages.standing_fields import SECURE
from ..settings import Settings
from .connection import NEVER, Connection, State
from .field_section import SectionMemory
from .poller import READ
from .response_writer import HeadWriter

if TYPE_CHECKING:
    from ..interfaces import ChannelHost
    from .exchange import Exchanges
    from .hub import Hub
    from .shares import Shares

_REQUEST: Final = 64 * 1024  # bytes of a request that gets no other answer than 503
_ACCEPTS: Final = 64  # connections accepted before others get their turn
_FEW: Final = 256  # connections; of more, those that are about to end are a small part
_LEFT_PAUSE: Final = 0.001  # seconds that others have to take a connection before we do
_ACCEPT_PAUSE: Final = 0.2  # seconds without accepting after the system refused
_REPORT_PAUSE: Final = 10.0  # seconds until that is in the log again
_OUT_OF_RESOURCES: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)

NewConnection = Callable[[socket.socket, "tuple[str, int]", Settings], Connection]


class Tls(Protocol):
    """Makes connections secure; see ``certificates``."""

    def connection(
        self, sock: socket.socket, address: tuple[str, int], settings: Settings
    ) -> Connection:
        """A connection for an accepted socket whose handshake has not begun."""


class Listener:
    """The listening socket in the poller."""

    def __init__(self, sock: socket.socket) -> None:
        self.fd = sock.fileno()
        # Linux gives what is accepted the options of the listening socket: one system call less
        self.prompt = _send_promptly(sock) and sys.platform == "linux"
        self.deadline = NEVER  # when accepting begins again after a pause
        self.timer_at = NEVER
        # ``socket.accept`` asks for these each time, by eight functions of Python
        self._kind = sock.family, sock.type, sock.proto
        self.use(sock)

    def use(self, sock: socket.socket) -> None:
        """From now on this object has the descriptor."""
        self.sock = sock
        take: Any = getattr(sock, "_accept", None)
        self._take: Callable[[], tuple[int, tuple[Any, ...]]] | None = take

    def accept(self) -> tuple[socket.socket, tuple[Any, ...]]:
        """As ``socket.accept``."""
        if self._take is None:
            return self.sock.accept()
        fd, address = self._take()
        return socket.socket(*self._kind, fileno=fd), address


class Acceptor:
    """Takes new connections into the hub. The leader's, but for ``adopt``.

    Args:
        hub: the connections.
        exchanges: has their requests answered.
        settings: limits and timeouts.
        log: told when the system gives no more connections.
        channels: has connections that count, too; None: there are none.
        capacity: how many connections there may be, besides ``settings.max_connections``.
        late: whether a connection comes too late, because the server stops.

    Attributes:
        listener: what is listened to.
        tls: secures the connections; None: plain HTTP.
        accepted: grows with each connection; only that it changes is exact.
        shares: those of other processes that accept from the same socket; None: there are none.

    """

    def __init__(
        self,
        hub: Hub,
        exchanges: Exchanges,
        settings: Settings,
        log: MessageLog,
        channels: ChannelHost | None,
        capacity: int | None,
        late: Callable[[], bool],
    ) -> None:
        self._hub = hub
        self._exchanges = exchanges
        self._settings = settings
        self._log = log
        self._channels = channels
        most = settings.max_connections
        self._capacity = most if capacity is None else min(most, capacity)
        self._is_late = late
        self._busy_answer = _busy_answer()
        self._memory = SectionMemory()
        self._quiet_until = 0.0  # monotonic time
        self.listener: Listener
        self.tls: Tls | None = None
        self.accepted = 0
        self.shares: Shares | None = None
        self._left = False  # it has left a connection to the others

    def listen(self, sock: socket.socket, tls: Tls | None) -> None:
        """Serve this socket, which is bound and listening."""
        self.listener = Listener(sock)
        self.tls = tls

    def begin(self) -> None:
        """Look for new connections."""
        self._hub.poller.add(self.listener.fd, self.listener, READ)

    def begin_again(self) -> None:
        """The pause is over."""
        self.listener.deadline = NEVER
        self.begin()

    def accept(self, term: int) -> bool:
        """Take what has come; False: the lead was lost."""
        self._exchanges.answers.round.open = True  # where one comes, others do
        prompt = self.listener.prompt
        if self.shares is not None and self._leaves_it(self.shares):
            return True
        for _ in range(_ACCEPTS if self.shares is None else 1):
            if self._hub.closing:
                return True
            try:
                sock, address = self.listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return True
            except OSError as error:
                self._pause(error)
                return True
            connection = self._admit(sock, address, self._is_late(), prompt=prompt)
            if connection is None:
                continue
            try:
                if not self._greet(connection, term):
                    return False
            except BaseException as error:  # noqa: BLE001 as in ``guarded``, without its two calls
                self._exchanges.steps.failed(connection, error)
        return True

    def _leaves_it(self, shares: Shares) -> bool:
        """Whether another process is to take what has come; for a moment only, as it may hang."""
        self._left = not self._left and shares.is_ahead(self._held() - self._about_to_end())
        if self._left:
            self._begin_later(_LEFT_PAUSE)
        return self._left

    def _about_to_end(self) -> int:
        """How many connections end with the answer they get or have got, as far as it matters."""
        if len(self._hub.connections) > _FEW:
            return 0
        known = list(self._hub.connections)
        return sum(one.closing or one.state is State.LINGERING for one in known)

    def adopt(self, sock: socket.socket, address: tuple[Any, ...]) -> None:
        """Serve a connection that somebody else has accepted. Any thread."""
        connection = self._admit(sock, address, self._hub.closing)
        if connection is None:
            return
        if self.tls is not None:
            connection.started = self._hub.clock()
            self._exchanges.handshakes.begin(connection)
        else:
            self._hub.wait(connection, State.IDLE, self._settings.header_timeout)

    def _pause(self, error: OSError) -> None:
        if self._hub.closing:
            return
        now = self._hub.clock()
        if error.errno in _OUT_OF_RESOURCES and now >= self._quiet_until:
            self._quiet_until = now + _REPORT_PAUSE
            self._log.error(ERR_SOURCE_GENERAL_QS, f"cannot accept connections: {error.strerror}")
        self._begin_later(_ACCEPT_PAUSE)

    def _begin_later(self, pause: float) -> None:
        self._hub.poller.remove(self.listener.fd)
        self.listener.deadline = self._hub.clock() + pause
        self._hub.deadlines.watch(self.listener)

    def _admit(
        self, sock: socket.socket, address: tuple[Any, ...], late: bool, *, prompt: bool = False
    ) -> Connection | None:
        """A connection for an accepted socket; None when there are too many, or it is too late.

        Args:
            sock: the socket.
            address: of the client.
            late: it is too late.
            prompt: what is written to the socket is sent at once already.

        """
        self.accepted += 1
        sock.setblocking(False)
        if late or self._full():
            if self.tls is None:
                self._say_busy(sock)
            sock.close()
            return None
        if not prompt:
            _send_promptly(sock)
        new: NewConnection = Connection if self.tls is None else self.tls.connection
        connection = new(sock, (address[0], address[1]), self._settings)
        connection.parser.memory = self._memory
        self._hub.connections.add(connection)
        return connection

    def _full(self) -> bool:
        """Whether there are too many connections, those that left HTTP included."""
        if len(self._hub.connections) >= self._capacity:
            return True
        return self._held() >= self._settings.max_connections

    def _held(self) -> int:
        """Open connections, those that left HTTP included."""
        elsewhere = 0 if self._channels is None else self._channels.taken_over()
        return len(self._hub.connections) + elsewhere

    def _say_busy(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError):  # it gets no answer then
            sock.send(self._busy_answer)
            sock.shutdown(socket.SHUT_WR)
            sock.recv(_REQUEST)  # what is left unread resets the connection, answer and all

    def _greet(self, connection: Connection, term: int) -> bool:
        """Clients speak first, so the request is often there already."""
        connection.started = self._hub.clock()
        if self.tls is not None:
            self._exchanges.handshakes.begin(connection)
            return True
        data = connection.receive()
        if data is None:
            self._hub.wait(connection, State.IDLE, self._settings.header_timeout)
            return True
        if not data:
            self._hub.discard(connection)
            return True
        connection.buffer += data
        return self._exchanges.advance(connection, term)


def _send_promptly(sock: socket.socket) -> bool:
    """Send what is written at once; False: this is not TCP, or gone already, as reading tells."""
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        return False
    return True


def _busy_answer() -> bytes:
    response = HTTPResponse.error(HTTPError(503, headers=[("Retry-After", "5")]))
    return (
        HeadWriter("quick_htag", lambda: SECURE).head(response, None, close=True)[0]
        + response.content()
    )
