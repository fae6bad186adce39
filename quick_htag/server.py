"""The server: joins the application, the transports and the process around them."""

from __future__ import annotations

import http.server
import os
import socket
import socketserver
import ssl
import sys
import threading
import weakref
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any, Generic, TypeVar, overload

from .access_log import AccessLog
from .app import App
from .assets import asset_path, classic_bundle
from .command_methods import CommandMethods
from .deadline import Deadline
from .engines.detect import load_engine, resolve_app
from .errors import ConfigurationError
from .file_methods import FileMethods, FileService
from .guis import GuiHost
from .handlers.gui import GuiMount
from .interfaces import Runner
from .logs import ERR_SOURCE_GUI, MessageLog, default_log
from .middleware.hosts import loopback_hosts
from .middleware.sessions import session_layer
from .process.commands import CommandTable
from .process.hooks import add_shutdown_hook
from .process.listening import listening
from .process.mirror import Mirrors
from .process.owner import Owner
from .process.prompt import Prompt
from .process.restart import request_restart, restart_requested
from .process.shutdown import stop_signals
from .proxy_methods import ProxyMethods, ProxyService
from .registrar import Registrar
from .session_commands import SessionCommands
from .settings import Settings
from .stores.sessions import Sessions
from .stores.tokens import TokenHandler, Tokens
from .tls_methods import TlsMethods
from .token_methods import TokenMethods
from .transports.loop_thread import LoopThread
from .transports.sidecar import Sidecar
from .transports.threaded import HttpTransport
from .type_names import MiddlewareF, PreMiddlewareF, ThreadFactory

T = TypeVar("T")

_WINDOWS = sys.platform == "win32"
_STOPS = (1001, "the server stops")  # close codes of websockets, RFC 6455 section 7.4.1 ...
_RESTARTS = (1012, "the server restarts")  # ... and its registry


