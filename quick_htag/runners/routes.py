"""The routes of a runner: handlers that may open apps, and the connections of the pages they open.

A page asks for its websocket and the like below its own address. Which app that is, the page says:
the path alone does not tell, since one handler may open different apps.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import ConfigurationError, HTTPError
from ..handlers.client_file import NAME as CLIENT
from ..handlers.gui import ALWAYS_WAITS, GuiMount
from ..messages.forms import FormLimits
from ..messages.request import Request
from ..messages.response import HTTPResponse
from ..middleware.sessions import current_session
from ..routing import Pattern, Route
from .async_calls import AsyncCalls
from .paths import PathPattern
from .request import RouteRequest
from .values import Response, as_answer

if TYPE_CHECKING:
    from ..guis import GuiHost
    from ..settings import Settings

# the id of a page; any other ?page=2 is the program's own
_PAGE_ID = re.compile(r"(?:^|&)page=[A-Za-z0-9_-]{20,}(?:&|$)")
_ANY = Pattern("/")  # for routes that are found here and not by their mask


class PageRoute(NamedTuple):
    """One registration.

    Attributes:
        pattern: the path.
        methods: those it answers.
        handler: called with a ``RouteRequest``; may be asynchronous.
        name: for ``url_for``.

    """

    pattern: PathPattern
    methods: frozenset[str]
    handler: Callable[..., Any]
    name: str


def page_route(
    path: str, handler: Callable[..., Any], methods: Iterable[str] | None, name: str | None
) -> PageRoute:
    """A registration, checked.

    Args:
        path: see ``paths``.
        handler: called with a ``RouteRequest``; may be asynchronous.
        methods: those it answers; None: GET. GET answers HEAD too.
        name: for ``url_for``; None: that of the handler.

    Raises:
        ConfigurationError: the path cannot work, or the handler is none.

    """
    if not callable(handler):
        raise ConfigurationError(f"the handler of {path!r} must be a function, not {handler!r}")
    wanted = {"GET"} if methods is None else {method.upper() for method in methods}
    if "GET" in wanted:
        wanted.add("HEAD")
    if name is None:
        name = getattr(handler, "__name__", type(handler).__name__)
    return PageRoute(PathPattern(path), frozenset(wanted), handler, name)


class PageRoutes:
    """Finds and runs the routes of one server; a ``Finder``. Any thread.

    Args:
        owner: what handlers see as ``request.app``.
        settings: the largest body.
        guis: knows which page belongs to which app.
        calls: runs asynchronous handlers.
        stranger: gives a mount that says goodbye to pages nobody knows.

    """

    def __init__(
        self,
        owner: Any,
        settings: Settings,
        guis: GuiHost,
        calls: AsyncCalls,
        stranger: Callable[[], GuiMount],
    ) -> None:
        self._owner = owner
        self._limit = settings.max_body_size
        self._limits = FormLimits.of(settings)
        self._guis = guis
        self._calls = calls
        self._stranger = stranger
        self._routes: tuple[tuple[PageRoute, Route], ...] = ()  # replaced as a whole
        self._connections: dict[tuple[str, str], Route] = {}  # by method and end of the path

    def add(self, route: PageRoute) -> None:
        """Add a route; of several that fit, the first added answers."""
        handler = partial(self._answer, route)
        target = Route(
            "page", "GET", _ANY, None, handler, body_limit=self._limit, cost=ALWAYS_WAITS
        )
        self._routes = (*self._routes, (route, target))

    # -- finding -----------------------------------------------------------------------------------

    def find(self, request: Request) -> Route | None:
        if not self._routes:
            return None
        path = request.decoded_path
        connection = self._connection(request.method, path, request)
        if connection is not None:
            return connection
        for route, target in self._routes:
            if request.method in route.methods:
                values = route.pattern.match(path)
                if values is not None:
                    request.segments = values
                    return target
        return None

    def allowed(self, raw_path: str) -> set[str]:
        path = Request("GET", raw_path).decoded_path
        fitting = (route for route, _ in self._routes if route.pattern.match(path) is not None)
        return {method for route in fitting for method in route.methods}

    def _connection(self, method: str, path: str, request: Request) -> Route | None:
        """The target of a request that a page makes for itself."""
        query = request.query_string
        of_a_page = "page=" in query and _PAGE_ID.search(query)
        if not of_a_page and not path.endswith(f"/{CLIENT}"):
            return None
        if not self._connections:
            self._connections = self._of_a_mount()
        for (wanted, end), target in self._connections.items():
            if method == wanted and path.endswith(end):
                page = path[: -len(end)] or "/"
                if any(route.pattern.match(page) is not None for route, _ in self._routes):
                    return target
        return None

    def _of_a_mount(self) -> dict[tuple[str, str], Route]:
        """Whatever a bound app has besides its page, for any app."""
        found = {}
        mount = self._stranger()
        for one in mount.targets():
            if one.mask == "/":
                continue
            found[one.method, one.mask] = Route(
                "gui",
                one.method,
                _ANY,
                None,
                partial(self._connect, one.method, one.mask),
                body_limit=mount.limits().room if one.takes_files else one.body_limit,
                cost=one.cost,
                tells_refusal=one.tells_refusal,
            )
        return found

    # -- answering ---------------------------------------------------------------------------------

    def _connect(self, method: str, end: str, request: Request) -> HTTPResponse:
        """What the mount of the page answers.

        Raises:
            HTTPError: 404, its pages do not connect this way.

        """
        page_id = request.query_params.get("page", "")
        mount = self._guis.mount_of(current_session(request), page_id)
        if not isinstance(mount, GuiMount):
            mount = self._stranger()
        for target in mount.targets():
            if target.method == method and target.mask == mount.path + end:
                return target.handler(request)
        raise HTTPError(404, "File not found")

    def _answer(self, route: PageRoute, request: Request) -> HTTPResponse:
        """What the handler gives. A request worker.

        Raises:
            HTTPError: the handler raised an exception that carries a status.

        """
        given = RouteRequest(
            request, self._owner, request.segments, self._limits, partial(self._url_for, request)
        )
        given.shared_session = self._owner.options.get("shared_session")
        try:
            value = route.handler(given)
            if inspect.isawaitable(value) and not isinstance(value, Response):
                value = self._calls.run(_resolved(value))
            return as_answer(value)
        except Exception as error:
            told = _with_status(error)
            if told is None:
                raise
            raise told from error

    def _url_for(self, request: Request, name: str | None, /, **values: Any) -> str:
        """The URL of the route called ``name``; None: that of the root."""
        root = request.url.removesuffix(request.target)
        if name is None:
            return f"{root}/"
        for route, _ in self._routes:
            if route.name == name:
                return root + route.pattern.fill(values)
        raise ConfigurationError(f"no route is called {name!r}")

    def close(self) -> None:
        self._calls.close()


async def _resolved(value: Any) -> Any:
    """The value of a coroutine, and of what it gives if that is to be awaited in turn."""
    while inspect.isawaitable(value) and not isinstance(value, Response):
        value = await value
    return value


def _with_status(error: Exception) -> HTTPError | None:
    """What an exception of another framework says that carries a status; None: it does not."""
    status = getattr(error, "status_code", None)
    if not isinstance(status, int) or not 400 <= status <= 599:
        return None
    headers = getattr(error, "headers", None) or {}
    return HTTPError(status, str(getattr(error, "detail", "")) or None, list(headers.items()))
