"""The server: joins the application, the transports and the process around them."""

from __future__ import annotations

import http.server
import socket
import ssl
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from .app import App
from .job_methods import JobMethods, WorkerConstructor
from .later import made
from .life_methods import LifeMethods
from .loading import loading
from .logs import MessageLog, default_log
from .middleware.hosts import loopback_hosts
from .mirror_methods import MirrorMethods
from .of_app import OfApp
from .process.listening import listening
from .proxy_methods import ProxyMethods, ProxyService
from .registrar import B, Registrar
from .script_methods import ScriptMethods
from .server_sessions import ServerSessions
from .settings import Settings, settings_or_default
from .tls_methods import TlsMethods
from .token_methods import TokenMethods
from .topic_methods import TopicMethods
from .transports.late_channels import LateChannels
from .transports.threaded import HttpTransport

if TYPE_CHECKING:
    from .file_service import FileService
    from .interfaces import Store
    from .jobs.running_job import ExecutorChoice
    from .stores.providers import Provider
    from .stores.token_handler import TokenHandler
    from .type_names import MiddlewareF, PreMiddlewareF, ThreadFactory


class QuickServer(
    Registrar,
    ScriptMethods,
    MirrorMethods,
    ProxyMethods,
    TokenMethods,
    TopicMethods,
    ServerSessions,
    TlsMethods,
    JobMethods,
    LifeMethods,
):
    """A threaded HTTP server with routes, folders, htag apps and a command prompt.

    Every method may be called on any thread unless it says otherwise. Attributes may be set at any
    time.

    Args:
        server_address: ``(host, port)``; host "" is localhost, "0.0.0.0" every interface; port 0
            takes a free one, see ``server_address`` and ``url``. None: it has no address of its
            own, and another server calls its ``wsgi`` or ``asgi``.
        parallel: False runs one request at a time, for code that is not thread-safe; GUI sessions
            have their own threads all the same.
        thread_factory: makes the threads that run endpoints, called with ``target``, ``args``,
            ``name`` and ``daemon`` by keyword; None: ``threading.Thread``.
        token_handler: a store of tokens, see ``stores.token_handler``; None: in ``store``,
            or in memory, where tokens may hold any object.
        worker_constructor: makes what keeps the jobs of an endpoint, see ``BaseWorker``; None:
            ``DefaultWorker``.
        soft_worker_death: ``progress`` does not end stopped jobs, see ``is_worker_alive``.
        executor: what runs jobs, see ``JobMethods``; None: threads.
        settings: limits and timeouts; None: the defaults.
        log: where messages go; None: the log that ``msg`` uses.
        ssl_context: makes it an HTTPS server, with the context of a server.
        certfile: makes it an HTTPS server: PEM file with the certificate and those between.
        keyfile: PEM file with its private key; None: it is in ``certfile``.
        store: where data is kept, see ``stores``; None: in memory. It is not closed with the
            server, which may not be the only one that uses it.
        sesprovider: the store by a name of htagweb, see ``stores.providers``; without ``store``.
        workers: how many processes serve, with a supervisor that starts them, see
            ``docs/workers.rst``; None: this one, without a supervisor.

    Attributes:
        app: the application: everything that answers, without a socket.
        settings: limits and timeouts.
        sessions: the sessions of all visitors.
        store: where data is kept; for data of your own too, with keys that begin with "own:".
        guis: the live instances of htag apps.
        topics: who listens to what, see ``publish`` and ``subscribe``.
        commands: what can be typed at the prompt.
        prompt: text before each line of the prompt.
        history_file: where the prompt keeps its history, with a terminal; "" keeps none.
        no_command_loop: True: read nothing from standard input.
        shutdown_latency: seconds within which ``handle_request`` notices ``done``.

    Raises:
        OSError: the address cannot be bound.
        ConfigurationError: it is no address, the certificate cannot be used, or ``settings`` is
            something else.

    """

    object_path = "/objects/"  # of quick_server 0.7: scripts that set it still run

    cache = OfApp[Any]()
    gzip = OfApp[bool]()
    max_age = OfApp[int]()
    max_file_size = OfApp[int]()
    report_slow_requests = OfApp[Any]()
    debug = OfApp[bool]()
    health = OfApp[Any]()
    cross_origin = OfApp[Any]()
    allowed_hosts = OfApp[Any]()
    trusted_proxies = OfApp[Any]()
    refuse_cross_site = OfApp[bool]()
    security_headers = OfApp[Any]()

    def __init__(
        self,
        server_address: tuple[str, int] | None,
        parallel: bool = True,
        thread_factory: ThreadFactory | None = None,
        token_handler: TokenHandler | None = None,
        worker_constructor: WorkerConstructor | None = None,
        soft_worker_death: bool = False,
        *,
        executor: ExecutorChoice = None,
        settings: Settings | None = None,
        log: MessageLog | None = None,
        ssl_context: ssl.SSLContext | None = None,
        certfile: str | None = None,
        keyfile: str | None = None,
        store: Store | None = None,
        sesprovider: Provider | None = None,
        workers: int | None = None,
    ) -> None:
        self.settings = settings_or_default(settings)
        self.log = default_log() if log is None else log
        self._set_up_workers(workers, bound=server_address is not None)
        self._set_up_tls(ssl_context, certfile, keyfile)
        self.parallel = parallel
        self.prompt = "> "
        self.history_file = ".cmd_history"
        self.no_command_loop = False
        self.shutdown_latency = 0.1
        self._set_up_store(store, sesprovider)
        self._token_handler = token_handler
        self._set_up_monitor()
        self._set_up_reload()
        self._set_up_life()
        self.app = App(self.settings, self.log)
        self._set_up_sessions()
        self._set_up_guis()
        self._set_up_jobs(thread_factory, worker_constructor, soft_worker_death, executor)
        self._set_up_sockets(thread_factory, self._start_runner)
        bound = server_address is not None
        host, port = self._requested_address = self._checked_address(server_address)
        if ":" in host:
            self.address_family = socket.AF_INET6
        self.request_queue_size = self.settings.backlog
        super().__init__((host or "127.0.0.1", port), http.server.BaseHTTPRequestHandler, bound)
        if not bound:
            self._stay_unbound()
            return
        listening().register(self, self._requested_address)
        self.allowed_hosts = loopback_hosts(str(self.server_address[0]), host)
        self._transport = HttpTransport(
            self.socket,
            self.app,
            self.settings,
            self.log,
            channels=LateChannels(lambda: self._sidecar, lambda: made(self, "_sidecar")),
            observer=self._access_log,
            server=self,
            parallel=parallel,
            thread_factory=thread_factory,
            tls=self._certificates,
            watch_body=self.app.watch_upload,
            shares=self._shares(),
        )

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

    def bind_upload_progress(self, path: str) -> None:
        self.app.bind_upload_progress(path)

    def add_pre_middleware(self, fun: PreMiddlewareF) -> None:
        self.app.add_pre_middleware(fun)

    def before(self, fun: B) -> B:
        return self.app.before(fun)

    @property
    def _files(self) -> FileService:
        return self.app._files

    @property
    def _relays(self) -> ProxyService:
        return self.app._relays

    def set_common_invalid_paths(self, paths: Iterable[str]) -> None:
        super().set_common_invalid_paths(paths)
        self._access_log.invalid_paths = self._files.common_invalid_paths


def create_server(
    server_address: tuple[str, int] | None,
    parallel: bool = True,
    thread_factory: ThreadFactory | None = None,
    token_handler: TokenHandler | None = None,
    worker_constructor: WorkerConstructor | None = None,
    soft_worker_death: bool = False,
    *,
    executor: ExecutorChoice = None,
    settings: Settings | None = None,
    log: MessageLog | None = None,
    ssl_context: ssl.SSLContext | None = None,
    certfile: str | None = None,
    keyfile: str | None = None,
    store: Store | None = None,
    sesprovider: Provider | None = None,
    workers: int | None = None,
) -> QuickServer:
    """A server bound to an address, or to none; see ``QuickServer`` for the arguments.

    Raises:
        OSError: the address cannot be bound.
        ConfigurationError: it is no address, the certificate cannot be used, or ``settings`` is
            something else.

    """
    with loading():
        return QuickServer(
            server_address,
            parallel,
            thread_factory,
            token_handler,
            worker_constructor,
            soft_worker_death,
            executor=executor,
            settings=settings,
            log=log,
            ssl_context=ssl_context,
            certfile=certfile,
            keyfile=keyfile,
            store=store,
            sesprovider=sesprovider,
            workers=workers,
        )
