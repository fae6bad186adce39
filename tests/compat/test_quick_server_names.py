"""Scripts for quick_server find their names and call styles."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

import quick_htag
from quick_htag import (
    QuickServer,
    QuickServerRequestHandler,
    ReqNext,
    create_server,
    msg,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 20.0  # seconds


def _words(text: str) -> list[str]:
    return text.split()


NAMES = _words("""
__version__ create_server QuickServer QuickServerRequestHandler msg set_log_file LONG_MSG MSG_STDERR
debug set_global_error_handler setup_restart setup_shutdown add_shutdown_hook set_restart_exit_code
set_error_exit_code is_original has_been_restarted get_exec_arr get_time json_dumps Response
MultipartResponse PreventDefaultResponse ReqNext TokenHandler DefaultTokenHandler
AnyStrResponse CmdCompleteF CmdF CmdState ErrHandler MiddlewareF PostFileLens PrintF ReqArgs ReqF
ThreadFactory TokenObj PreMiddlewareF
BaseWorker DefaultWorker WorkerDeath WorkerError get_worker_check is_worker_alive worker_request
CacheIdObj WorkerArgs WorkerF WorkerResponse WorkerTask WorkerThreadFactory
ERR_SOURCE_COMMAND ERR_SOURCE_GENERAL_QS ERR_SOURCE_REQUEST ERR_SOURCE_RESTART ERR_SOURCE_WORKER
""")

METHODS = _words("""
json_get json_put json_post json_delete text_get text_put text_post text_delete
add_json_mask add_json_get_mask add_json_put_mask add_json_post_mask add_json_delete_mask
add_text_mask add_text_get_mask add_text_put_mask add_text_post_mask add_text_delete_mask
set_file_argc middleware middlewares add_pre_middleware
bind_path bind_path_fallback bind_proxy add_file_patterns add_default_white_list
set_file_fallback_hook add_special_file mirror_file link_empty_favicon_fallback
create_token get_token_obj get_tokens get_token_ttl set_default_token_expiration
get_default_token_expiration
cmd add_cmd_method handle_cmd start_cmd_loop
json_worker link_worker_js mirror_worker_js link_legacy_worker_js mirror_legacy_worker_js
serve_forever handle_request process_request handle_error can_ignore_error server_close shutdown
register_shutdown update_version_string set_common_invalid_paths set_debug_proxy
""")

OF_THE_REQUEST = _words("""
server headers path command client_address rfile wfile send_response send_header end_headers
send_error send_cookie log_elapsed_time_string log_size_string convert_argmap
get_original_host check_cache cross_origin_headers is_cross_origin common_invalid_paths debug_proxy
server_version protocol_version
""")

DEFAULTS = {
    "shutdown_latency": 0.1,
    "history_file": ".cmd_history",
    "prompt": "> ",
    "favicon_everywhere": True,
    "favicon_fallback": None,
    "cross_origin": False,
    "directory_listing": False,
    "max_age": 0,
    "max_file_size": 52428800,
    "suppress_noise": False,
    "report_slow_requests": False,
    "no_command_loop": False,
    "max_chunk_size": 10485760,
    "verbose_workers": False,
    "cache": None,
    "object_path": "/objects/",
    "done": False,
}
ASSIGNED = {
    "base_path": str(ROOT),
    "shutdown_latency": 5.0,
    "history_file": "",
    "prompt": "$ ",
    "favicon_everywhere": False,
    "favicon_fallback": "icon.ico",
    "cross_origin": True,
    "directory_listing": True,
    "max_age": 60,
    "max_file_size": 10,
    "suppress_noise": True,
    "report_slow_requests": True,
    "no_command_loop": True,
}


@pytest.mark.parametrize("name", NAMES)
def test_name_can_be_imported(name: str) -> None:
    """``from quick_htag import name`` works."""
    assert name in quick_htag.__all__
    assert hasattr(quick_htag, name)


@pytest.mark.parametrize("name", METHODS)
def test_server_has_its_methods(server: QuickServer, name: str) -> None:
    """A server can be asked for what it could be asked for."""
    assert callable(getattr(server, name))


@pytest.mark.parametrize("name", OF_THE_REQUEST)
def test_request_has_its_members(name: str) -> None:
    """``req`` has what handlers use."""
    req = quick_htag.Request("GET", "/x?a=1")
    assert hasattr(req, name)


def test_values_of_constants() -> None:
    """Some are compared with texts."""
    assert (quick_htag.LONG_MSG, quick_htag.MSG_STDERR) == (True, False)
    assert quick_htag.ERR_SOURCE_COMMAND == "err_command"
    assert quick_htag.ERR_SOURCE_GENERAL_QS == "err_quick_server"
    assert quick_htag.ERR_SOURCE_REQUEST == "err_request"
    assert quick_htag.ERR_SOURCE_RESTART == "err_restart"
    assert quick_htag.ERR_SOURCE_WORKER == "err_worker"


@pytest.mark.parametrize("value", ["yes", "1", ""])
def test_environment_never_breaks_the_import(value: str) -> None:
    """Debugging is switched on by any word."""
    environment = {**os.environ, "QUICK_SERVER_DEBUG": value}
    code = "import quick_htag; quick_htag.debug(lambda: 'seen')"
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, "[DEBUG] seen" in done.stderr) == (0, bool(value))


# -- the server ------------------------------------------------------------------------------------


def test_attributes_have_their_defaults(server: QuickServer) -> None:
    """As documented for quick_server."""
    assert {name: getattr(server, name) for name in DEFAULTS} == DEFAULTS
    assert server.base_path == str(Path.cwd())


@pytest.mark.parametrize("name", ASSIGNED)
def test_attributes_can_be_assigned(server: QuickServer, name: str) -> None:
    """At any time, so also while it serves."""
    server.start()
    setattr(server, name, ASSIGNED[name])
    assert getattr(server, name) == ASSIGNED[name]


def threads_of(kept: list[str]) -> Callable[..., threading.Thread]:
    """A factory that keeps the names of its threads."""

    def factory(**options: Any) -> threading.Thread:
        kept.append(options["name"])
        return threading.Thread(**options)

    return factory


@pytest.mark.parametrize("positional", [True, False])
@pytest.mark.usefixtures("no_thread_left")
def test_create_server_by_position_and_by_keyword(positional: bool) -> None:
    """Both were asked for by some version."""
    names: list[str] = []
    if positional:
        server = create_server(("", 0), True, threads_of(names), quick_htag.DefaultTokenHandler())
    else:
        server = create_server(
            ("", 0), parallel=True, thread_factory=threads_of(names), token_handler=None
        )
    with server:
        server.text_get("/thread", 0)(lambda req, args: threading.current_thread().name)
        server.start()
        assert requests.get(f"{server.url}thread", timeout=TIMEOUT).text in names


def test_class_takes_the_same_arguments() -> None:
    """``QuickServer`` may be subclassed and made directly."""

    class Own(QuickServer):
        pass

    with Own(("", 0), False, None, None) as server:
        assert str(server).startswith("Own[('127.0.0.1', ")
        assert str(server).endswith(" serial]")


def test_request_handler_is_the_class_of_requests(server: QuickServer) -> None:
    """What scripts annotate ``req`` with is what they get."""
    seen: list[bool] = []

    def look(req: QuickServerRequestHandler, args: Any) -> str:
        seen.append(isinstance(req, QuickServerRequestHandler) and req.server is server)
        return ""

    server.text_get("/x", 0)(look)
    server.start()
    requests.get(f"{server.url}x", timeout=TIMEOUT)
    assert seen == [True]


def test_decorators_return_the_function(server: QuickServer) -> None:
    """So they stack; middleware gives a wrapper."""

    def fun(req: Any, args: Any) -> Any:
        return {}

    assert server.json_get("/a")(server.text_post("/b", 1)(fun)) is fun
    assert server.cmd()(fun) is fun
    assert server.middleware(lambda req, args, okay: okay)(fun) is not fun
    assert str(ReqNext("name")) == "ReqNext[name]"


# -- messages --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: msg("{0} and {1}", 1, 2), "1 and 2"),
        (lambda: msg("{a}", a=1), "1"),
        (lambda: msg("one {text} with braces"), "one {text} with braces"),
        (lambda: msg("100% {0", 1), "100% {0 1"),
    ],
)
def test_msg_of_each_version(
    call: Callable[[], None], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It formats only when there is something to format, and never fails."""
    call()
    said = capsys.readouterr().err
    assert said.startswith("test_quick_server_names.py (")
    assert said.endswith(f"): {text}\n")
