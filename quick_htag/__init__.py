"""A threaded server for JSON endpoints, files and live htag apps on one port."""

from .app import App
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
    PreventDefaultResponse,
    ProtocolError,
    QuickHtagError,
)
from .handlers.results import Response
from .logs import MessageLog, msg, set_global_error_handler, set_log_file
from .messages.json_text import json_dumps
from .messages.request import Request
from .process.restart import (
    get_exec_arr,
    has_been_restarted,
    is_original,
    set_error_exit_code,
    set_restart_exit_code,
    setup_restart,
)
from .server import QuickServer, create_server
from .settings import Settings
from .version import __version__

__all__ = [
    "App",
    "AppFailed",
    "AppNotFound",
    "BodyRefused",
    "ConfigurationError",
    "EngineMissing",
    "GuiError",
    "HTTPError",
    "MessageLog",
    "MethodNotAllowed",
    "NoCapacity",
    "PreventDefaultResponse",
    "ProtocolError",
    "QuickHtagError",
    "QuickServer",
    "Request",
    "Response",
    "Settings",
    "__version__",
    "create_server",
    "get_exec_arr",
    "has_been_restarted",
    "is_original",
    "json_dumps",
    "msg",
    "set_error_exit_code",
    "set_global_error_handler",
    "set_log_file",
    "set_restart_exit_code",
    "setup_restart",
]
