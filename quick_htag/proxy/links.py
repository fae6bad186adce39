"""The connections to one target: opened, kept for the next request, closed."""

from __future__ import annotations

import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any

from ..deadline import Clock, Deadline, monotonic
from ..errors import HTTPError
from .link import Link

if TYPE_CHECKING:
    from .target import ProxyTarget


class Links:
    """Used by any thread.

    Args:
        target: where to connect.
        connect_timeout: seconds until a connection stands.
        read_timeout: seconds without a byte in either direction.
        keep: how many idle connections are kept.
        keep_for: seconds after which an idle one is not used again.
        tls: for ``https`` targets; None: certificates are verified as the system does it.
        clock: the monotonic clock.

    """

    def __init__(
        self,
        target: ProxyTarget,
        *,
        connect_timeout: float,
        read_timeout: float,
        keep: int,
        keep_for: float,
        tls: ssl.SSLContext | None = None,
        clock: Clock = monotonic,
    ) -> None:
        self._target = target
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._keep, self._keep_for = keep, keep_for
        self._tls = (tls or ssl.create_default_context()) if target.tls else None
        self._clock = clock
        self._lock = threading.Lock()  # guards the three below
        self._idle: list[Link] = []  # the last one used is the last one
        self._busy: set[Link] = set()
        self._closed = False

    @property
    def counts(self) -> tuple[int, int]:
        """How many connections are idle, and how many in use."""
        with self._lock:
            return len(self._idle), len(self._busy)

    def take(self, *, fresh: bool = False) -> Link:
        """A connection for one request; ``fresh``: a new one in any case.

        Raises:
            HTTPError: 502 there is no connection, 504 not in time, 503 the server stops.

        """
        link = None if fresh else self._take_idle()
        return self._open() if link is None else link

    def _open(self) -> Link:
        """A new connection, to the first address that takes one."""
        deadline = Deadline(self._connect_timeout, self._clock)
        failed = HTTPError(502, "the server behind this one cannot be reached")
        addresses = self._addresses()
        for at, (family, kind, proto, _, address) in enumerate(addresses):
            share = (deadline.remaining() or 0.0) / (len(addresses) - at)
            try:
                sock = socket.socket(family, kind, proto)
                return self._open_at(sock, address, share)
            except OSError as error:
                failed.__cause__ = error
            except HTTPError as error:
                if error.status == 503:  # we stop
                    raise
                failed = error
        raise failed

    def _addresses(self) -> list[tuple[Any, ...]]:
        try:
            found = socket.getaddrinfo(
                self._target.host, self._target.port, type=socket.SOCK_STREAM
            )
        except (OSError, UnicodeError) as error:  # UnicodeError: no host name
            raise HTTPError(502, "the server behind this one cannot be reached") from error
        return list(found)

    def _open_at(self, sock: socket.socket, address: Any, timeout: float) -> Link:
        deadline = Deadline(timeout, self._clock)
        link = Link(sock, self._read_timeout, self._clock)
        with self._lock:
            closed = self._closed
            if not closed:
                self._busy.add(link)
        try:
            if closed:
                raise HTTPError(503, "the server stops")
            link.connect(address, timeout)
            if self._tls is not None:
                link.secure(self._tls, self._target.host, deadline.remaining() or 0.0)
        except BaseException:
            self.drop(link)
            raise
        return link

    def give_back(self, link: Link) -> None:
        """Keep a connection whose answer was read completely, or close it."""
        link.put_aside()
        with self._lock:
            self._busy.discard(link)
            keep = not self._closed and len(self._idle) < self._keep
            if keep:
                self._idle.append(link)
        if not keep:
            link.close()

    def drop(self, link: Link) -> None:
        """Close a connection; again is harmless."""
        self.forget(link)
        link.close()

    def forget(self, link: Link) -> None:
        """Somebody else owns the socket from now on."""
        with self._lock:
            self._busy.discard(link)

    def end_silent(self, since: float) -> None:
        """End those in use by which nothing has gone or come after monotonic time ``since``."""
        with self._lock:
            silent = [link for link in self._busy if link.heard <= since]
        for link in silent:
            link.abort()  # the thread that uses it closes it

    def close(self) -> None:
        """Close the idle ones and end the others; again is harmless."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            busy = list(self._busy)
        for link in idle:
            link.close()
        for link in busy:
            link.abort()  # the thread that uses it closes it

    def _take_idle(self) -> Link | None:
        while True:
            with self._lock:
                if not self._idle:
                    return None
                link = self._idle.pop()
                self._busy.add(link)
            young = self._clock() - link.idle_since < self._keep_for
            if young and link.is_silent():
                return link
            self.drop(link)
