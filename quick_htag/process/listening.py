"""Which listening sockets this process has got, which it serves, and which it hands on.

There is one table of descriptors per process, so there is one ``Listening``: ``listening()``.
"""

from __future__ import annotations

import os
import socket
import threading
import weakref
from collections.abc import MutableMapping
from contextlib import suppress
from typing import TYPE_CHECKING

from ..log_text import format_address
from .beginning import ENV_SOCKETS

# ``handover`` is loaded when sockets change hands; most processes were given none and give none

if TYPE_CHECKING:
    from typing import Protocol

    from .handover import Address, Held

    class Server(Protocol):
        """What is known here of a server; see ``socketserver.BaseServer``."""

        def fileno(self) -> int:
            """The descriptor of its listening socket; -1 when it is closed."""

        def shutdown(self) -> None:
            """Stop serving."""

        def server_close(self) -> None:
            """Stop, and release the port."""


class Listening:
    """The listening sockets of the process. Every method may be called on any thread.

    Args:
        environ: where the process before, or a service manager, says what it gives.

    """

    def __init__(self, environ: MutableMapping[str, str]) -> None:
        self._environ = environ
        self.control: int | None = None
        self._available: list[Held] = []  # nobody has adopted them yet
        if ENV_SOCKETS in environ:
            # at once, so that a child process started before the first server inherits nothing
            from .handover import take

            given = take(environ)
            self.control, self._available = given.control, given.sockets
        self._lock = threading.Lock()  # guards all below, and _available
        self._early = False
        self._spare: list[Held] = []  # of a port that the parent holds, so it cannot be bound anew
        self._servers: list[tuple[weakref.ref[Server], Address]] = []
        self._kept: list[Held] = []  # for the process that comes next
        self._keeping = False

    # -- taking ------------------------------------------------------------------------------------

    def _take_activated(self) -> None:
        """The lock is held. On first use: other code may want them, if no server ever does."""
        if "LISTEN_FDS" in self._environ:
            from .activation import take_activated

            self._available += take_activated(self._environ)

    def adopt(self, address: Address) -> socket.socket | None:
        """The socket that was kept for this address, or None.

        One kept over a restart fits when its server was asked for the same address, port 0
        included. One of a service manager fits when it has the same port: its unit decides on
        which interface, and the same host is preferred.

        Args:
            address: host and port as the user gave them.

        """
        with self._lock:
            self._take_activated()
            held = self._fitting(address)
            if held is None:
                return self._respare(address)
            self._available.remove(held)
        return socket.socket(fileno=held.fd)

    def _fitting(self, address: Address) -> Held | None:
        exact = [held for held in self._available if held.address == address]
        if exact:
            return min(exact, key=lambda held: held.activated)
        activated = (held for held in self._available if held.activated)
        return next((held for held in activated if held.address[1] == address[1]), None)

    def _respare(self, address: Address) -> socket.socket | None:
        """The lock is held. The port of a server that has been closed, for the next one there."""
        if not self._spare:
            return None
        from .handover import bound_address

        used = {bound_address(server.fileno()) for server in self._living()}
        for held in self._spare:
            if held.address == address and bound_address(held.fd) not in used:
                return socket.socket(fileno=os.dup(held.fd))
        return None

    def _living(self) -> list[Server]:
        """The lock is held."""
        servers = [entry[0]() for entry in self._servers]
        return [one for one in servers if one is not None and one.fileno() >= 0]

    def take_kept(self) -> list[Held]:
        """All that were kept over the start of this process, for a process that serves nothing."""
        with self._lock:
            kept = [held for held in self._available if not held.activated]
            self._available = [held for held in self._available if held.activated]
            return kept

    def activated(self) -> list[Held]:
        """What a service manager gave and nobody has adopted; for a supervisor to pass on."""
        with self._lock:
            self._take_activated()
            return [held for held in self._available if held.activated]

    def close_unclaimed(self) -> None:
        """Close what was kept for servers that do not exist any more.

        Clients would wait there for ever. Those of a service manager stay, they are its own.
        """
        with self._lock:
            gone = [held for held in self._available if not held.activated]
            self._available = [held for held in self._available if held.activated]
        for held in gone:
            held.close()

    # -- serving -----------------------------------------------------------------------------------

    def register(self, server: Server, address: Address) -> None:
        """Note a server whose socket outlives a restart; it is not kept alive by this.

        Args:
            server: is bound.
            address: host and port as the user gave them.

        """
        with self._lock:
            self._servers = [entry for entry in self._servers if entry[0]() is not None]
            self._servers.append((weakref.ref(server), address))
            if self._keeping:
                self._hold(server, address)
            if self._early:
                self._tell(server, address)

    def serving_at(self, address: Address) -> Server | None:
        """The server of this process that listens where it was asked to; None: there is none.

        Args:
            address: host and port as the user gave them.

        """
        with self._lock:
            servers = [entry[0]() for entry in self._servers if entry[1] == address]
        return next((one for one in servers if one is not None and one.fileno() >= 0), None)

    def servers(self) -> list[Server]:
        """All that listen."""
        with self._lock:
            return self._living()

    def tell_early(self) -> None:
        """From now on give the parent each socket at once, and not when a restart is asked for."""
        with self._lock:
            self._early = self.control is not None

    def _tell(self, server: Server, address: Address) -> None:
        """The lock is held."""
        from .handover import Held, send

        assert self.control is not None
        held = Held(os.dup(server.fileno()), address)
        self._spare.append(held)
        with suppress(OSError):  # it is gone, and we go with it
            send(self.control, [held])

    def shut_down(self) -> None:
        """Stop every server that still listens, the one registered last first."""
        with self._lock:
            servers = [entry[0]() for entry in reversed(self._servers)]
        for server in servers:
            if server is not None and server.fileno() >= 0:
                server.shutdown()

    # -- handing on --------------------------------------------------------------------------------

    def keep(self) -> None:
        """From now on the sockets of all servers stay open, although the servers close theirs.

        The kernel goes on queueing connections there.
        """
        from .handover import SUPPORTED

        with self._lock:
            if self._keeping or not SUPPORTED:
                return
            self._keeping = True
            for reference, address in self._servers:
                server = reference()
                if server is not None:
                    self._hold(server, address)

    def _hold(self, server: Server, address: Address) -> None:
        """The lock is held."""
        from .handover import Held, bound_address

        with suppress(OSError):  # closed: it serves no more
            held = Held(os.dup(server.fileno()), address)
            if bound_address(held.fd) is None:  # closed just now, and the number is another's
                held.close()
            else:
                self._kept.append(held)

    def addresses(self) -> list[str]:
        """Where the kept sockets listen, for the log."""
        from .handover import bound_address

        with self._lock:
            found = [bound_address(held.fd) for held in self._kept]
        return [format_address(*address[:2]) for address in found if address is not None]

    def for_exec(self) -> dict[str, str]:
        """Make the kept sockets outlive ``exec``; the environment that tells about them.

        Call it last: from here on every child process would inherit them too.
        """
        from .handover import encode

        with self._lock:
            sockets = [*self._kept, *(held for held in self._available if held.activated)]
        if not sockets:
            return {}
        for held in sockets:
            os.set_inheritable(held.fd, True)
        return {ENV_SOCKETS: encode(sockets, pid=os.getpid())}

    def send_to_supervisor(self) -> None:
        """Give the kept sockets to the supervisor, if it is one of ours.

        Raises:
            OSError: it does not take them.

        """
        if self.control is not None and not self._early:
            from .handover import send

            with self._lock:
                send(self.control, self._kept)


_listening = Listening(os.environ)


def listening() -> Listening:
    """The one of this process."""
    return _listening
