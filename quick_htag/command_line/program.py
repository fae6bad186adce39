"""What a command line starts: a server of an app, of a folder, or of files; or a script."""

from __future__ import annotations

import argparse
import runpy
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from ..browsing.folder_site import FolderSite
from ..errors import ConfigurationError
from ..log_text import format_address
from ..logs import msg
from ..process.restart import begins_with, get_exec_arr, has_been_restarted
from ..process.shutdown import stop_signals
from ..runners.window import open_tab
from ..server import QuickServer, create_server
from ..stores.sqlite import SQLiteStore
from .arguments import PORT
from .target import Target

_BROWSED: Final = (
    "the page with the apps of a folder runs files at a click and shows their text, so it is for "
    "this machine only: leave out --host, name an app, or serve files by --www DIR"
)
_SCRIPT: Final = "{0} makes a server itself, so it is run as a script"
_NOT_FOR_SCRIPTS: Final = (
    "{0} makes a server itself, so it is run as a script and {1} cannot be set here: do it there"
)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens there."""
    if host in ("", "localhost"):
        return True
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return False


def serve_target(given: argparse.Namespace, target: Target) -> None:
    """Serve an app or a folder until told to stop. Main thread only.

    Raises:
        ConfigurationError: the address, the certificate or an option cannot be used.

    """
    if target.folder is not None:
        if not is_loopback(given.address):
            raise ConfigurationError(_BROWSED)
        if target.remark:
            msg(target.remark)
        _serve(given, partial(_browse, given, target.folder), target.folder.name)
    else:
        _serve(given, partial(_bind, given, target.app), target.text)


def serve_files(given: argparse.Namespace) -> None:
    """Serve the files of a folder until told to stop. Main thread only.

    Raises:
        ConfigurationError: the address or the certificate cannot be used.

    """
    _serve(given, partial(_files, given), given.www)


def run_script(given: argparse.Namespace, target: Target, rest: list[str]) -> None:
    """Run a script as ``python path/file.py`` does, with what followed ``--``. Main thread only.

    Raises:
        ConfigurationError: something was asked for that only the script can decide.

    """
    set_here = _changed(given)
    if set_here:
        raise ConfigurationError(_NOT_FOR_SCRIPTS.format(target.text, ", ".join(set_here)))
    msg(_SCRIPT.format(target.text))
    if target.script is None:
        sys.argv = [target.text, *rest]
        runpy.run_module(target.module, run_name="__main__", alter_sys=True)
        return
    sys.argv = [str(target.script), *rest]
    sys.path[0:1] = [str(target.script.parent.resolve())]
    runpy.run_path(str(target.script), run_name="__main__")


def _changed(given: argparse.Namespace) -> list[str]:
    """The options that a script takes no notice of and that were given all the same."""
    options = {
        "--host": given.address != "localhost",
        "--port": given.port != PORT,
        "--cert": given.cert is not None,
        "--open": given.open,
        "--debug": given.debug is not None,
        "--parano": given.parano,
        "--isolation": given.isolation is not None,
        "--per-tab": given.per_tab,
        "--persist": given.persist,
        "--store": given.store is not None,
    }
    return [name for name, was_given in options.items() if was_given]


# -- serving ---------------------------------------------------------------------------------------


def _serve(given: argparse.Namespace, prepare: Callable[[QuickServer], object], what: str) -> None:
    """Serve until told to stop.

    Args:
        given: the command line.
        prepare: gives the server what it serves.
        what: it is, for the log.

    """
    store = None if given.store is None else SQLiteStore(given.store)
    try:
        server = _listen(given, store)
        try:
            server.debug = is_loopback(given.address) if given.debug is None else given.debug
            prepare(server)
            msg(" ".join(get_exec_arr()))
            secure = " with HTTPS" if given.cert else ""
            at = format_address(given.address or "localhost", server.server_port)
            msg(f"starting server at {at}{secure}")
            with stop_signals(partial(_finish, server)):  # from the announcement on
                server.start()
                msg(f"{what}: open {server.url}")
                if given.open and not has_been_restarted():  # else its page comes back by itself
                    open_tab(server.url, server.log)
                server.serve_forever()
        finally:
            msg("shutting down..")
            server.server_close()
    finally:
        if store is not None:
            store.close()


def _listen(given: argparse.Namespace, store: SQLiteStore | None) -> QuickServer:
    try:
        address = (given.address, given.port)
        return create_server(
            address, certfile=given.cert, keyfile=given.key, store=store, workers=given.workers
        )
    except (OSError, UnicodeError) as error:  # UnicodeError: no such address can be
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigurationError(
            f"cannot listen at {format_address(given.address, given.port)}: {reason}"
        ) from error


def _finish(server: QuickServer) -> None:
    server.done = True


# -- what is served --------------------------------------------------------------------------------


def _bind(given: argparse.Namespace, app: Any, server: QuickServer) -> None:
    file = getattr(sys.modules.get(app.__module__), "__file__", None)
    if file is not None:
        begins_with(file)
    server.bind_htag("/", app, transports=given.transports, **_options(given))
    server.link_empty_favicon_fallback()


def _browse(given: argparse.Namespace, folder: Path, server: QuickServer) -> None:
    if given.workers:
        raise ConfigurationError(
            "--workers needs an app that can be imported, as module:App, a script, or --www DIR"
        )
    if given.isolation == "process":
        raise ConfigurationError(
            "--isolation process needs an app that can be imported, as module:App, and no folder"
        )
    root = folder.resolve()

    options = {**_options(given), "isolation": given.isolation or "thread"}

    def mount(path: str, **more: Any) -> Any:
        return server._gui_mount(path, None, transports=given.transports, **options, **more)

    server.bind_path("/", str(root))
    server.add_default_white_list()
    server.link_empty_favicon_fallback()
    server.app.set_finder(FolderSite(root, mount, server.log))


def _files(given: argparse.Namespace, server: QuickServer) -> None:
    server.debug = bool(given.debug)
    server.bind_path("/", given.www)
    server.add_default_white_list()
    server.link_empty_favicon_fallback()
    server.directory_listing = True
    server.suppress_noise = True
    server.report_slow_requests = True


def _options(given: argparse.Namespace) -> dict[str, Any]:
    return {
        "parano": given.parano,
        "isolation": given.isolation,
        "per_tab": given.per_tab,
        "persist": given.persist,
    }
