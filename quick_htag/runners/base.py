"""What all runners share: a server that is made when it is needed, apps, and routes.

A runner is told its address late, by ``run``, so the server behind it is made late too. What was
added before, routes for instance, is kept until then.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import partial
from operator import itemgetter
from typing import Any, TypeVar

from ..assets import classic_bundle
from ..engines.detect import load_engine, resolve_app
from ..errors import ConfigurationError
from ..handlers.gui import GuiMount
from ..interfaces import Store
from ..log_text import format_address
from ..middleware.sessions import current_session
from ..process.shutdown import stop_signals
from ..server import QuickServer, create_server
from ..stores.providers import Provider, SiblingDict, store_of
from .async_calls import AsyncCalls, off_the_loop
from .hosting import HostedRunner, in_gunicorn, several_processes
from .routes import PageRoute, PageRoutes, page_route
from .values import PageResponse

MOUNTS_KEPT = 256  # apps opened by routes, whose paths may be any number

F = TypeVar("F", bound=Callable[..., Any])


class HtagRunner(HostedRunner):
    """Base of the runners: hosts htag apps on a ``QuickServer``.

    Every method may be called on any thread, but ``run`` wants to be called on one that may wait.
    A runner is also a context manager: ``with`` starts it and closes it at the end.

    Args:
        app: bound at "/": an app class, a module with an ``App``, or the name of one; None: none.
        host: address to listen at.
        port: to listen at; 0 takes a free one.
        debug: tell pages and clients the traceback of errors.
        options: for ``bind_htag``, of ``app`` and of the apps that routes open.
        server_options: for ``create_server``.
        provider: where sessions are kept, see ``stores.providers``; None: in memory.

    Attributes:
        host: address to listen at.
        port: to listen at.
        options: for ``bind_htag``, of all apps.

    """

    def __init__(
        self,
        app: Any,
        host: str,
        port: int,
        *,
        debug: bool = False,
        options: dict[str, Any] | None = None,
        server_options: dict[str, Any] | None = None,
        provider: Provider | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.options = dict(options or {})
        self._app = app
        self._debug = debug
        self._server_options = dict(server_options or {})
        self._lock = threading.RLock()  # guards the five below
        self._provider = provider
        self._own_store: Store | None = None  # made for us, so closed by us
        self._server: QuickServer | None = None
        self._processes = False  # the host may have other processes like this one
        self._pages: PageRoutes | None = None
        self._mounts: OrderedDict[Any, GuiMount] = OrderedDict()  # the latest last
        self._waiting: list[PageRoute] = []  # routes added before there is a server
        if app is not None:
            resolve_app(load_engine(), app)  # else only ``run`` would tell that it is none
        if in_gunicorn():
            self._hear_of_end()

    # -- the server behind it ----------------------------------------------------------------------

    @property
    def server(self) -> QuickServer:
        """The server, made at ``host`` and ``port`` on first use.

        Raises:
            OSError: the address cannot be used.

        """
        with self._lock:
            if self._server is None:
                return self._make_server((self.host, self.port))
            return self._server

    def _hear_of_end(self) -> None:
        """Hear of the end of gunicorn, before it waits for what pages keep open.

        Its worker loads a runner on the main thread, which alone may watch signals, and calls it on
        others, which make the server.
        """
        from ..process.host_signals import HostSignals

        HostSignals(self._end_guests).watch()

    def _end_guests(self) -> None:
        if self._server is not None:
            self._server._hosted.end_guests()

    def _host_server(self) -> QuickServer:
        if self._server is not None:  # one look is enough: each request asks
            return self._server
        with self._lock:
            if self._server is None:
                if self._provider is None and several_processes():
                    self._provider = SiblingDict
                    self._processes = True
                self._make_server(None)
            return self.server

    @property
    def url(self) -> str:
        """The address for a browser on this machine."""
        return self.server.url

    def _make_server(self, address: tuple[str, int] | None) -> QuickServer:
        if self._provider is not None:
            store = self._server_options["store"] = store_of(self._provider)
            self._own_store = None if store is self._provider else store
        try:
            server = create_server(address, **self._server_options)
            try:
                pages = self._furnish(server)
            except BaseException:
                server.server_close()
                raise
        except BaseException:
            self._close_store()
            raise
        self._server, self._pages = server, pages
        return server

    def _furnish(self, server: QuickServer) -> PageRoutes:
        """Give a new server what the runner was told."""
        server.no_command_loop = True  # runners never had a prompt
        server.debug = self._debug
        self._prepare(server)
        calls = AsyncCalls(server._start_runner)
        stranger = partial(_mount_of_nobody, server)
        pages = PageRoutes(self, server.settings, server.guis, calls, stranger)
        server.app.set_finder(pages)
        if self._app is not None:
            app = resolve_app(load_engine(), self._app)
            options = _fitting(app, self.options)
            if self._processes and _in_processes(app, options):
                options["isolation"] = "process"  # in which all workers find it
            server.bind_htag("/", app, **options)
        for route in self._waiting:
            pages.add(route)
        return pages

    def _prepare(self, server: QuickServer) -> None:
        """What else a runner wants of a new server."""

    def _listen_at(self, host: str | None, port: int | None) -> None:
        """Take the address that ``run`` was given.

        Raises:
            ConfigurationError: the server was made for another one, or has ended.

        """
        if self._server is not None and self._server.done:
            raise ConfigurationError("this runner has served its time, make a new one")
        wanted = (self.host if host is None else host, self.port if port is None else port)
        if self._server is not None and wanted != (self.host, self.port):
            raise ConfigurationError(
                f"the server listens at {self._server.url} already, because .server was used "
                "before: give host= and port= to the constructor"
            )
        self.host, self.port = wanted

    def start(self, host: str | None = None, port: int | None = None) -> QuickServer:
        """Serve on threads of its own and return at once.

        Args:
            host: address to listen at; None: that of the constructor.
            port: to listen at; None: that of the constructor.

        Returns:
            the server, whose ``url`` tells where it is.

        """
        self._listen_at(host, port)
        self.server.start()
        return self.server

    def close(self) -> None:
        """Stop serving and release the port; again is harmless."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._close_store()

    def _close_store(self) -> None:
        if self._own_store is not None:
            self._own_store.close()

    def __enter__(self) -> Any:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} at {format_address(self.host, self.port)}>"

    # -- routes ------------------------------------------------------------------------------------

    def add_route(
        self,
        path: str,
        route: Callable[..., Any],
        methods: Iterable[str] | None = None,
        name: str | None = None,
    ) -> None:
        """Answer requests for a path with what ``route(request)`` gives.

        Args:
            path: may have parameters: ``{x}``, ``{x:int}``, ``{x:float}``, ``{x:uuid}`` and
                ``{x:path}``; of several paths that fit, the first added answers.
            route: gives text, which is a page, a dict or list, which is JSON, a response, or what
                ``handle`` gives; may be ``async``.
            methods: those it answers; None: GET and HEAD.
            name: for ``request.url_for``; None: that of the function.

        Raises:
            ConfigurationError: the path cannot work, or ``route`` is no function.

        """
        added = page_route(path, route, methods, name)
        with self._lock:
            self._waiting.append(added)
            if self._pages is not None:
                self._pages.add(added)

    def route(
        self, path: str, methods: Iterable[str] | None = None, name: str | None = None
    ) -> Callable[[F], F]:
        """``add_route`` as a decorator."""

        def register(function: F) -> F:
            self.add_route(path, function, methods, name)
            return function

        return register

    # -- apps in routes ----------------------------------------------------------------------------

    def _handle(
        self, request: Any, app: Any, options: dict[str, Any], *, anew: bool = False
    ) -> Any:
        """Open an app for a request.

        Args:
            request: what a route was given.
            app: the app, or its name.
            options: replace those of the runner.
            anew: end what the visitor has of this app at this path.

        """
        return off_the_loop(partial(self._open, request, app, {**self.options, **options}, anew))

    def _open(self, request: Any, app: Any, options: dict[str, Any], anew: bool) -> PageResponse:
        if options.get("isolation") == "process":
            raise ConfigurationError(
                'apps that routes open are on threads: isolation="process" is for the app the '
                "runner was given, and for bind_htag"
            )
        native = getattr(request, "native", request)
        found = resolve_app(load_engine(), app)
        # one handler may open several apps at one path: each has instances of its own
        path = native.decoded_path.rstrip("/")
        place = f"{path}/#{found.__module__}.{found.__qualname__}"
        mount = self._mount(place, found, _fitting(found, options))
        if anew and native.method == "GET":
            self.server.guis.reset(mount, current_session(native))
        return PageResponse(mount.page(native))

    def _mount(self, place: str, app: Any, options: dict[str, Any]) -> GuiMount:
        """The app at a place of its own; kept for a while, since it may watch its file."""
        key = (place, app, tuple(sorted(options.items(), key=itemgetter(0))))
        try:
            hash(key)
        except TypeError:  # a hook that cannot be a key
            return self.server._gui_mount(place, app, **options)
        with self._lock:
            mount = self._mounts.pop(key, None)
            if mount is None:
                mount = self.server._gui_mount(place, app, **options)
            self._mounts[key] = mount
            if len(self._mounts) > MOUNTS_KEPT:
                self._mounts.popitem(last=False)
            return mount

    # -- serving -----------------------------------------------------------------------------------

    def _serve(self, on_start: Callable[[str], object] | None = None) -> None:
        """Serve until told to stop, then release the port.

        Args:
            on_start: called with the address as soon as clients are accepted.

        """
        server = self.server
        try:
            with stop_signals(self._finish):  # from the announcement on
                server.start()
                self._announce(server.url)
                if on_start is not None:
                    on_start(server.url)
                server.serve_forever()
        finally:
            self.close()

    def _finish(self) -> None:
        self.server.done = True

    def _announce(self, url: str) -> None:
        self.server.log.message(f"{type(self).__name__} listens at {url}")


def _in_processes(app: Any, options: dict[str, Any]) -> bool:
    """Whether an app can live in a process of its own, which has to find it by its name."""
    here = ("isolation", "on_instance", "shared_session")
    findable = app.__module__ != "__main__" and "<" not in app.__qualname__
    return findable and not any(options.get(name) for name in here)


def _fitting(app: Any, options: dict[str, Any]) -> dict[str, Any]:
    """The options for one app: what is not in a module of its own cannot be loaded again.

    It is still built anew; so has htag 1 done it.
    """
    if app.__module__ == "__main__" or "<" in app.__qualname__:
        return {name: value for name, value in options.items() if name != "recreate_on_change"}
    return dict(options)


def _mount_of_nobody(server: QuickServer) -> GuiMount:
    """A mount without an app; it knows no page, and says so to each."""
    engine = load_engine()
    script = classic_bundle(engine.script)
    return GuiMount(
        "/",
        None,
        engine,
        server.guis,
        script,
        server.log,
        name="nobody",
        limits=lambda: server.app.form_limits,
    )
