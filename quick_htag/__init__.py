"""A threaded server for JSON endpoints, files and live htag apps on one port."""

from .app import App
from .deadline import get_time
from .engines.from_threads import changing, push
from .errors import (
    AppFailed,
    AppNotFound,
    BodyRefused,
    ConfigurationError,
    EngineMissing,
    GuiError,
    HTTPError,
    MethodNotAllowed,
    NoCapacity,
    NotStorable,
    PreventDefaultResponse,
    ProtocolError,
    QuickHtagError,
    StoreBusy,
    StoreError,
    StoreUnavailable,
)
from .handlers.results import Response
from .interfaces import Store
from .logs import (
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
from .middleware.user import ReqNext
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
from .server import QuickServer, create_server
from .settings import Settings
from .stores.memory import MemoryStore
from .stores.redis import RedisStore
from .stores.sqlite import SQLiteStore
from .stores.tokens import DefaultTokenHandler, TokenHandler
from .type_names import (
    AnyStrResponse,
    CmdCompleteF,
    CmdF,
    CmdState,
    MiddlewareF,
    PostFileLens,
    PreMiddlewareF,
    PrintF,
    ReqArgs,
    ReqF,
    ThreadFactory,
    TokenObj,
)
from .version import __version__

__all__ = [
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
    "BodyRefused",
    "CmdCompleteF",
    "CmdF",
    "CmdState",
    "ConfigurationError",
    "DefaultTokenHandler",
    "EngineMissing",
    "ErrHandler",
    "GuiError",
    "HTTPError",
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
    "SQLiteStore",
    "Settings",
    "Store",
    "StoreBusy",
    "StoreError",
    "StoreUnavailable",
    "ThreadFactory",
    "TokenHandler",
    "TokenObj",
    "__version__",
    "add_shutdown_hook",
    "changing",
    "create_server",
    "debug",
    "get_exec_arr",
    "get_time",
    "has_been_restarted",
    "is_original",
    "json_dumps",
    "msg",
    "push",
    "set_error_exit_code",
    "set_global_error_handler",
    "set_log_file",
    "set_long_msg",
    "set_msg_stderr",
    "set_restart_exit_code",
    "set_restart_file",
    "setup_restart",
    "setup_shutdown",
]
