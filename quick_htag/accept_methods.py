"""Connections that a script accepts itself, with the names of ``socketserver``."""

from __future__ import annotations

import errno
import selectors
import socket
import sys
import time
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from .deadline import Deadline
from .embedding_methods import EmbeddingMethods
from .errors import ConfigurationError
from .logs import ERR_SOURCE_GENERAL_QS
from .messages.headers import check_field

if TYPE_CHECKING:
    from .transports.threaded import HttpTransport
    from .transports.unbound import Unbound


class AcceptMethods(EmbeddingMethods):
    """Base of ``QuickServer``; see there for the attributes."""

    shutdown_latency: float
    _transport: HttpTransport | Unbound
    _returned = 0  # connections ``handle_request`` has returned for; its callers take turns

    @property
    @abstractmethod
    def done(self) -> bool:
        """Whether the server is to stop."""

    def handle_request(self) -> None:
        """Wait for one new connection, which is then served on threads of the server.

        For loops of a script's own: ``while not server.done: server.handle_request()``. Returns
        without one when the server is to stop, at most ``shutdown_latency`` seconds late, and
        after ``server.timeout`` seconds, if that is not None.
        """
        deadline = Deadline(self.timeout)
        with selectors.DefaultSelector() as selector:
            try:
                selector.register(self.socket, selectors.EVENT_READ)
            except ValueError:  # it was stopped
                return
            while not self.done and self._transport.accepted == self._returned:
                remaining = deadline.remaining()
                if remaining is not None and remaining <= 0.0:
                    self.handle_timeout()
                    return
                pause = min(self.shutdown_latency, remaining or self.shutdown_latency)
                if selector.select(pause) and not self.done:
                    self._take_one()
        # one by one: the threads of the server may have accepted some between two calls
        self._returned = min(self._returned + 1, self._transport.accepted)

    def _take_one(self) -> None:
        """Accept a connection if the threads of the server have not been faster."""
        if self._transport.started:
            time.sleep(0.001)  # they are about to do it, and count it
            return
        self.socket.setblocking(False)  # another process may have been faster
        try:
            sock, address = self.socket.accept()
        except OSError:
            return
        try:
            self.process_request(sock, address)
        except Exception:  # noqa: BLE001 it may be overridden
            self.handle_error(sock, address)
            self.shutdown_request(sock)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection that was accepted elsewhere."""
        self.start()
        self._transport.adopt(request, client_address)

    def can_ignore_error(self, reqhnd: Any = None) -> bool:
        """Whether the exception being handled is not worth a report: a client that has left.

        Args:
            reqhnd: of quick_server, which asked with the handler of a request; not needed.

        """
        error = sys.exc_info()[1]
        if isinstance(error, (BrokenPipeError, ConnectionResetError, ConnectionAbortedError)):
            return True
        return self.done and isinstance(error, OSError) and error.errno == errno.EBADF

    def handle_error(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: Any
    ) -> None:
        """Report the exception being handled, unless ``can_ignore_error``."""
        if not self.can_ignore_error():
            text = f"Error in request ({client_address}):"
            self.log.error(ERR_SOURCE_GENERAL_QS, text, sys.exc_info()[1])

    @property
    def server_version(self) -> str:
        """The ``Server`` field of answers."""
        return self._transport.server_name

    def update_version_string(self, text: str) -> None:
        """Put ``text``, "app/1.2" say, in front of the ``Server`` field; again replaces it.

        Raises:
            ConfigurationError: it cannot be sent.

        """
        if not text.isascii():
            raise ConfigurationError(f"the Server field is plain ASCII text, not {text!r}")
        self._transport.server_name = check_field("Server", f"{text} quick_htag".strip())[1]