class _OfApp(Generic[T]):
    """An attribute of the application that is set on the server."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name
        self.__doc__ = getattr(App, name).__doc__

    @overload
    def __get__(self, server: None, owner: type) -> _OfApp[T]: ...
    @overload
    def __get__(self, server: QuickServer, owner: type) -> T: ...
    def __get__(self, server: QuickServer | None, owner: type) -> T | _OfApp[T]:
        if server is None:
            return self
        value: T = getattr(server.app, self._name)
        return value

    def __set__(self, server: QuickServer, value: T) -> None:
        setattr(server.app, self._name, value)


class QuickServer(
    Registrar,
    CommandMethods,
    FileMethods,
    ProxyMethods,
    TokenMethods,
    TlsMethods,
    http.server.ThreadingHTTPServer,
):
    """A threaded HTTP server with routes, folders, htag apps and a command prompt.

    Every method may be called on any thread unless it says otherwise. Attributes may be set at any
    time.

    Args:
        server_address: ``(host, port)``; host "" is localhost, "0.0.0.0" every interface; port 0
            takes a free one, see ``server_address`` and ``url``.
        parallel: False runs one request at a time, for code that is not thread-safe; GUI sessions
            have their own threads all the same.
        thread_factory: makes the threads that run endpoints, called with ``target``, ``args``,
            ``name`` and ``daemon`` by keyword; None: ``threading.Thread``.
        token_handler: a store of tokens, see ``stores.tokens``; None: in memory.
        settings: limits and timeouts; None: the defaults.
        log: where messages go; None: the log that ``msg`` uses.
        ssl_context: makes it an HTTPS server, with the context of a server.
        certfile: makes it an HTTPS server: PEM file with the certificate and those between.
        keyfile: PEM file with its private key; None: it is in ``certfile``.

    Attributes:
        app: the application: everything that answers, without a socket.
        settings: limits and timeouts.
        sessions: the sessions of all visitors.
        guis: the live instances of htag apps.
        commands: what can be typed at the prompt.
        prompt: text before each line of the prompt.
        history_file: where the prompt keeps its history, with a terminal; "" keeps none.
        no_command_loop: True: read nothing from standard input.
        shutdown_latency: of quick_server; nothing polls here, so it has no effect.

    Raises:
        OSError: the address cannot be bound.
        ConfigurationError: the certificate cannot be used.

    """

    daemon_threads = True
    allow_reuse_address = not _WINDOWS  # there it would let another program take the port
    allow_reuse_port = False

    gzip = _OfApp[bool]()
    max_age = _OfApp[int]()
    max_file_size = _OfApp[int]()
    report_slow_requests = _OfApp[Any]()
    debug = _OfApp[bool]()
    cross_origin = _OfApp[Any]()
    allowed_hosts = _OfApp[Any]()
    trusted_proxies = _OfApp[Any]()

    def __init__(
        self,
        server_address: tuple[str, int],
        parallel: bool = True,
        thread_factory: ThreadFactory | None = None,
        token_handler: TokenHandler | None = None,
        *,
        settings: Settings | None = None,
        log: MessageLog | None = None,
        ssl_context: ssl.SSLContext | None = None,
        certfile: str | None = None,
        keyfile: str | None = None,
    ) -> None:
        self.settings = Settings() if settings is None else settings
        self.log = default_log() if log is None else log
        self._set_up_tls(ssl_context, certfile, keyfile)
        self.parallel = parallel
        self.prompt = "> "
        self.history_file = ".cmd_history"
        self.no_command_loop = False
        self.shutdown_latency = 0.1
        self.tokens = Tokens(token_handler, self.settings)
        self._access_log = AccessLog(self.log)
        self._mirrors = Mirrors(self.log)
        self._done = threading.Event()  # serve_forever is to return
        self._lock = threading.Lock()  # guards _stopping and _runners
        self._stopping = False
        self._stopped = threading.Event()  # every thread has ended, or was given up
        self._runners: weakref.WeakSet[LoopThread] = weakref.WeakSet()
        self.app = App(self.settings, self.log)
        self.sessions = Sessions(self.settings)
        self._sidecar = Sidecar(self.settings, self.log)
        self.guis = GuiHost(
            self.settings, self.log, self.sessions, self._start_runner, self._sidecar
        )
        self.app.add_middleware(session_layer(self.sessions, self._cookie_name))
        self.commands = CommandTable(self.log)
        host, port = self._requested_address = server_address[:2]
        if ":" in host:
            self.address_family = socket.AF_INET6
        self.request_queue_size = self.settings.backlog
        super().__init__((host or "127.0.0.1", port), http.server.BaseHTTPRequestHandler)
        listening().register(self, self._requested_address)
        self.allowed_hosts = loopback_hosts(str(self.server_address[0]), host)
        self._transport = HttpTransport(
            self.socket,
            self.app,
            self.settings,
            self.log,
            channels=self._sidecar,
            observer=self._access_log,
            server=self,
            parallel=parallel,
            thread_factory=thread_factory,
            tls=self._secured(),
        )

    # -- where it is -------------------------------------------------------------------------------

    def server_bind(self) -> None:
        """Bind the socket, or take the one that was kept for this address, see ``listening``.

        The inherited method asks the name service for our name, which may hang.
        """
        kept = listening().adopt(self._requested_address)
        if kept is not None:
            self.socket.close()
            self.socket, self.address_family = kept, kept.family
            self.server_address = kept.getsockname()
            self.log.message(f"takes over the socket at {self.server_address[:2]}")
        else:
            self._bind_new()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def _bind_new(self) -> None:
        exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
        if exclusive is not None:  # Windows: else another program may take the port as well
            self.socket.setsockopt(socket.SOL_SOCKET, exclusive, 1)
        socketserver.TCPServer.server_bind(self)

    @property
    def url(self) -> str:
        """The address for a browser on this machine, with a slash at its end."""
        host, port = str(self.server_address[0]), self.server_address[1]
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        host = f"[{host}]" if ":" in host else host
        return f"{self.scheme}://{host}:{port}/"

    def _cookie_name(self) -> str:
        # Cookies ignore ports (RFC 6265 section 8.5), and one machine may have several servers.
        return f"session_{self.server_port}"

    def __str__(self) -> str:
        kind = "parallel" if self.parallel else "serial"
        return f"{type(self).__name__}[{tuple(self.server_address[:2])!r} {kind}]"

    __repr__ = __str__

    # -- what it serves ----------------------------------------------------------------------------

    def _add_endpoint(
        self, kind: str, method: str, mask: str, argc: int | None, fun: Callable[..., Any]
    ) -> None:
        self.app._add_endpoint(kind, method, mask, argc, fun)

    def set_file_argc(self, mask: str, argc: int | None) -> None:
        self.app.set_file_argc(mask, argc)

    def middlewares(self, *functions: MiddlewareF) -> AbstractContextManager[None]:
        return self.app.middlewares(*functions)

    def add_pre_middleware(self, fun: PreMiddlewareF) -> None:
        self.app.add_pre_middleware(fun)

    @property
    def _files(self) -> FileService:
        return self.app._files

    @property
    def _relays(self) -> ProxyService:
        return self.app._relays

    def set_common_invalid_paths(self, paths: Iterable[str]) -> None:
        super().set_common_invalid_paths(paths)
        self._access_log.invalid_paths = self._files.common_invalid_paths

    def mirror_file(self, path_to: str, path_from: str, from_quick_server: bool = True) -> None:
        """Keep a copy of a file, as a link where the system has links; see ``process.mirror``.

        Args:
            path_to: where the copy is, relative to ``base_path``.
            path_from: the file, relative to ``base_path``.
            from_quick_server: ``path_from`` is the name of a script that comes with this package.

        Raises:
            ConfigurationError: it cannot be mirrored, or something else lies at ``path_to``.

        """
        source = asset_path(path_from) if from_quick_server else self._based(path_from)
        self._mirrors.add(self._based(path_to), source)

    def _based(self, path: str) -> str:
        return os.path.join(self.base_path, path)

    def bind_htag(self, path: str, app: Any, *, name: str = "") -> None:
        """Serve an htag app: each visitor gets an instance on a thread of its own.

        Args:
            path: where its page is, "/" for the root.
            app: an app class, a module with an ``App``, or the name of one: "package.module:App".
            name: of the app in the ``sessions`` command; empty: the name of its class.

        Raises:
            AppNotFound: ``app`` is no app of the installed htag.
            EngineMissing: htag is not installed.
            ConfigurationError: the path does not start with "/".

        """
        engine = load_engine()
        mount = GuiMount(
            path,
            resolve_app(engine, app),
            engine,
            self.guis,
            classic_bundle(engine.script),
            self.log,
            name=name,
            debug=lambda: self.debug,
        )
        for method, mask, argc, handler, cost in mount.targets():
            self.app.add_target(method, mask, argc, handler, cost=cost, body_limit=0)

    def _start_runner(self, name: str) -> Runner:
        def on_error(text: str, error: BaseException | None) -> None:
            self.log.error(ERR_SOURCE_GUI, text, error)

        runner = LoopThread(name, on_error)
        with self._lock:
            self._runners.add(runner)
        return runner

    # -- the request log ---------------------------------------------------------------------------

    @property
    def suppress_noise(self) -> bool:
        """Whether requests that went well, 101, 200 and 304, are left out of the log."""
        return self._access_log.suppress_noise

    @suppress_noise.setter
    def suppress_noise(self, value: bool) -> None:
        self._access_log.suppress_noise = value

    # -- life --------------------------------------------------------------------------------------

    @property
    def done(self) -> bool:
        """Whether the server stops or has stopped; set it to make ``serve_forever`` return."""
        return self._done.is_set()

    @done.setter
    def done(self, value: bool) -> None:
        if value:
            self._done.set()
        elif self._done.is_set():
            raise ConfigurationError(
                "a server that was stopped does not start again, make a new one"
            )

    def _finish(self) -> None:
        self._done.set()

    def _add_builtin_commands(self) -> None:
        self.commands.add_builtins(restart=self.restart, quit=self._finish)
        SessionCommands(self.guis, self.log).add_to(self.commands)

    def restart(self) -> None:
        """Stop, and start the program again when it ends; clients wait meanwhile."""
        request_restart(self.log)
        self._done.set()

    def register_shutdown(self) -> None:
        """Let a signal that ends the program set ``done``; see ``setup_shutdown``."""
        server = weakref.ref(self)

        def finish() -> None:
            found = server()
            if found is not None:
                found.done = True

        add_shutdown_hook(finish)

    def start(self) -> None:
        """Serve on threads of its own and return at once, without a prompt and signals."""
        self._transport.start()

    def serve_forever(self, poll_interval: float = 0.5) -> None:
        """Serve until ``quit``, CTRL-C, SIGTERM, ``done`` or ``shutdown``, then stop everything.

        Signals are handled when this is the main thread. ``poll_interval`` is not needed.
        """
        self._add_builtin_commands()
        prompt = Prompt(
            self.commands,
            self.log,
            prompt=lambda: self.prompt,
            history_file=lambda: self.history_file,
            finished=self._done.is_set,
            on_eof=self._no_more_commands,
            on_interrupt=self._finish,
        )
        owner = Owner()
        try:
            with stop_signals(self._finish, restore=prompt.restore_terminal):
                self.start()
                owner.begin()
                if not self.no_command_loop:
                    prompt.start()
                self._wait_until_done()
        finally:
            owner.end(restarting=restart_requested())
            prompt.stop()
            self.shutdown()

    def _wait_until_done(self) -> None:
        # A signal that comes at the very beginning of a wait is noticed at its end only, which
        # happens in the first moments if ever; and Windows never interrupts a wait for CTRL-C.
        pause = 0.05
        while not self._done.wait(pause):
            pause = min(pause * 2.0, 0.5 if _WINDOWS else 60.0)

    def _no_more_commands(self) -> None:
        self.no_command_loop = True

    def shutdown(self) -> None:
        """Stop: finish requests under way, end the GUIs, close every connection, end every thread.

        Safe to call twice and at any moment. Returns when the threads have ended, or have had
        ``settings.shutdown_timeout`` seconds; called on one of those threads, by an endpoint or an
        app say, it returns at once and the server stops meanwhile.
        """
        self._done.set()
        with self._lock:
            first, self._stopping = not self._stopping, True
            runners = list(self._runners)
        ours = self._transport.is_member() or any(one.is_current() for one in runners)
        if first and ours:
            threading.Thread(target=self._stop_all, name="quick_htag-stop", daemon=True).start()
        elif first:
            self._stop_all()
        elif not ours:
            self._stopped.wait(self.settings.shutdown_timeout * 2)

    def _stop_all(self) -> None:
        deadline = Deadline(self.settings.shutdown_timeout)
        restarting = restart_requested()
        reason = _RESTARTS if restarting else _STOPS
        self._transport.drain(self.settings.restart_grace if restarting else 0.0)
        if restarting:
            self.log.message("restart: finishes what has begun, new clients wait")
        else:
            self.socket.close()  # new clients are refused at once, and need not wait for that
        try:
            # The GUIs first: requests for their pages wait for them.
            self.guis.close(self.settings.shutdown_timeout, reason)
            self._sidecar.stop(max(deadline.remaining() or 0.0, 0.5), reason)
            if not self._transport.stop(max(deadline.remaining() or 0.0, 0.5)):
                self.log.message("some requests did not end in time and were left behind")
            self.app.close()
            self._mirrors.close()
        finally:
            self._stopped.set()

    def server_close(self) -> None:
        """Stop, if that has not happened, and release the port. Safe to call twice."""
        if hasattr(self, "_transport"):  # binding failed: there is nothing to stop
            self.shutdown()
            self._transport.stop(0.0)  # requests left behind may have ended by now
        super().server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection that was accepted elsewhere."""
        self.start()
        self._transport.adopt(request, client_address)


def create_server(
    server_address: tuple[str, int],
    parallel: bool = True,
    thread_factory: ThreadFactory | None = None,
    token_handler: TokenHandler | None = None,
    *,
    settings: Settings | None = None,
    log: MessageLog | None = None,
    ssl_context: ssl.SSLContext | None = None,
    certfile: str | None = None,
    keyfile: str | None = None,
) -> QuickServer:
    """A server bound to an address; see ``QuickServer`` for the arguments.

    Raises:
        OSError: the address cannot be bound.
        ConfigurationError: the certificate cannot be used.

    """
    return QuickServer(
        server_address,
        parallel,
        thread_factory,
        token_handler,
        settings=settings,
        log=log,
        ssl_context=ssl_context,
        certfile=certfile,
        keyfile=keyfile,
    )
