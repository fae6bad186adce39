"""The state of a server over HTTP: JSON and text for Prometheus, for who knows the token."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from functools import partial
from ipaddress import ip_address
from typing import Any, Final

from .errors import ConfigurationError, HTTPError
from .interfaces import Handler
from .messages.json_text import json_dumps
from .messages.networks import plain_address
from .messages.request import Request
from .messages.response import JSON, HTTPResponse
from .monitor.prometheus import CONTENT_TYPE, exposition

_SHORTEST: Final = 16  # characters of a token; who guesses gets no sign of being near
_PRIVATE: Final = [("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")]
_PROXIED: Final = ("forwarded", "x-forwarded-for", "x-forwarded-proto", "x-real-ip", "via")
_CLEAR: Final = (
    "The monitor is answered over TLS, or to this machine only. A token that was sent here in the "
    "clear should be replaced."
)


class MonitorEndpoint:
    """Answers below one path. Any thread.

    Without TLS only this machine is answered, and no proxy on it: behind one, everybody seems to be
    this machine. A trusted proxy that says "https" counts as TLS.

    Args:
        path: begins and ends with a slash.
        token: what a request has to know; None: a new one is made.
        readers: by name, what gives the status, and lists that take the words of the prompt.
        plain_http: answer everybody without TLS.

    Attributes:
        token: what a request has to know.

    Raises:
        ConfigurationError: the path or the token cannot be used.

    """

    def __init__(
        self,
        path: str,
        token: str | None,
        readers: Mapping[str, Callable[..., Any]],
        plain_http: bool,
    ) -> None:
        if not (path.startswith("/") and path.endswith("/")) or ":" in path:
            raise ConfigurationError(f'the path begins and ends with "/", as "/-/", not {path!r}')
        if token is None:
            token = secrets.token_urlsafe(24)
        if len(token) < _SHORTEST or not (token.isascii() and token.isprintable()) or " " in token:
            raise ConfigurationError(
                f"the token has at least {_SHORTEST} characters, letters and digits say; "
                "secrets.token_urlsafe() makes one"
            )
        self.token = token
        self._path = path
        self._expected = token.encode()
        self._readers = dict(readers)
        self._plain_http = plain_http

    def handlers(self) -> Iterator[tuple[str, Handler]]:
        """Every path and what answers it."""
        for name in self._readers:
            yield f"{self._path}{name}", partial(self._answer, partial(self._as_json, name))
        yield f"{self._path}metrics", partial(self._answer, self._metrics)

    def _answer(self, handler: Handler, request: Request) -> HTTPResponse:
        """What the handler says, if the request may know.

        Raises:
            HTTPError: 403, the token would travel in the clear; 401, it is not the right one; 400,
                the words of the query make no sense.

        """
        if not self._plain_http and not _is_safe(request):
            raise HTTPError(403, _CLEAR, _PRIVATE)
        scheme, _, given = (request.headers.get("authorization") or "").partition(" ")
        known = hmac.compare_digest(given.strip().encode("utf-8", "replace"), self._expected)
        if scheme.lower() != "bearer" or not known:
            challenge = ("WWW-Authenticate", 'Bearer realm="monitor"')  # RFC 6750 section 3
            raise HTTPError(401, "A bearer token is needed.", [challenge, *_PRIVATE])
        try:
            return handler(request)
        except ConfigurationError as error:
            raise HTTPError(400, str(error), _PRIVATE) from error

    def _as_json(self, name: str, request: Request) -> HTTPResponse:
        if name == "status":
            found: Any = self._readers[name]().as_json()
        else:
            words = request.query_params.get("q", "").split()
            found = [asdict(row) for row in self._readers[name](*words)]
        body = json_dumps(found).encode()
        return HTTPResponse(200, [("Content-Type", JSON), *_PRIVATE], body)

    def _metrics(self, request: Request) -> HTTPResponse:
        body = exposition(self._readers["status"]()).encode()
        return HTTPResponse(200, [("Content-Type", CONTENT_TYPE), *_PRIVATE], body)


def _is_safe(request: Request) -> bool:
    """Whether nobody on the way can read the request, as far as one can tell."""
    if request.scheme == "https":
        return True
    if any(name in request.headers for name in _PROXIED):  # the way before the proxy is not ours
        return False
    try:
        return ip_address(plain_address(request.client_address[0])).is_loopback
    except ValueError:  # no address: the other end of a pipe or a Unix socket, on this machine
        return not request.client_address[0]
