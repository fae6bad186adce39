"""The listening socket of a server: bound, or taken over, and where it can be reached."""

from __future__ import annotations

import builtins
import errno
import http.server
import socket
import socketserver
import sys

from .errors import ConfigurationError
from .log_text import format_address
from .logs import MessageLog
from .process.listening import listening
from .settings import Settings

_WINDOWS = sys.platform == "win32"
_IN_USE = (errno.EADDRINUSE, errno.EACCES)  # the second on Windows, for an exclusive address
_TAKEN = "end the program that listens there, or take another port (0 takes a free one)"
_ADVICE = {
    errno.EADDRINUSE: _TAKEN,
    errno.EACCES: _TAKEN if _WINDOWS else "ports below 1024 are for root; take a higher one",
    errno.EADDRNOTAVAIL: 'it is none of this machine: take "", for it only, or "0.0.0.0" for all',
}


def _explain(error: OSError, address: tuple[str, int]) -> None:
    """Add to an error what the system leaves out: which address it was, and what helps."""
    host = address[0] or "127.0.0.1"
    if isinstance(error, socket.gaierror):  # shows no file name
        error.strerror = f"{error.strerror}; no host {host!r} can be found"
        return
    error.filename = format_address(host, address[1])
    advice = _ADVICE.get(error.errno or 0)
    if advice is not None:
        error.strerror = f"{error.strerror}; {advice}"


class BoundServer(http.server.ThreadingHTTPServer):
    """Base of ``QuickServer``; see there for the arguments."""

    log: MessageLog
    settings: Settings
    _requested_address: tuple[str, int]
    _own_cookie = ""  # the name of the session cookie, unless the owner has chosen one
    daemon_threads = True
    allow_reuse_address = not _WINDOWS  # there it would let another program take the port
    allow_reuse_port = False

    @property
    def scheme(self) -> str:
        """How addresses begin."""
        return "http"

    @staticmethod
    def _checked_address(address: tuple[str, int] | None) -> tuple[str, int]:
        """The host and port that were asked for; any port for None.

        Raises:
            ConfigurationError: it is something else.

        """
        if address is None:
            return "", 0
        pair = isinstance(address, (tuple, list)) and len(address) > 1
        if not (pair and isinstance(address[0], str) and hasattr(address[1], "__index__")):
            raise ConfigurationError(
                f'an address is a host and a number, as in ("", 8080), not {address!r}'
            )
        return address[0], address[1]

    def server_bind(self) -> None:
        """Bind the socket, or take the one that was kept for this address, see ``listening``.

        The inherited method asks the name service for our name, which may hang.
        """
        kept = listening().adopt(self._requested_address)
        if kept is not None:
            self.socket.close()
            self.socket, self.address_family = kept, kept.family
            self.server_address = kept.getsockname()
            self.log.message(f"takes over the socket at {self.server_address[:2]}")
        else:
            self._bind_new()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
        # Cookies ignore ports (RFC 6265 section 8.5), and one machine may have several servers.
        self._own_cookie = f"session_{self.server_port}"

    def _bind_new(self) -> None:
        exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
        if exclusive is not None:  # Windows: else another program may take the port as well
            self.socket.setsockopt(socket.SOL_SOCKET, exclusive, 1)
        try:
            socketserver.TCPServer.server_bind(self)
        except OSError as error:
            if error.errno not in _IN_USE or not self._replaces():
                _explain(error, self._requested_address)
                raise
            socketserver.TCPServer.server_bind(self)

    def _replaces(self) -> bool:
        """In a notebook: stop the server that the cell has made when it ran before."""
        if not hasattr(builtins, "__IPYTHON__"):
            return False
        before = listening().serving_at(self._requested_address)
        if before is None:
            return False
        self.log.message(f"takes the place of the server at {self._requested_address}")
        before.server_close()
        return True

    @property
    def url(self) -> str:
        """The address for a browser on this machine, with a slash at its end."""
        host, port = str(self.server_address[0]), self.server_address[1]
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        return f"{self.scheme}://{format_address(host, port)}/"

    def _cookie_name(self) -> str:
        return self.settings.session_cookie or self._own_cookie
