"""The transport of a server that has no address of its own."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any, Final, NoReturn

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from .certificates import Certificates
    from .hosted import Hosted

NO_ADDRESS: Final = (
    "this server has no address: let another one call its wsgi or asgi, as with gunicorn or "
    'uvicorn, or make it with create_server(("localhost", 8080))'
)


class Unbound:
    """Has the methods of ``HttpTransport``, for a server that others call. Any thread.

    Args:
        hosted: what they call.

    """

    accepted = 0
    started = False

    def __init__(self, hosted: Hosted) -> None:
        self._hosted = hosted
        self.server_name = "quick_htag"  # the host sends one of its own
        self.is_member = hosted.is_member
        self.connection_kinds = hosted.connection_kinds
        self.counts = hosted.counts
        self.stop = hosted.stop

    def start(self) -> NoReturn:
        """There is nothing to listen at.

        Raises:
            ConfigurationError: always.

        """
        raise ConfigurationError(NO_ADDRESS)

    def listen(self, sock: socket.socket, tls: Certificates | None) -> NoReturn:
        """As ``start``.

        Raises:
            ConfigurationError: always.

        """
        raise ConfigurationError(NO_ADDRESS)

    def adopt(self, sock: socket.socket, address: tuple[Any, ...]) -> NoReturn:
        """As ``start``; the connection is closed.

        Raises:
            ConfigurationError: always.

        """
        sock.close()
        raise ConfigurationError(NO_ADDRESS)

    def comes_round(self, timeout: float) -> bool:
        """Whether its threads do; it has none."""
        return True

    def drain(self, grace: float) -> None:
        """Clients are the host's."""
