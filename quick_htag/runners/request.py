"""A request as handlers of ``add_route`` know it: with the names of Starlette, and of htag 1."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

from ..messages.forms import FormLimits, parse_body, parse_json
from .request_parts import Address, FormFile, Query, State, Url

if TYPE_CHECKING:
    from ..messages.headers import Headers
    from ..messages.request import Request

UrlFor = Callable[..., str]


class RouteRequest:
    """One request, for the handler of a route. Used on the thread or loop the handler runs on.

    ``await request.json()``, ``form()`` and ``body()`` are ready at once: a request is read as a
    whole before its handler runs.

    Args:
        request: as the server has it.
        app: where the route was added.
        path_params: what the path gave, converted.
        limits: what is too much in a form.
        url_for: builds the URL of a named route.

    Attributes:
        app: where the route was added: ``request.app.handle(request, App)``.
        path_params: what the path gave, converted.
        state: for notes.
        native: the request as the server has it.
        shared_session: what all visitors have as their session; None: each their own.

    """

    def __init__(
        self,
        request: Request,
        app: Any,
        path_params: dict[str, Any],
        limits: FormLimits,
        url_for: UrlFor,
    ) -> None:
        self.native = request
        self.app = app
        self.path_params = path_params
        self.state = State()
        self.shared_session: MutableMapping[str, Any] | None = None
        self._limits = limits
        self._url_for = url_for

    @property
    def method(self) -> str:
        """The method, upper case."""
        return self.native.method

    @property
    def path(self) -> str:
        """The request target, query included, as htag 1 has it; ``url.path`` is the path."""
        return self.native.target

    @property
    def url(self) -> Url:
        """The URL the client asked for."""
        return Url(self.native.url)

    @property
    def base_url(self) -> Url:
        """The URL of the root, with a slash at its end."""
        return Url(self._url_for(None))

    @property
    def headers(self) -> Headers:
        """The header fields, by name without case."""
        return self.native.headers

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies by name."""
        return self.native.cookies

    @property
    def query_params(self) -> Query:
        """The query by name."""
        return Query.of(self.native.query_string)

    @property
    def client(self) -> Address:
        """Who sent it."""
        return Address(*self.native.client_address[:2])

    @property
    def session(self) -> MutableMapping[str, Any]:
        """The session of this visitor, the one its apps have; issued on first use."""
        shared = self.shared_session
        return self.native.session if shared is None else shared

    @property
    def scope(self) -> Mapping[str, Any]:
        """The parts that code for ASGI looks up by name."""
        return {
            "type": "http",
            "app": self.app,
            "method": self.method,
            "path": self.native.decoded_path,
            "query_string": self.native.query_string.encode("latin-1", "replace"),
            "scheme": self.native.scheme,
            "client": tuple(self.client),
            "path_params": self.path_params,
            "session": self.session,
            "headers": [
                (name.lower().encode("latin-1"), value.encode("latin-1"))
                for name, value in self.headers.pairs()
            ],
        }

    async def body(self) -> bytes:
        """The body.

        Raises:
            HTTPError: 413, it was too large.

        """
        return self.native.body.read()

    async def json(self) -> Any:
        """The body, as JSON.

        Raises:
            HTTPError: 400, it is none; 413, it was too large.

        """
        return parse_json(self.native.body.read(), self._limits)

    async def form(self) -> Query:
        """The fields of a form: text, and a ``FormFile`` for each file.

        Raises:
            HTTPError: 400, it is malformed; 413, it was too large.

        """
        kind = self.headers.get("content-type", "")
        if kind.partition(";")[0].strip().lower() == "application/json":
            return Query()
        fields, files = parse_body(kind, self.native.body, self._limits)
        form = Query()
        for name in fields:
            for text in fields.get_all(name):
                form.add(name, "" if text is True else text)
        for name in files:
            for file in files.get_all(name):
                form.add(name, FormFile(file))
        return form

    def url_for(self, name: str, /, **path_params: Any) -> Url:
        """The URL of the route with this name; a route is named like its handler.

        Raises:
            ConfigurationError: there is none, or its parameters are others.

        """
        return Url(self._url_for(name, **path_params))

    def __repr__(self) -> str:
        return f"<RouteRequest {self.method} {self.path}>"
