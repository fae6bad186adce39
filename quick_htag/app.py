"""The application: everything that answers requests, joined; no socket, no thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from .errors import HTTPError, MethodNotAllowed
from .folders import DEFAULT_WHITE_LIST, Folders
from .handlers.endpoints import Endpoint
from .handlers.static import StaticFiles
from .interfaces import Handler, Log, Middleware, Target
from .logs import default_log
from .messages.conditional import CacheControl
from .messages.request import Request
from .messages.response import HTTPResponse
from .middleware.chain import fold
from .middleware.error_pages import ErrorPages
from .middleware.slow import SlowRequests
from .registrar import Registrar
from .routing import Pattern, Route, Router
from .settings import Settings

EMPTY_ICON: Final = str(Path(__file__).with_name("data") / "favicon.ico")
_FILE_METHODS: Final = frozenset(("GET", "HEAD"))
_TRANSPORT_FIELDS: Final = frozenset(("content-length", "transfer-encoding", "date", "server"))


class App(Registrar):
    """Routes and folders, and the way of a request through them; implements ``Application``.

    Requests may be handled on any number of threads while routes are added on others.

    Args:
        settings: limits; ``max_body_size`` is the largest body an endpoint takes.
        log: gets errors and reports; None: the log that ``msg`` uses.

    """

    def __init__(self, settings: Settings | None = None, log: Log | None = None) -> None:
        self.settings = Settings() if settings is None else settings
        self.log: Log = default_log() if log is None else log
        self._cache = CacheControl()
        self._folders = Folders()
        self._static = StaticFiles(self._folders, self._cache)
        self._errors = ErrorPages(self.log)
        self._slow = SlowRequests(self.log)
        self._slow_setting: Any = False
        self._router = Router()
        self._nowhere = Route("unrouted", "GET", Pattern("/"), None, self._handle_unrouted)
        self._middleware: tuple[Middleware, ...] = ()
        self._folded: Handler | None = None  # None without middleware: nothing to pass through

    # -- settings that may change at any time ------------------------------------------------------

    @property
    def base_path(self) -> str:
        """The folder that relative paths of ``bind_path`` hang from."""
        return self._folders.base_path

    @base_path.setter
    def base_path(self, path: str) -> None:
        self._folders.base_path = str(Path(path).absolute())

    @property
    def favicon_everywhere(self) -> bool:
        """Whether any path that ends in ``favicon.ico`` finds the icon."""
        return self._static.favicon_everywhere

    @favicon_everywhere.setter
    def favicon_everywhere(self, value: bool) -> None:
        self._static.favicon_everywhere = value

    @property
    def favicon_fallback(self) -> str | None:
        """Path of the icon of last resort, relative to ``base_path``; None: there is none."""
        return self._static.favicon_fallback

    @favicon_fallback.setter
    def favicon_fallback(self, path: str | None) -> None:
        self._static.favicon_fallback = path

    @property
    def max_age(self) -> int:
        """Seconds for ``Cache-Control: max-age``."""
        return self._cache.max_age

    @max_age.setter
    def max_age(self, seconds: int) -> None:
        self._cache.max_age = seconds

    @property
    def report_slow_requests(self) -> Any:
        """False, True (after 5 seconds), a callable, or ``(seconds, callable)``."""
        return self._slow_setting

    @report_slow_requests.setter
    def report_slow_requests(self, setting: Any) -> None:
        self._slow.configure(setting)
        self._slow_setting = setting

    @property
    def debug(self) -> bool:
        """Whether error pages tell the traceback. Never on a server that strangers reach."""
        return self._errors.debug

    @debug.setter
    def debug(self, value: bool) -> None:
        self._errors.debug = value

    # -- registration ------------------------------------------------------------------------------

    def bind_path(self, name: str, folder: str) -> None:
        """Serve the files of a folder under a name.

        Args:
            name: the path it appears under, "/" at both ends.
            folder: a path, relative to ``base_path``.

        Raises:
            ConfigurationError: the name has not "/" at both ends.

        """
        self._folders.bind(name, folder)

    def add_file_patterns(self, patterns: Sequence[str], blacklist: bool) -> None:
        """Serve only (``blacklist=False``) or never (True) files that match one of the patterns.

        They are shell patterns, compared without case with the absolute path and with the name of
        a file. The black list outweighs the white list; without a white list all are served.
        """
        self._folders.add_patterns(patterns, blacklist)

    def add_default_white_list(self) -> None:
        """Serve only files of the types that web pages are usually made of."""
        self._folders.add_patterns(DEFAULT_WHITE_LIST, blacklist=False)

    def link_empty_favicon_fallback(self) -> None:
        """Give browsers a small icon where no folder has one."""
        self.favicon_fallback = EMPTY_ICON

    def add_target(
        self,
        method: str,
        mask: str,
        argc: int | None,
        handler: Handler,
        *,
        cost: float = 0.0,
        body_limit: int | None = None,
    ) -> Route:
        """Register a handler that works on requests and responses themselves.

        Args:
            method: the request method; GET answers HEAD too.
            mask: the path, see ``routing``.
            argc: number of path segments after it; None: any.
            handler: answers the request; may raise any exception of ``errors``.
            cost: seconds it is expected to take; ``inf``: it waits for another thread.
            body_limit: largest body in bytes, 0: none; None: ``settings.max_body_size``.

        Raises:
            ConfigurationError: the mask or argc cannot work.

        """
        limit = self.settings.max_body_size if body_limit is None else body_limit
        route = Route("target", method, Pattern(mask), argc, handler, body_limit=limit, cost=cost)
        self._router.add(route)
        return route

    def _add_endpoint(
        self, kind: str, method: str, mask: str, argc: int | None, fun: Callable[..., Any]
    ) -> None:
        pattern = Pattern(mask)
        handler = Endpoint(kind, method, pattern, argc, fun, self._cache)
        limit = self.settings.max_body_size
        self._router.add(Route(kind, method, pattern, argc, handler, body_limit=limit))

    def add_middleware(self, middleware: Middleware) -> None:
        """Wrap every request, inside of the middleware added before.

        Middleware sees the answers to failed requests too; what it raises itself is answered the
        same way.
        """
        self._middleware = (*self._middleware, middleware)
        self._folded = fold(self._middleware, self._dispatch)

    # -- requests ----------------------------------------------------------------------------------

    def target(self, request: Request) -> Target:
        """Where a request goes; found once, without a look at the file system."""
        routed = request.routed
        if routed is None:
            match = self._router.match(request.method, request.raw_path)
            if match is not None:
                routed, request.segments, _ = match
            else:
                routed = self._folders.first_binding(request.raw_path) or self._nowhere
            request.routed = routed
        return routed

    def handle(self, request: Request) -> HTTPResponse:
        """The answer to a request; never raises an ``Exception``."""
        routed = request.routed or self.target(request)
        if self._folded is not None:
            handler = self._folded
        elif isinstance(routed, Route):
            handler = routed.handler
        else:
            handler = self._handle_unrouted
        if self._slow.enabled:
            with self._slow.watch(request):
                response = self._errors.answer(handler, request)
        else:
            response = self._errors.answer(handler, request)
        if request.response_headers:
            _add_sent_headers(response, request.response_headers)
        return response

    def close(self) -> None:
        """End what runs in the background; again is harmless."""
        self._slow.close()

    def _dispatch(self, request: Request) -> HTTPResponse:
        routed = request.routed
        handler = routed.handler if isinstance(routed, Route) else self._handle_unrouted
        return self._errors.answer(handler, request)

    def _handle_unrouted(self, request: Request) -> HTTPResponse:
        """A file, the methods that would do, or nothing."""
        reads = request.method in _FILE_METHODS
        if reads:
            response = self._static.respond(request)
            if response is not None:
                return response
        if request.raw_path == "*" and request.method == "OPTIONS":
            return HTTPResponse(204)  # about the server as such (RFC 9110 section 9.3.7)
        methods = self._router.allowed(request.raw_path)
        if not reads and self._static.exists(request.raw_path):
            methods |= _FILE_METHODS
        if not methods:
            raise HTTPError(404, "File not found")
        allowed = sorted(methods | {"OPTIONS"})
        if request.method == "OPTIONS":
            return HTTPResponse(204, [("Allow", ", ".join(allowed))])
        raise MethodNotAllowed(allowed)


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
