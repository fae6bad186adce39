"""The command line: serve a folder."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .errors import ConfigurationError
from .logs import msg
from .process.restart import get_exec_arr, setup_restart
from .server import create_server
from .version import __version__

_ABOUT = """\
Serve the files of a folder on the web.

Files of the types that web pages are made of are sent, and a list of its files for a folder
without an index page. Nothing outside of the folder is served, nor anything whose name begins with
a dot. Type help at the prompt for its commands; CTRL-C ends the server.
"""

_EXAMPLES = """\
examples:
  quick_htag                           this folder, at http://localhost:8080/, for this machine
  quick_htag --www public -p 8000      another folder and port
  quick_htag -a 0.0.0.0                for everybody who can reach this machine
  quick_htag -p 0                      on a free port, which is shown
  quick_htag --cert my.crt --key my.key -p 8443      at https://localhost:8443/
"""


def _port(text: str) -> int:
    port = int(text)  # argparse tells what is wrong with it
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {port}")
    return port


def _folder(text: str) -> str:
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text!r}")
    return text


def _file(text: str) -> str:
    if not Path(text).is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text!r}")
    return text


def argument_parser() -> argparse.ArgumentParser:
    """What can be written on the command line."""
    parser = argparse.ArgumentParser(
        prog="quick_htag",
        description=_ABOUT,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    version = f"quick_htag version {__version__}"
    parser.add_argument("-v", "--version", action="version", version=version)
    parser.add_argument(
        "-a",
        metavar="ADDR",
        dest="address",
        default="localhost",
        help="address to listen at: localhost is for this machine only (the default), 0.0.0.0 for "
        "every network it is in",
    )
    parser.add_argument(
        "-p",
        metavar="PORT",
        dest="port",
        type=_port,
        default=8080,
        help="port to listen at, 0 for any free one (default: %(default)s)",
    )
    parser.add_argument(
        "--www",
        metavar="DIR",
        type=_folder,
        default=".",
        help="folder to serve (default: the current one)",
    )
    parser.add_argument(
        "--cert",
        metavar="FILE",
        type=_file,
        help="serve HTTPS with the certificate in this PEM file, which is read again after changes",
    )
    parser.add_argument(
        "--key",
        metavar="FILE",
        type=_file,
        help="PEM file with its private key (default: it is in the file of --cert)",
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop. Main thread only.

    The first process becomes the supervisor of ``setup_restart``.

    Args:
        arguments: of the command line; None: those of the process.

    Returns:
        The exit code: 0, or 1 when the address or the certificate cannot be used.

    """
    parser = argument_parser()
    chosen = parser.parse_args(arguments)
    if chosen.key and not chosen.cert:
        parser.error("--key is the key of a certificate, give that as --cert")
    setup_restart()
    try:
        address = (chosen.address, chosen.port)
        server = create_server(address, certfile=chosen.cert, keyfile=chosen.key)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 1
    except (OSError, UnicodeError) as error:  # UnicodeError: no such address can be
        reason = getattr(error, "strerror", None) or str(error)
        print(f"cannot listen at {chosen.address}:{chosen.port}: {reason}", file=sys.stderr)
        return 1
    server.bind_path("/", chosen.www)
    server.add_default_white_list()
    server.link_empty_favicon_fallback()
    server.directory_listing = True
    server.suppress_noise = True
    server.report_slow_requests = True
    msg(" ".join(get_exec_arr()))
    secure = " with HTTPS" if chosen.cert else ""
    msg(f"starting server at {chosen.address or 'localhost'}:{server.server_port}{secure}")
    try:
        server.serve_forever()
    finally:
        msg("shutting down..")
        server.server_close()
    return 0
