"""TLS handshakes: waited for in the poller, done on workers, as they are a millisecond of sums."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from ..errors import ProtocolError
from .connection import HandshakeError, State

if TYPE_CHECKING:
    from ..logs import MessageLog
    from ..settings import Settings
    from .connection import Connection
    from .hub import Hub
    from .steps import Steps


class Handshakes:
    """Secures connections.

    Args:
        hub: the connections.
        steps: has a worker go on.
        settings: limits and timeouts.
        log: told of connections that do not become secure.
        refuse: answers what is no TLS.
        advance: goes on with what has arrived, on a worker.

    """

    def __init__(
        self,
        hub: Hub,
        steps: Steps,
        settings: Settings,
        log: MessageLog,
        refuse: Callable[[Connection, ProtocolError], object],
        advance: Callable[[Connection, int | None], bool],
    ) -> None:
        self._hub = hub
        self._steps = steps
        self._settings = settings
        self._log = log
        self._refuse = refuse
        self._advance = advance
        self._clock = hub.clock

    def begin(self, connection: Connection) -> None:
        """Wait for the client's part of the handshake; ``connection.started`` is set.

        Raises:
            OSError: the server has stopped, or the poller is full.

        """
        timeout = self._settings.handshake_timeout + connection.started - self._clock()
        self._hub.wait(connection, State.HANDSHAKE, timeout, connection.to_receive)

    def progress(self, connection: Connection) -> None:
        """The client's part has come: have a worker do ours. The leader's."""
        self._steps.on_worker(connection, partial(self._secure, connection))

    def _secure(self, connection: Connection) -> bool:
        """Do our part of a handshake, on a worker, which then answers the first request, too."""
        try:
            if not connection.secure():
                self.begin(connection)
                return True
        except ProtocolError as error:
            self._refuse(connection, error)
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
        return self._advance(connection, None)
