"""The names that handlers of ``http.server`` and quick_server have, on a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, Final

from ..log_text import format_duration, format_size
from .body import Body
from .conditional import none_match
from .headers import Headers, check_field
from .origins import normalize_origin
from .params import Params, parse_query

if TYPE_CHECKING:
    from http.cookies import SimpleCookie

    from .direct_answer import DirectAnswer


class HandlerNames:
    """Base of ``Request``; see there for the attributes. Used by the thread that handles it."""

    __slots__ = ("direct", "response_headers")

    protocol_version: Final = "HTTP/1.1"  # of every answer

    body: Body
    direct: DirectAnswer | None
    headers: Headers
    method: str
    response_headers: list[tuple[str, str]]
    scheme: str
    server: Any
    target: str
    version: str

    if TYPE_CHECKING:  # a property of the class below

        @property
        def host(self) -> str: ...

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

    def send_header(
        self, key: str, value: str, replace: bool = False, end_header: bool = False
    ) -> None:
        """Add a header field to the answer that follows.

        Args:
            key: the field name.
            value: the field value.
            replace: drop earlier fields of that name first.
            end_header: of quick_server; the order of different fields means nothing.

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

    def _directly(self) -> DirectAnswer:
        if self.direct is None:
            from .direct_answer import DirectAnswer

            self.direct = DirectAnswer()
        return self.direct

    def send_response(self, code: int, message: str | None = None) -> None:
        """Begin an answer of the handler's own.

        ``send_header``, ``end_headers`` and ``wfile.write`` go on with it; it is sent as a whole
        when the handler then raises ``PreventDefaultResponse()`` or returns None.

        Args:
            code: the status.
            message: of quick_server; the standard phrase is sent.

        Raises:
            ConfigurationError: no final HTTP status.

        """
        self._directly().set_status(code)

    def end_headers(self) -> None:
        """End the header section of the handler's own answer; the next is ``wfile``."""
        self._directly()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer with the page of an error, sent as an answer of ``send_response`` is.

        Raises:
            ConfigurationError: no error status.

        """
        self._directly().set_error(code, message, explain)

    @property
    def wfile(self) -> BinaryIO:
        """Takes the body of the handler's own answer, see ``send_response``."""
        return self._directly().wfile

    @property
    def rfile(self) -> BinaryIO:
        """The body, as a file that is read on where it was left.

        Raises:
            BodyRefused: the server did not take the body.

        """
        return self._directly().rfile(self.body)

    @staticmethod
    def convert_argmap(query: str) -> Params:
        """A query string as ``args["query"]`` has it."""
        return parse_query(query)

    @staticmethod
    def log_elapsed_time_string(elapsed: float) -> str:
        """``elapsed`` seconds as the request log writes them."""
        return format_duration(elapsed)

    @staticmethod
    def log_size_string(size: int) -> str:
        """``size`` bytes as the request log writes them."""
        return format_size(size)

    def get_original_host(self) -> tuple[str, str]:
        """Scheme and host as the client used them.

        Behind proxies these are known when the proxies are named in ``server.trusted_proxies``;
        what anybody else claims is not believed.
        """
        return self.scheme, self.host

    def is_cross_origin(self) -> bool:
        """Whether a page of another origin has sent it; browsers tell, other clients do not."""
        origin = self.headers.get("origin")
        if origin is None:
            return False
        return normalize_origin(origin) != normalize_origin(f"{self.scheme}://{self.host}")

    def cross_origin_headers(self) -> None:
        """Nothing to do: every answer gets them, see ``server.cross_origin``."""

    def check_cache(self, etag: str, match: str | None) -> bool:
        """Answer with 304 if the client has the current version.

        The handler then raises ``PreventDefaultResponse()`` or returns None.

        Args:
            etag: names the current version; quoted if it is not.
            match: what the client has, its ``If-None-Match``; None: nothing.

        Returns:
            whether this is the answer; never for other methods than GET and HEAD.

        Raises:
            ConfigurationError: ``etag`` cannot be sent.

        """
        tag = etag if etag.endswith('"') else f'"{etag}"'
        known = match is not None and (match.strip(" \t") == etag or none_match(match, tag))
        if not known or self.method not in ("GET", "HEAD"):
            return False
        self.send_response(304)
        self.send_header("ETag", tag, replace=True)
        self.send_header("Cache-Control", f"max-age={getattr(self.server, 'max_age', 0)}")
        self.end_headers()
        return True

    @property
    def server_version(self) -> str:
        """The ``Server`` field of answers; see ``server.update_version_string``."""
        return str(getattr(self.server, "server_version", "quick_htag"))

    @property
    def common_invalid_paths(self) -> frozenset[str]:
        """See ``server.set_common_invalid_paths``."""
        paths: frozenset[str] = getattr(self.server, "common_invalid_paths", frozenset())
        return paths

    @property
    def debug_proxy(self) -> bool:
        """See ``server.set_debug_proxy``."""
        return bool(getattr(self.server, "debug_proxy", False))
