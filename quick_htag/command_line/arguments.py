"""The words of the command line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ..errors import ConfigurationError
from ..guis.options import ISOLATIONS
from ..guis.transports import TRANSPORTS, chosen
from ..version import __version__

PORT: Final = 8080

_ABOUT = """\
Serve an htag app, the apps and files of a folder, or just files.

Without a target: the app App of index.py, if the current folder has one, else a page with the apps
and files of the folder. Files are only read for that page; what is clicked there is run. Type help
at the prompt for its commands; CTRL-C ends the server.
"""

_EXAMPLES = """\
examples:
  quick_htag                           the apps and files of this folder
  quick_htag shop.main:App             the class App of the module shop.main
  quick_htag notes.py                  the app in a file; notes.py:Notes if it has several
  quick_htag notes.py --reload --open  show it in the browser, start again after each change
  quick_htag notes.py -p 0             on a free port, which is shown
  quick_htag server.py -- -v now       a script that makes a server itself, with its arguments
  quick_htag notes.py --workers 4      in four processes, with a supervisor
  quick_htag --www public              the files of a folder and nothing else
  quick_htag --www public -a 0.0.0.0   for everybody who can reach this machine
  quick_htag notes.py --cert my.crt --key my.key -p 8443      at https://localhost:8443/
"""


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
        "target",
        nargs="?",
        help='what to serve: "module:App", "path/file.py", "path/file.py:App", or a folder; '
        "what follows -- is for a script",
    )
    _add_server(parser.add_argument_group("server"))
    _add_app(parser.add_argument_group("apps"))
    return parser


def parse(
    parser: argparse.ArgumentParser, arguments: Sequence[str]
) -> tuple[argparse.Namespace, list[str]]:
    """What was written, and what follows ``--``. Ends the program when it cannot be."""
    words = list(arguments)
    rest: list[str] = []
    if "--" in words:
        at = words.index("--")
        words, rest = words[:at], words[at + 1 :]
    given = parser.parse_args(words)
    if given.key and not given.cert:
        parser.error("--key is the key of a certificate, give that as --cert")
    if given.www is not None and given.target is not None:
        parser.error("give a target or --www, not both")
    if given.workers and given.reload:
        parser.error("--reload is for one process: leave --workers out while you change the code")
    if rest and given.target is None:
        parser.error("what follows -- is for a script, name that before it")
    return given, rest


def _add_server(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "-a",
        "--host",
        metavar="ADDR",
        dest="address",
        default="localhost",
        help="address to listen at: localhost is for this machine only (the default), 0.0.0.0 for "
        "every network it is in",
    )
    group.add_argument(
        "-p",
        "--port",
        metavar="PORT",
        dest="port",
        type=_port,
        default=PORT,
        help="port to listen at, 0 for any free one (default: %(default)s)",
    )
    group.add_argument(
        "--www",
        metavar="DIR",
        type=_folder,
        help="serve the files of this folder, with lists of them, and no apps",
    )
    group.add_argument(
        "--cert",
        metavar="FILE",
        type=_file,
        help="serve HTTPS with the certificate in this PEM file, which is read again after changes",
    )
    group.add_argument(
        "--key",
        metavar="FILE",
        type=_file,
        help="PEM file with its private key (default: it is in the file of --cert)",
    )
    _add_process(group)


def _add_process(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--open",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="show it in a tab of the browser (default: no)",
    )
    group.add_argument(
        "--reload", action="store_true", help="start again whenever a Python file is saved"
    )
    group.add_argument(
        "--workers",
        metavar="N",
        type=_count,
        help="serve in so many processes, which the first one starts, watches and replaces; for "
        "scripts, too (default: in one, and no other)",
    )
    group.add_argument(
        "--debug",
        action=argparse.BooleanOptionalAction,
        help="tell pages the traceback of errors (default: for this machine only)",
    )


def _add_app(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--parano",
        action="store_true",
        help="encrypt what pages and server tell each other; needs localhost or --cert",
    )
    group.add_argument(
        "--transports",
        "--transport",
        metavar="NAMES",
        type=_transports,
        default=TRANSPORTS,
        help=f"how pages connect, some of {','.join(TRANSPORTS)} (default: the best that works)",
    )
    group.add_argument(
        "--isolation",
        choices=ISOLATIONS,
        help='"thread" gives each visitor one, "loop" is for apps that never block, '
        '"process" gives each visitor one (default: thread, with --workers process)',
    )
    group.add_argument(
        "--per-tab", action="store_true", help="an app for each page load, not for each visitor"
    )
    group.add_argument(
        "--persist", action="store_true", help="what a page shows outlives its app, see --store"
    )
    group.add_argument(
        "--store",
        metavar="FILE",
        help="keep sessions in this SQLite file, so that they outlive the server",
    )


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text}")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"the workers are a number from 1 on, not {text}")
    return int(text)


def _folder(text: str) -> str:
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text!r}")
    return text


def _file(text: str) -> str:
    if not Path(text).is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text!r}")
    return text


def _transports(text: str) -> tuple[str, ...]:
    try:
        return chosen(None, [name.strip() for name in text.split(",")])
    except ConfigurationError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
