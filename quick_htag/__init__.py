"""A threaded server for JSON endpoints, files and live htag apps on one port.

A name is imported when it is first used (PEP 562), with what it needs and nothing else: a server of
endpoints never loads what htag apps, jobs or proxies need. ``from quick_htag import *`` loads all.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .loading import loading as _loading
from .process.beginning import INHERITS as _INHERITS
from .version import __version__

if TYPE_CHECKING:
    from .app import App
    from .client import worker_request
    from .deadline import get_time
    from .engines.downloads import download
    from .engines.followed_uploads import follow_upload
    from .engines.from_threads import changing, push
    from .errors import (
        AppFailed,
        AppNotFound,
        BodyRefused,
        ConfigurationError,
        ConnectionClosed,
        EngineMissing,
        GuiError,
        HTTPError,
        JobFailed,
        MethodNotAllowed,
        NoCapacity,
        NotStorable,
        PreventDefaultResponse,
        ProtocolError,
        QuickHtagError,
        SendTimeout,
        StoreBusy,
        StoreError,
        StoreUnavailable,
        WorkerDeath,
        WorkerError,
    )
    from .handlers.results import Response
    from .interfaces import Store
    from .jobs.base_worker import BaseWorker
    from .jobs.context import check, get_worker_check, is_worker_alive, progress
    from .jobs.default_worker import DefaultWorker
    from .jobs.disk_cache import DiskCache
    from .jobs.process_executor import ProcessExecutor
    from .logs import (
        ERR_SOURCE_BROWSER,
        ERR_SOURCE_COMMAND,
        ERR_SOURCE_GENERAL_QS,
        ERR_SOURCE_GUI,
        ERR_SOURCE_REQUEST,
        ERR_SOURCE_RESTART,
        ERR_SOURCE_WORKER,
        LONG_MSG,
        MSG_STDERR,
        ErrHandler,
        MessageLog,
        debug,
        msg,
        set_global_error_handler,
        set_log_file,
        set_long_msg,
        set_msg_stderr,
    )
    from .messages.json_text import json_dumps
    from .messages.multipart_response import MultipartResponse
    from .messages.request import Request
    from .messages.request import Request as QuickServerRequestHandler
    from .messages.server_sent_event import ServerSentEvent
    from .middleware.user import ReqNext
    from .monitor.rows import JobRow, SessionRow, TokenRow
    from .monitor.status import Status
    from .process.hooks import add_shutdown_hook, setup_shutdown
    from .process.restart import (
        get_exec_arr,
        has_been_restarted,
        is_original,
        set_error_exit_code,
        set_restart_exit_code,
        set_restart_file,
        setup_restart,
    )
    from .process.watched import setup_reload
    from .runners import (
        AppServer,
        ChromeApp,
        HtagServer,
        Runner,
        SimpleServer,
        WebApp,
        WebServer,
        WebServerWS,
    )
    from .server import QuickServer, create_server
    from .settings import Settings
    from .sockets.websocket import AsyncWebSocket, WebSocket
    from .stores.memory import MemoryStore
    from .stores.providers import FileDict, FilePersistentDict, MemDict, store_of
    from .stores.redis import RedisStore
    from .stores.session import Session
    from .stores.sqlite import SQLiteStore
    from .stores.token_handler import TokenHandler
    from .stores.token_memory import DefaultTokenHandler
    from .type_names import (
        AnyStrResponse,
        BeforeF,
        CacheIdObj,
        CmdCompleteF,
        CmdF,
        CmdState,
        EventArgs,
        MiddlewareF,
        PostFileLens,
        PreMiddlewareF,
        PrintF,
        ReqArgs,
        ReqF,
        SocketArgs,
        ThreadFactory,
        TokenObj,
        WorkerArgs,
        WorkerF,
        WorkerResponse,
        WorkerTask,
        WorkerThreadFactory,
    )
    from .uploads import UploadProgress

__all__ = [
    "ERR_SOURCE_BROWSER",
    "ERR_SOURCE_COMMAND",
    "ERR_SOURCE_GENERAL_QS",
    "ERR_SOURCE_GUI",
    "ERR_SOURCE_REQUEST",
    "ERR_SOURCE_RESTART",
    "ERR_SOURCE_WORKER",
    "LONG_MSG",
    "MSG_STDERR",
    "AnyStrResponse",
    "App",
    "AppFailed",
    "AppNotFound",
    "AppServer",
    "AsyncWebSocket",
    "BaseWorker",
    "BeforeF",
    "BodyRefused",
    "CacheIdObj",
    "ChromeApp",
    "CmdCompleteF",
    "CmdF",
    "CmdState",
    "ConfigurationError",
    "ConnectionClosed",
    "DefaultTokenHandler",
    "DefaultWorker",
    "DiskCache",
    "EngineMissing",
    "ErrHandler",
    "EventArgs",
    "FileDict",
    "FilePersistentDict",
    "GuiError",
    "HTTPError",
    "HtagServer",
    "JobFailed",
    "JobRow",
    "MemDict",
    "MemoryStore",
    "MessageLog",
    "MethodNotAllowed",
    "MiddlewareF",
    "MultipartResponse",
    "NoCapacity",
    "NotStorable",
    "PostFileLens",
    "PreMiddlewareF",
    "PreventDefaultResponse",
    "PrintF",
    "ProcessExecutor",
    "ProtocolError",
    "QuickHtagError",
    "QuickServer",
    "QuickServerRequestHandler",
    "RedisStore",
    "ReqArgs",
    "ReqF",
    "ReqNext",
    "Request",
    "Response",
    "Runner",
    "SQLiteStore",
    "SendTimeout",
    "ServerSentEvent",
    "Session",
    "SessionRow",
    "Settings",
    "SimpleServer",
    "SocketArgs",
    "Status",
    "Store",
    "StoreBusy",
    "StoreError",
    "StoreUnavailable",
    "ThreadFactory",
    "TokenHandler",
    "TokenObj",
    "TokenRow",
    "UploadProgress",
    "WebApp",
    "WebServer",
    "WebServerWS",
    "WebSocket",
    "WorkerArgs",
    "WorkerDeath",
    "WorkerError",
    "WorkerF",
    "WorkerResponse",
    "WorkerTask",
    "WorkerThreadFactory",
    "__version__",
    "add_shutdown_hook",
    "changing",
    "check",
    "create_server",
    "debug",
    "download",
    "follow_upload",
    "get_exec_arr",
    "get_time",
    "get_worker_check",
    "has_been_restarted",
    "is_original",
    "is_worker_alive",
    "json_dumps",
    "msg",
    "progress",
    "push",
    "set_error_exit_code",
    "set_global_error_handler",
    "set_log_file",
    "set_long_msg",
    "set_msg_stderr",
    "set_restart_exit_code",
    "set_restart_file",
    "setup_reload",
    "setup_restart",
    "setup_shutdown",
    "store_of",
    "worker_request",
]

# where the names are; the imports above say the same to type checkers, and a test compares them
_NAMES = {
    "app": "App",
    "client": "worker_request",
    "deadline": "get_time",
    "engines.downloads": "download",
    "engines.followed_uploads": "follow_upload",
    "engines.from_threads": "changing push",
    "errors": (
        "AppFailed AppNotFound BodyRefused ConfigurationError ConnectionClosed EngineMissing "
        "GuiError HTTPError JobFailed MethodNotAllowed NoCapacity NotStorable "
        "PreventDefaultResponse ProtocolError QuickHtagError SendTimeout StoreBusy StoreError "
        "StoreUnavailable WorkerDeath WorkerError"
    ),
    "handlers.results": "Response",
    "interfaces": "Store",
    "jobs.base_worker": "BaseWorker",
    "jobs.context": "check get_worker_check is_worker_alive progress",
    "jobs.default_worker": "DefaultWorker",
    "jobs.disk_cache": "DiskCache",
    "jobs.process_executor": "ProcessExecutor",
    "logs": (
        "ERR_SOURCE_BROWSER ERR_SOURCE_COMMAND ERR_SOURCE_GENERAL_QS ERR_SOURCE_GUI "
        "ERR_SOURCE_REQUEST ERR_SOURCE_RESTART ERR_SOURCE_WORKER LONG_MSG MSG_STDERR ErrHandler "
        "MessageLog debug msg set_global_error_handler set_log_file set_long_msg set_msg_stderr"
    ),
    "messages.json_text": "json_dumps",
    "messages.multipart_response": "MultipartResponse",
    "messages.request": "Request",
    "messages.server_sent_event": "ServerSentEvent",
    "middleware.user": "ReqNext",
    "monitor.rows": "JobRow SessionRow TokenRow",
    "monitor.status": "Status",
    "process.hooks": "add_shutdown_hook setup_shutdown",
    "process.restart": (
        "get_exec_arr has_been_restarted is_original set_error_exit_code set_restart_exit_code "
        "set_restart_file setup_restart"
    ),
    "process.watched": "setup_reload",
    "runners": "AppServer ChromeApp HtagServer Runner SimpleServer WebApp WebServer WebServerWS",
    "server": "QuickServer create_server",
    "settings": "Settings",
    "sockets.websocket": "AsyncWebSocket WebSocket",
    "stores.memory": "MemoryStore",
    "stores.providers": "FileDict FilePersistentDict MemDict store_of",
    "stores.redis": "RedisStore",
    "stores.session": "Session",
    "stores.sqlite": "SQLiteStore",
    "stores.token_handler": "TokenHandler",
    "stores.token_memory": "DefaultTokenHandler",
    "type_names": (
        "AnyStrResponse BeforeF CacheIdObj CmdCompleteF CmdF CmdState EventArgs MiddlewareF "
        "PostFileLens PreMiddlewareF PrintF ReqArgs ReqF SocketArgs ThreadFactory TokenObj "
        "WorkerArgs WorkerF WorkerResponse WorkerTask WorkerThreadFactory"
    ),
    "uploads": "UploadProgress",
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names.split()}
_OTHER_NAMES = {"QuickServerRequestHandler": "Request"}

if _INHERITS:
    import_module(".process.watched", __name__)
    import_module(".workers.worker", __name__)

if not TYPE_CHECKING:  # to type checkers, a name that is not in the list is an error

    def __getattr__(name: str) -> Any:
        there = _OTHER_NAMES.get(name, name)
        if there not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        with _loading():
            value = getattr(import_module(f".{_HOMES[there]}", __name__), there)
        globals()[name] = value  # it is asked once
        return value

    def __dir__() -> list[str]:
        return sorted(__all__)
