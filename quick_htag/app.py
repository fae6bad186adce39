"""The application: everything that answers requests, joined; no socket, no thread of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Final

from .app_settings import AppSettings
from .errors import ConfigurationError, HTTPError, MethodNotAllowed
from .health import DirectRoute
from .later import later
from .logs import default_log
from .messages.cross_site import is_preflight
from .messages.response import HTTPResponse
from .middleware.chain import fold
from .middleware.entrance import Entrance
from .middleware.hosts import refuse_host
from .middleware.user import Blocks, check_endpoint, pre_layer
from .proxy_methods import PROXY_METHODS, ProxyMethods, ProxyService
from .registrar import B, Registrar
from .routing import Pattern, Route, check_argc
from .script_methods import ScriptMethods
from .settings import Settings, settings_or_default

if TYPE_CHECKING:
    from .file_service import FileService
    from .interfaces import Admission, BodyWatch, Finder, Handler, Log, Middleware, Target
    from .messages.request import Request
    from .middleware.gate import Gate
    from .type_names import BeforeF, MiddlewareF, PreMiddlewareF
    from .uploads import Uploads

_UPLOAD: Final = "upload="  # a parameter of the query of followed uploads, see ``uploads``
_FILE_METHODS: Final = frozenset(("GET", "HEAD"))
_TRANSPORT_FIELDS: Final = frozenset(("content-length", "transfer-encoding", "date", "server"))


class App(Entrance, AppSettings, ScriptMethods, ProxyMethods, Registrar):
    """Routes and folders, and the way of a request through them; implements ``Application``.

    Requests may be handled on any number of threads while routes are added on others.

    Args:
        settings: limits; ``max_body_size`` is the largest body an endpoint takes.
        log: gets errors and reports; None: the log that ``msg`` uses.

    Attributes:
        admission: see ``Application``.

    """

    def __init__(self, settings: Settings | None = None, log: Log | None = None) -> None:
        self.settings = settings_or_default(settings)
        self.log: Log = default_log() if log is None else log
        Entrance.__init__(self, self.log)
        AppSettings.__init__(self, self.settings)
        self._proxied = ProxyService(self.settings, self.log)
        self._nowhere = Route("unrouted", "GET", Pattern("/"), None, self._handle_unrouted)
        # no middleware sees these two, so that none can answer before them or refuse a preflight
        self._misdirected = DirectRoute("misdirected", "GET", Pattern("/"), None, refuse_host)
        self._preflight = DirectRoute(
            "preflight", "OPTIONS", Pattern("/"), None, self._handle_unrouted
        )
        self._middleware: tuple[Middleware, ...] = ()
        self._folded: Handler | None = None  # None without middleware: nothing to pass through
        self._blocks = Blocks()
        self._pre: tuple[PreMiddlewareF, ...] = ()
        self._before: tuple[BeforeF, ...] = ()
        self._prepare: tuple[Callable[[Request], object], ...] = ()
        self._gate: Gate | None = None
        self.admission: Admission | None = None
        self._planned_argc: dict[tuple[str | None, ...], int | None] = {}  # by parts of a mask
        self._finder: Finder | None = None

    @later
    def _files(self) -> FileService:
        from .file_service import FileService

        return FileService(self._cache, self.add_target)

    @later
    def uploads(self) -> Uploads:
        """The uploads that somebody follows."""
        from .uploads import Uploads

        return Uploads(self.settings)

    def watch_upload(self, request: Request, total: int | None) -> BodyWatch | None:
        """What is told of the body of a request; None: nobody asked for that.

        Args:
            request: its head.
            total: bytes of the body; None: not known.

        """
        return self.uploads.begin(request, total) if _UPLOAD in request.query_string else None

    @property
    def _relays(self) -> ProxyService:
        return self._proxied

    def bind_upload_progress(self, path: str) -> None:
        """Tell pages how far their uploads are, as the server sees it.

        An upload to any address with ``?upload=NAME`` is followed by ``new EventSource(path +
        "?upload=NAME")``: messages are JSON, with ``state`` ("receiving", "received" or "failed"),
        ``received`` and ``total`` in bytes. The page makes up the name, 16 to 128 letters, digits,
        "-" and "_" that nobody guesses.

        Args:
            path: where the events are.

        """
        from .handlers.upload_progress import UploadEvents

        self.add_target("GET", path, 0, UploadEvents(self.uploads))

    # -- registration ------------------------------------------------------------------------------

    def add_target(
        self,
        method: str,
        mask: str,
        argc: int | None,
        handler: Handler,
        *,
        cost: float = 0.0,
        body_limit: int | None = None,
        yields: bool = False,
        tells_refusal: bool = False,
        takes_files: bool = False,
    ) -> Route:
        """Register a handler that works on requests and responses themselves.

        Args:
            method: the request method; GET answers HEAD too.
            mask: the path, see ``routing``.
            argc: number of path segments after it; None: any.
            handler: answers the request; may raise any exception of ``errors``.
            cost: seconds it is expected to take; ``inf``: it waits for another thread.
            body_limit: largest body in bytes, 0: none; None: ``settings.max_body_size``.
            yields: equal routes have precedence, whenever they are registered.
            tells_refusal: it tells who was refused, see ``middleware.gate``.
            takes_files: ``body_limit`` is at least what a form with the largest file needs.

        Raises:
            ConfigurationError: the mask or argc cannot work.

        """
        limit = self.settings.max_body_size if body_limit is None else body_limit
        pattern = Pattern(mask)
        route = Route(
            "target",
            method,
            pattern,
            argc,
            handler,
            body_limit=limit,
            cost=cost,
            yields=yields,
            tells_refusal=tells_refusal,
        )
        if takes_files:
            route.body_limit = max(limit, self._form_limits.room)
            self._forms.append(route)
        self._router.add(route)
        return route

    def add_direct_target(self, kind: str, method: str, path: str, handler: Handler) -> None:
        """Register a handler of the server itself, before which no middleware stands.

        Args:
            kind: names it, for the log.
            method: the request method; GET answers HEAD too.
            path: the whole path, see ``routing``.
            handler: answers the request; may raise any exception of ``errors``.

        Raises:
            ConfigurationError: the path cannot work.

        """
        self._router.add(DirectRoute(kind, method, Pattern(path), 0, handler))

    def slow_routes(self) -> list[Route]:
        """The routes whose latest requests were slow, the slowest first; see ``Target.cost``."""
        found = [route for route in self._router.routes() if 0.0 < route.cost < math.inf]
        return sorted(found, key=lambda route: -route.cost)

    def _add_endpoint(
        self, kind: str, method: str, mask: str, argc: int | None, fun: Callable[..., Any]
    ) -> None:
        from .handlers.endpoints import Endpoint  # a server of apps has none

        pattern = Pattern(mask)
        if argc is None:
            argc = self._planned_argc.get(pattern.parts)
        check_endpoint(fun)
        fun = self._blocks.wrap(fun)
        handler = Endpoint(
            kind,
            method,
            pattern,
            argc,
            fun,
            self._cache,
            lambda: self._form_limits,
            self.check_site,
        )
        limit = self.settings.max_body_size
        if self._form_limits.file > self.settings.max_file_size:  # set on purpose
            limit = max(limit, self._form_limits.room)
        route = Route(kind, method, pattern, argc, handler, body_limit=limit)
        self._forms.append(route)
        self._router.add(route)

    def set_file_argc(self, mask: str, argc: int | None) -> None:
        check_argc(mask, argc)
        from .handlers.endpoints import Endpoint

        pattern = Pattern(mask)
        self._planned_argc[pattern.parts] = argc
        for route in self._router.set_argc(pattern, argc):
            if isinstance(route.handler, Endpoint):
                route.handler.set_argc(argc)

    def middlewares(self, *functions: MiddlewareF) -> AbstractContextManager[None]:
        return self._blocks.opened(functions)

    def add_pre_middleware(self, fun: PreMiddlewareF) -> None:
        self._pre = (*self._pre, fun)
        self._fold()

    def before(self, fun: B) -> B:
        self._before = (*self._before, fun)
        self._fold()
        return fun

    def set_finder(self, finder: Finder) -> None:
        """Ask ``finder`` where a request goes that no route is for, before proxies and files.

        Raises:
            ConfigurationError: there is one already.

        """
        if self._finder is not None:
            raise ConfigurationError("this application has a finder already")
        self._finder = finder

    def add_middleware(
        self, middleware: Middleware, prepare: Callable[[Request], object] | None = None
    ) -> None:
        """Wrap every request, inside of the middleware added before.

        Middleware sees the answers to failed requests too; what it raises itself is answered the
        same way.

        Args:
            middleware: wraps a handler.
            prepare: gives a request what ``before`` needs of this middleware, which a request with
                a body passes later; must not fail. None: nothing.

        """
        self._middleware = (*self._middleware, middleware)
        if prepare is not None:
            self._prepare = (*self._prepare, prepare)
        self._fold()

    def _fold(self) -> None:
        innermost: Handler = self._dispatch
        if self._pre or self._before:  # what they raise is an answer that the middleware sees
            from .handlers.endpoints import Endpoint

            text = Endpoint("text", "GET", Pattern("/"), 0, _never, self._cache)
            pre = pre_layer(self._pre) if self._pre else None
            from .middleware.gate import Gate

            self._gate = Gate(self._before, pre, text.respond, self._errors.answer)
            innermost = self._gate(self._dispatch)
            self.admission = self._admit
        self._folded = fold(self._middleware, innermost)

    # -- requests ----------------------------------------------------------------------------------

    def target(self, request: Request) -> Target:
        """Where a request goes; found once, without a look at the file system."""
        routed = request.routed
        if routed is None:
            if self._proxies is not None:
                self._proxies.believe(request)
            route = self._router.exact(request.method, request.raw_path)
            if self._hosts is not None and not self._hosts.allows(request):
                routed = self._misdirected
                if route is not None and route.handler == self._health.answer:
                    routed = route  # a prober knows an address only
            else:
                routed = route or self._search(request)
            request.routed = routed
        return routed

    def _search(self, request: Request) -> Target:
        """Where a request goes whose path is not that of a route as it stands."""
        match = self._router.match(request.method, request.raw_path)
        if match is not None:
            request.segments = match.segments
            return match.route
        if self._cross_origin is not None and is_preflight(request):
            return self._preflight
        return (
            (self._finder and self._finder.find(request))
            or self._proxied.find(request.raw_path)
            or self._files.folders.first_binding(request.raw_path)
            or self._nowhere
        )

    def _admit(self, request: Request) -> bool:
        """What ``admission`` is while there is somebody to ask."""
        gate = self._gate
        if gate is None or isinstance(request.routed, DirectRoute):
            return True
        for prepare in self._prepare:
            prepare(request)
        if self._watches_slow:
            with self._slow.watch(request):
                return gate.admit(request)
        return gate.admit(request)

    def handle(self, request: Request) -> HTTPResponse:
        """The answer to a request; never raises an ``Exception``."""
        routed = request.routed or self.target(request)
        if isinstance(routed, DirectRoute):
            handler = routed.handler
        elif self._folded is not None:
            handler = self._folded
        elif isinstance(routed, Route):
            handler = routed.handler
        else:
            handler = self._handle_unrouted
        if self._watches_slow:
            with self._slow.watch(request):
                response = self._errors.answer(handler, request)
        else:
            try:
                response = handler(request)
            except Exception as error:  # noqa: BLE001 as in ``answer``, without one more call
                response = self._errors.page(request, error)
        if request.response_headers:
            _add_sent_headers(response, request.response_headers)
        if self._cross_origin is not None:
            self._cross_origin.mark(request, response)
        if self._compress is not None:
            self._compress(request, response)
        return response

    def drain(self, limit: float) -> None:
        """The server stops: wait for no other server that is silent, and for none after ``limit``.

        Args:
            limit: seconds.

        """
        self._health.stopping = True
        self._proxied.drain(limit)

    def close(self) -> None:
        """End what runs in the background; again is harmless."""
        self._end_slow_reports()
        self._proxied.close()
        if self._finder is not None:
            self._finder.close()

    def _dispatch(self, request: Request) -> HTTPResponse:
        routed = request.routed
        handler = routed.handler if isinstance(routed, Route) else self._handle_unrouted
        try:
            return handler(request)
        except Exception as error:  # noqa: BLE001 as in ``answer``, without one more call
            return self._errors.page(request, error)

    def _handle_unrouted(self, request: Request) -> HTTPResponse:
        """A file, what another server answers, the methods that would do, or nothing."""
        reads = request.method in _FILE_METHODS
        if reads:
            response = self._files.static.respond(request)
            if response is not None:
                return response
        if request.raw_path == "*" and request.method == "OPTIONS":
            return HTTPResponse(204)  # about the server as such (RFC 9110 section 9.3.7)
        methods = self._router.allowed(request.raw_path)
        if self._finder is not None:
            methods |= self._finder.allowed(request.raw_path)
        mount = self._proxied.as_mount(request.routed)
        if mount is not None:
            if methods and request.method == "OPTIONS":
                return HTTPResponse(204, [("Allow", ", ".join(sorted(PROXY_METHODS)))])
            return mount.handle(request)
        if request.routed is self._preflight and self._proxied.find(request.raw_path) is not None:
            methods |= PROXY_METHODS
        if not reads and self._files.static.exists(request.raw_path):
            methods |= _FILE_METHODS
        if not methods:
            if reads:
                return self._files.last_resort(request)
            raise HTTPError(404, "File not found")
        allowed = sorted(methods | {"OPTIONS"})
        if request.method == "OPTIONS":
            return HTTPResponse(204, [("Allow", ", ".join(allowed))])
        raise MethodNotAllowed(allowed)


def _never(request: Request, args: Any) -> None:
    """The function of an endpoint that is asked for nothing but to make answers."""


def _add_sent_headers(response: HTTPResponse, fields: Sequence[tuple[str, str]]) -> None:
    """Fields set on the request replace those of the same name; cookies add up."""
    names = {name.lower() for name, _ in fields} - {"set-cookie"}
    kept = [field for field in response.headers if field[0].lower() not in names]
    for name, value in fields:
        lower = name.lower()
        if lower == "connection":
            response.close = response.close or "close" in value.lower()
        elif lower not in _TRANSPORT_FIELDS:
            kept.append((name, value))
    response.headers = kept
