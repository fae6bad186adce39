"""What a server has for HTTPS: its socket as scripts set it, and its certificate."""

from __future__ import annotations

import socket as sockets
import ssl
from typing import TYPE_CHECKING

from .errors import ConfigurationError
from .later import made

if TYPE_CHECKING:
    from .logs import MessageLog
    from .transports.certificates import Certificates
    from .transports.sidecar import Sidecar
    from .transports.threaded import HttpTransport


class TlsMethods:
    """Base of ``QuickServer``; see there for the arguments."""

    log: MessageLog
    _certificates: Certificates | None
    _socket: sockets.socket

    def _set_up_tls(
        self, context: ssl.SSLContext | None, certfile: str | None, keyfile: str | None
    ) -> None:
        self._certificates = None
        if any(value is not None for value in (context, certfile, keyfile)):
            from .transports.certificates import Certificates

            self._certificates = Certificates(context, certfile, keyfile, self.log)

    @property
    def scheme(self) -> str:
        """``"https"`` or ``"http"``."""
        return "http" if self._certificates is None else "https"

    @property
    def socket(self) -> sockets.socket:
        """The listening socket.

        A script may set it to ``ssl_context.wrap_socket(server.socket, server_side=True)`` before
        the server starts, which is then served as if the context was given as ``ssl_context``: no
        handshake is done where connections are accepted.

        Raises:
            ConfigurationError: on assignment, the server was started already.

        """
        return self._socket

    @socket.setter
    def socket(self, sock: sockets.socket) -> None:
        transport: HttpTransport | None = getattr(self, "_transport", None)
        if transport is None:  # being built: a plain one
            self._socket = sock
            return
        certificates, listening = self._certificates, sock
        if isinstance(sock, ssl.SSLSocket):
            from .transports.certificates import Certificates

            certificates = Certificates(sock.context, None, None, self.log)
            listening = sockets.socket(sock.family, sock.type, sock.proto, fileno=sock.detach())
        if self._socket.fileno() < 0:  # wrapping took it away; ours again, even when it is refused
            self._socket = listening
        transport.listen(listening, certificates)
        self._socket, self._certificates = listening, certificates
        sidecar: Sidecar | None = made(self, "_sidecar")
        if sidecar is not None:
            sidecar.selects = certificates is not None

    def reload_certificate(self) -> bool:
        """Use the certificate and key that are in the files now, for new connections.

        A changed file is also noticed without this call, within a minute. Any thread.

        Returns:
            whether that went well; else the log says why, and the old certificate stays in use.

        Raises:
            ConfigurationError: the server was not made with ``certfile``.

        """
        if self._certificates is None:
            raise ConfigurationError("this server has no certificate, see certfile= and keyfile=")
        return self._certificates.reload()
