"""One request as a value, with what quick_server scripts and htag apps expect to find on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from ..deadline import monotonic
from .body import EMPTY, Body
from .handler_names import HandlerNames
from .headers import Headers
from .plain_path import plain_path
from .session_methods import HOST_SESSION as HOST_SESSION
from .session_methods import SessionMethods

if TYPE_CHECKING:
    from ..interfaces import Peer, Target
    from .direct_answer import DirectAnswer
    from .forwarded import Forwarded
    from .session_methods import SessionDoor

REFUSED = "quick_htag.refused"  # in ``request.meta``: somebody is told that he is not wanted
HIDDEN_QUERY = "quick_htag.hidden_query"  # in ``request.meta``: keep the query out of logs
NO_WEBSOCKET = "quick_htag.no_websocket"  # in ``request.meta``: its server cannot have them
ERROR_DETAIL = "quick_htag.error_detail"  # in ``request.meta``: what its page says of an error
LOG_DETAIL = "quick_htag.log_detail"  # in ``request.meta``: why it failed, for the log only


class Request(HandlerNames, SessionMethods):
    """A request, read completely.

    Everything a route needs is here; nothing refers to a socket. Lazily computed views are
    computed by the thread that asks, which is the one thread that handles the request.

    Attributes:
        method: the method, upper case as sent; ``command`` is the same (quick_server).
        target: the request target as sent, query included; ``path`` is the same (quick_server).
        raw_path: the path of the target, not decoded, without the query.
        query_string: what follows the first "?", without it.
        version: "HTTP/1.1" or "HTTP/1.0".
        headers: the header fields.
        client_address: ``(host, port)`` of the peer.
        scheme: "http" or "https".
        body: the request body.
        server: the server that received it; None outside of one.
        started: monotonic time of its first byte, in seconds.
        meta: notes middleware leaves for later stages.
        segments: ``:name`` values of the matched route; ``path_params`` is the same.
        routed: where the application will send it; set once by ``Application.target``.
        forwarded: what trusted proxies said; None: there are none, or they said nothing.
        peer: the connection, for targets that always wait; None for others.
        open_session: the way to the session; set by the session layer.
        response_headers: fields to add to the answer, see ``send_header``.
        direct: what the handler has written itself, see ``send_response``; None: nothing.

    """

    __slots__ = (
        "_cookies",
        "_query",
        "body",
        "client_address",
        "forwarded",
        "headers",
        "meta",
        "method",
        "open_session",
        "peer",
        "query_string",
        "raw_path",
        "routed",
        "scheme",
        "segments",
        "server",
        "started",
        "target",
        "version",
    )

    def __init__(
        self,
        method: str,
        target: str,
        headers: Headers | None = None,
        body: Body = EMPTY,
        *,
        version: str = "HTTP/1.1",
        client_address: tuple[str, int] = ("", 0),
        scheme: str = "http",
        server: Any = None,
        started: float | None = None,
    ) -> None:
        path, _, query = target.partition("?")
        fields = Headers() if headers is None else headers
        since = monotonic() if started is None else started
        self.begin(method, target, path, query, version, fields, client_address, server, since)
        self.body = body
        self.scheme = scheme

    def begin(
        self,
        method: str,
        target: str,
        path: str,
        query: str,
        version: str,
        headers: Headers,
        address: tuple[str, int],
        server: Any,
        started: float,
    ) -> None:
        """Set everything; see the class.

        A transport makes a request by ``object.__new__(Request)`` and this, by position: 0.4 µs
        less than a call of the class with keywords.

        Args:
            method: see the class.
            target: see the class.
            path: of the target.
            query: of the target.
            version: see the class.
            headers: see the class.
            address: of the client.
            server: see the class.
            started: see the class.

        """
        self.method = method
        self.target = target
        self.raw_path = path
        self.query_string = query
        self.version = version
        self.headers = headers
        self.body = EMPTY
        self.client_address = address
        self.scheme = "http"
        self.server = server
        self.started = started
        self.meta: dict[str, Any] = {}
        self.segments: dict[str, str] = {}
        self.routed: Target | None = None
        self.forwarded: Forwarded | None = None
        self.peer: Peer | None = None
        self.open_session: SessionDoor | None = None
        self.response_headers: list[tuple[str, str]] = []
        self.direct: DirectAnswer | None = None
        self._cookies: tuple[Headers, dict[str, str]] | None = None  # and what they were read from
        self._query: dict[str, str] | None = None

    # -- views -------------------------------------------------------------------------------------

    @property
    def decoded_path(self) -> str:
        """The path, percent-decoded as UTF-8 (undecodable bytes become U+FFFD)."""
        return unquote(self.raw_path)

    @property
    def plain_path(self) -> str:
        """The path to compare: decoded, without the query and empty or "." segments.

        What is found below "/private/" has a plain path that begins so.
        """
        return plain_path(self.raw_path)

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies by name; malformed ones are left out."""
        known, headers = self._cookies, self.headers
        if known is None or known[0] is not headers:
            known = self._cookies = headers, dict(headers.cookies())
        return known[1]

    @property
    def query_params(self) -> dict[str, str]:
        """The query as name to value, blank values kept, the last of repeated names wins."""
        if self._query is None:
            self._query = dict(parse_qsl(self.query_string, keep_blank_values=True))
        return self._query

    @property
    def path_params(self) -> dict[str, str]:
        """The ``:name`` segments of the matched route."""
        return self.segments

    @property
    def client(self) -> tuple[str, int]:
        """``(host, port)`` of the peer."""
        return self.client_address

    @property
    def host(self) -> str:
        """The host the client asked for, with its port; an empty string: it named none."""
        if self.forwarded is not None and self.forwarded.host is not None:
            return self.forwarded.host
        return self.headers.get("host") or ""

    @property
    def url(self) -> str:
        """The absolute URL, built from what the client sent, or trusted proxies said it sent."""
        prefix = "" if self.forwarded is None else self.forwarded.prefix
        return f"{self.scheme}://{self.host}{prefix}{self.target}"

    @property
    def shown_target(self) -> str:
        """The target as logs show it: that of a page's connection has a secret in its query."""
        secret = "upgrade" in self.headers or HIDDEN_QUERY in self.meta
        return self.raw_path if secret else self.target

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.shown_target}>"
