"""The certificate of a server: the TLS context it is in, and how it is renewed."""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path
from typing import Final, NoReturn

from ..deadline import Clock, monotonic
from ..errors import ConfigurationError
from ..interfaces import Log
from ..logs import ERR_SOURCE_GENERAL_QS
from ..settings import Settings
from .connection import Connection
from .tls_connection import TlsConnection

_LOOK: Final = 60.0  # seconds between two looks at the files


def load_context(certfile: str, keyfile: str | None) -> ssl.SSLContext:
    """A context of a server that offers TLS 1.2 and newer.

    Args:
        certfile: PEM file with the certificate and those of the authorities between.
        keyfile: PEM file with its private key; None: it is in ``certfile``.

    Raises:
        ConfigurationError: a file cannot be used; the text says why.

    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.set_alpn_protocols(["http/1.1"])
    for name in filter(None, (certfile, keyfile)):
        if not Path(name).is_file():
            raise ConfigurationError(
                f"there is no file {name!r}; certfile and keyfile name PEM files"
            )
    try:
        context.load_cert_chain(certfile, keyfile, password=_no_passphrase)
    except (OSError, ValueError) as error:  # among them every error of TLS
        reason = getattr(error, "reason", None) or str(error)
        hint = "it must be a PEM file with the certificate and, without keyfile, its private key"
        if reason == "KEY_VALUES_MISMATCH":
            hint = f"the private key in {keyfile or certfile!r} is not the one of the certificate"
        raise ConfigurationError(
            f"certfile {certfile!r} cannot be used, {hint} ({reason})"
        ) from error
    return context


def _no_passphrase() -> NoReturn:
    # the library would ask for it at the terminal, again at every renewal
    raise ConfigurationError("the private key has a passphrase; load it into your own ssl_context")


class Certificates:
    """Secures connections with the newest certificate. Every method may be called on any thread.

    Args:
        context: the TLS context; None: it is made of the files.
        certfile: see ``load_context``; None with a context.
        keyfile: see ``load_context``.
        log: told when a renewed certificate is in use, or cannot be.
        clock: the monotonic clock.

    Raises:
        ConfigurationError: a file cannot be used.

    """

    def __init__(
        self,
        context: ssl.SSLContext | None,
        certfile: str | None,
        keyfile: str | None,
        log: Log,
        clock: Clock = monotonic,
    ) -> None:
        if (context is None) == (certfile is None):
            raise ConfigurationError("HTTPS takes ssl_context or certfile, one of them")
        if context is not None and keyfile is not None:
            raise ConfigurationError("keyfile goes with certfile; your ssl_context has its own key")
        if context is not None and context.protocol == ssl.PROTOCOL_TLS_CLIENT:
            raise ConfigurationError(
                "ssl_context is one of a client; make it with SSLContext(ssl.PROTOCOL_TLS_SERVER)"
            )
        self._certfile, self._keyfile = certfile, keyfile
        self._log = log
        self._clock = clock
        self._lock = threading.Lock()  # guards _seen and _next_look; the context is replaced whole
        self._seen = self._stamps()
        self._next_look = clock() + _LOOK
        self.context = load_context(certfile, keyfile) if certfile is not None else context
        assert self.context is not None

    def connection(
        self, sock: socket.socket, address: tuple[str, int], settings: Settings
    ) -> Connection:
        """See ``threaded.Tls``."""
        return TlsConnection(sock, address, settings, self.wrap)

    def wrap(self, sock: socket.socket) -> ssl.SSLSocket:
        """The socket with TLS around it, the handshake not begun; it owns the descriptor now.

        Raises:
            OSError: the connection is broken.

        """
        self._look()
        context = self.context
        assert context is not None
        return context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)

    def reload(self) -> bool:
        """Read the files again, for connections that come from now on.

        Returns:
            whether that went well; else the log says why, and the old certificate stays in use.

        Raises:
            ConfigurationError: there are no files, the context was given.

        """
        if self._certfile is None:
            raise ConfigurationError(
                "only a server with certfile= can reload it; for your own ssl_context call its "
                "load_cert_chain, new connections use that at once"
            )
        with self._lock:
            return self._reload(self._certfile)

    def _reload(self, certfile: str) -> bool:
        """The lock is held."""
        self._seen = self._stamps()
        try:
            self.context = load_context(certfile, self._keyfile)
        except ConfigurationError as error:
            self._log.error(
                ERR_SOURCE_GENERAL_QS,
                f"the renewed certificate is not taken, the old one is: {error}",
            )
            return False
        self._log.message(f"new connections get the certificate in {certfile!r}")
        return True

    def _look(self) -> None:
        """Reload when a file has changed, at most once a minute."""
        if self._certfile is None or self._clock() < self._next_look:
            return
        with self._lock:
            if self._clock() < self._next_look:  # another thread has looked
                return
            self._next_look = self._clock() + _LOOK
            stamps = self._stamps()
            if None not in stamps and stamps != self._seen:  # None: it is being replaced
                self._reload(self._certfile)

    def _stamps(self) -> list[int | None]:
        """When the files were written, nanoseconds; None: a file is not there."""
        found: list[int | None] = []
        for name in filter(None, (self._certfile, self._keyfile)):
            try:
                found.append(Path(name).stat().st_mtime_ns)
            except OSError:
                found.append(None)
        return found
