"""The address at which load balancers and supervisors ask whether a server is well."""

from __future__ import annotations

from .errors import ConfigurationError, HTTPError
from .messages.request import Request
from .messages.response import HTTPResponse
from .routing import Pattern, Route

_FIELDS = [("Cache-Control", "no-store")]


class DirectRoute(Route):
    """A route of the application itself: no middleware stands before it."""

    __slots__ = ()


class HealthCheck:
    """Answers 200 while the server serves, and 503 from the moment it stops.

    It tells nothing else, so it is asked under any host name and without a session.

    Attributes:
        path: where; None: nowhere.
        stopping: whether the server stops. Set once, by whoever stops it.

    """

    def __init__(self) -> None:
        self.path: str | None = None
        self.stopping = False

    def route(self, path: str) -> DirectRoute:
        """The route for a path, which is from now on the one that is answered.

        Raises:
            ConfigurationError: it is no path, or has a ``:name``.

        """
        if not isinstance(path, str) or Pattern(path).literal_path() != path or path == "/":
            raise ConfigurationError(f'health is a path such as "/healthz", not {path!r}')
        self.path = path
        return DirectRoute("health", "GET", Pattern(path), 0, self.answer)

    def answer(self, request: Request) -> HTTPResponse:
        """Well, or not for long.

        Raises:
            HTTPError: 404 when another path is set since, 503 when the server stops.

        """
        if request.raw_path != self.path:
            raise HTTPError(404, "File not found")
        if self.stopping:
            raise HTTPError(503, "The server stops.", _FIELDS)
        return HTTPResponse.text("ok\n", headers=_FIELDS)
