"""One request as a value, with what quick_server scripts and htag apps expect to find on it."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from ..deadline import monotonic
from ..errors import ConfigurationError
from ..logs import format_duration, format_size
from .body import EMPTY, Body
from .headers import Headers, check_field, parse_cookies

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from ..interfaces import Target


class Request:
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
        open_session: gives the session mapping, issuing a session if there is none;
            set by the session layer.
        response_headers: fields to add to the answer, see ``send_header``.

    """

    __slots__ = (
        "_cookies",
        "_query",
        "body",
        "client_address",
        "headers",
        "meta",
        "method",
        "open_session",
        "query_string",
        "raw_path",
        "response_headers",
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
        self.method = method
        self.target = target
        self.raw_path, _, self.query_string = target.partition("?")
        self.version = version
        self.headers = Headers() if headers is None else headers
        self.body = body
        self.client_address = client_address
        self.scheme = scheme
        self.server = server
        self.started = monotonic() if started is None else started
        self.meta: dict[str, Any] = {}
        self.segments: dict[str, str] = {}
        self.routed: Target | None = None
        self.open_session: Callable[[], MutableMapping[str, Any]] | None = None
        self.response_headers: list[tuple[str, str]] = []
        self._cookies: dict[str, str] | None = None
        self._query: dict[str, str] | None = None

    # -- the names quick_server scripts use --------------------------------------------------------

    @property
    def path(self) -> str:
        """The request target as sent, query included."""
        return self.target

    @property
    def command(self) -> str:
        """The request method."""
        return self.method

    @property
    def request_version(self) -> str:
        """The protocol version of the request."""
        return self.version

    def send_header(self, key: str, value: str, replace: bool = False) -> None:
        """Add a header field to the answer that follows.

        Args:
            key: the field name.
            value: the field value.
            replace: drop earlier fields of that name first.

        Raises:
            ConfigurationError: not a valid name or value (RFC 9110 section 5.5).

        """
        field = check_field(key, str(value))
        if replace:
            lower = key.lower()
            self.response_headers = [p for p in self.response_headers if p[0].lower() != lower]
        self.response_headers.append(field)

    def send_cookie(self, cookie: SimpleCookie) -> None:
        """Set the cookies of ``cookie`` with the answer that follows."""
        for morsel in cookie.values():
            self.send_header("Set-Cookie", morsel.OutputString())

    @staticmethod
    def log_elapsed_time_string(elapsed: float) -> str:
        """``elapsed`` seconds as the request log writes them."""
        return format_duration(elapsed)

    @staticmethod
    def log_size_string(size: int) -> str:
        """``size`` bytes as the request log writes them."""
        return format_size(size)

    # -- views -------------------------------------------------------------------------------------

    @property
    def decoded_path(self) -> str:
        """The path, percent-decoded as UTF-8 (undecodable bytes become U+FFFD)."""
        return unquote(self.raw_path)

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies by name; malformed ones are left out."""
        if self._cookies is None:
            self._cookies = parse_cookies(self.headers)
        return self._cookies

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
        """The ``Host`` field, or an empty string."""
        return self.headers.get("host") or ""

    @property
    def url(self) -> str:
        """The absolute URL, built from what the client sent."""
        return f"{self.scheme}://{self.host}{self.target}"

    @property
    def session(self) -> MutableMapping[str, Any]:
        """The session of this visitor, shared with its GUI; issued on first use.

        Raises:
            ConfigurationError: the request is not handled by an application with sessions.

        """
        if self.open_session is None:
            raise ConfigurationError("this request is not handled by an application with sessions")
        return self.open_session()

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.target}>"
