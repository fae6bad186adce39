"""A server behind this one, at a path: passes requests on and answers back."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from math import inf
from typing import TYPE_CHECKING, Final

from ..errors import ConfigurationError, HTTPError
from ..messages.response import ForeignResponse, HTTPResponse, Stream, Tunnel, Upgrade
from .fields import Field, client_fields, masked, upstream_fields
from .link import ClientLeft, Link, LinkStale
from .links import Links
from .target import ProxyTarget

if TYPE_CHECKING:
    from ..interfaces import Log
    from ..messages.request import Request
    from ..settings import Settings
    from .answer_head import AnswerHead

_PIECE: Final = 64 * 1024  # bytes of a request body sent at once
_REPEATABLE: Final = frozenset(("GET", "HEAD", "OPTIONS", "PUT", "DELETE"))  # RFC 9110 9.2.2


class ProxyMount:
    """Passes on what lies under a name. Handles requests on any number of request workers.

    Args:
        target: the name and the server.
        settings: the timeouts unless they are given, and the largest body.
        log: told of failures.
        preserve_host: the server gets the ``Host`` the client sent, and not its own.
        connect_timeout: seconds; None: ``settings.proxy_connect_timeout``.
        read_timeout: seconds; None: ``settings.proxy_read_timeout``.
        tls: for ``https``; None: certificates are verified as the system does it.

    Raises:
        ConfigurationError: a timeout is not positive.

    Attributes:
        body_limit: with ``cost`` it makes this a ``Target``.
        cost: it waits for somebody else, so never on the polling thread.
        debug: log the heads of requests and answers; set at any time.

    """

    def __init__(
        self,
        target: ProxyTarget,
        settings: Settings,
        log: Log,
        *,
        preserve_host: bool = False,
        connect_timeout: float | None = None,
        read_timeout: float | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        connect = settings.proxy_connect_timeout if connect_timeout is None else connect_timeout
        read = settings.proxy_read_timeout if read_timeout is None else read_timeout
        if connect <= 0 or read <= 0:
            raise ConfigurationError("the timeouts of a proxy must be more than 0 seconds")
        self.target = target
        self.body_limit = settings.max_body_size
        self.cost = inf
        self.debug = False
        self._log = log
        self._preserve_host = preserve_host
        self.links = Links(
            target,
            connect_timeout=connect,
            read_timeout=read,
            keep=settings.proxy_idle_connections,
            keep_for=settings.proxy_idle_timeout,
            tls=tls,
        )

    def handle(self, request: Request) -> HTTPResponse:
        """The answer of the other server.

        Raises:
            HTTPError: 400 a path that cannot be passed on, 413, 502, 504 or 508.

        """
        request.body.open()  # a body that was refused must not become an empty one
        upgrade = _wants_websocket(request)
        path = self.target.translate(request.target)
        fields = upstream_fields(
            request, self.target.authority, preserve_host=self._preserve_host, upgrade=upgrade
        )
        self._tell(f"{request.method} {path} HTTP/1.1", fields)
        try:
            link, head = self._exchange(request, path, fields)
        except ClientLeft:
            raise
        except HTTPError as error:
            self.report(error)
            raise
        self._tell(f"HTTP/1.1 {head.status}", head.headers.pairs())
        if head.status == 101:
            return self._tunnel(link, head, wanted=upgrade)
        return self._answer(request, link, head)

    def report(self, error: HTTPError) -> None:
        """Write a line about a failure of the other server."""
        reason = f" ({error.__cause__})" if error.__cause__ else ""
        self._log.message(f"proxy {self.target.name}: {error.detail}{reason}")

    def _exchange(
        self, request: Request, path: str, fields: list[Field]
    ) -> tuple[Link, AnswerHead]:
        """Send the request; on a kept connection only what may be sent again."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
        head = f"{request.method} {path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1")
        fresh = request.method not in _REPEATABLE
        while True:
            link = self.links.take(fresh=fresh)
            try:
                body = _pieces(request) if request.body.length else iter(())
                return link, link.exchange(request.method, head, body, request.peer)
            except LinkStale:  # it closed the connection just when we used it again
                self.links.drop(link)
                fresh = True
            except BaseException:
                self.links.drop(link)
                raise

    def _answer(self, request: Request, link: Link, head: AnswerHead) -> HTTPResponse:
        prefix = "" if request.forwarded is None else request.forwarded.prefix
        fields = [
            (name, self.target.relocate(value, request.host, prefix))
            if name.lower() == "location"
            else (name, value)
            for name, value in client_fields(head.headers)
        ]
        if head.length == 0:  # also HEAD, 204 and 304
            self.end(link, head)
            length = head.announced if request.method == "HEAD" else 0
            return ForeignResponse(head.status, fields, Stream((), length))
        stream = _Relayed(self, link, head)
        return ForeignResponse(head.status, fields, Stream(stream, head.announced))

    def _tunnel(self, link: Link, head: AnswerHead, *, wanted: bool) -> HTTPResponse:
        if not wanted or "websocket" not in head.headers.tokens("upgrade"):
            self.links.drop(link)
            raise HTTPError(502, "the server behind this one changed the protocol unasked")
        self.links.forget(link)
        fields = [("Upgrade", "websocket"), ("Connection", "Upgrade")]
        fields += [f for f in client_fields(head.headers) if f not in fields]
        return HTTPResponse(101, fields, upgrade=Upgrade(Tunnel(link.sock, link.release())))

    def end(self, link: Link, head: AnswerHead) -> None:
        """The answer was read completely: keep its connection if it can be kept."""
        if head.reusable and link.clean:
            self.links.give_back(link)
        else:
            self.links.drop(link)

    def _tell(self, line: str, fields: tuple[Field, ...] | list[Field]) -> None:
        if self.debug:
            self._log.message("\n".join([f"proxy {self.target.name} {line}", *masked(fields)]))


class _Relayed:
    """The body of an answer on its way; its connection is kept if all of it was read."""

    def __init__(self, mount: ProxyMount, link: Link, head: AnswerHead) -> None:
        self._mount, self._link, self._head = mount, link, head
        self._done = False
        self._pieces = link.body(head)

    def __iter__(self) -> Iterator[bytes]:
        left = self._head.length
        try:
            for piece in self._pieces:
                if left is not None:
                    left -= len(piece)
                    if not left:  # before the client has it, and asks for the next
                        self._finish()
                yield piece
        except HTTPError as error:  # too late for a status: the client must see it break
            if not isinstance(error, ClientLeft):
                self._mount.report(error)
            raise ConnectionAbortedError(error.detail) from error
        if not self._done:
            self._finish()

    def _finish(self) -> None:
        self._done = True
        self._mount.end(self._link, self._head)

    def close(self) -> None:
        """The client has all of it, or has left."""
        if not self._done:
            self._mount.links.drop(self._link)


def _wants_websocket(request: Request) -> bool:
    """Whether the target is asked for a websocket; what follows such a request is no body."""
    headers = request.headers
    asks = "websocket" in headers.tokens("upgrade") and "upgrade" in headers.tokens("connection")
    return (
        asks
        and request.method == "GET"
        and request.version == "HTTP/1.1"
        and not request.body.length
    )


def _pieces(request: Request) -> Iterator[bytes]:
    """The body from where it was collected, piece by piece."""
    file = request.body.open()
    while piece := file.read(_PIECE):
        yield piece
