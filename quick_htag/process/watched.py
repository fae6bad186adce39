"""What a program does for the parent that starts it again when files change; see ``reloader``.

``QUICK_HTAG_RELOAD`` tells a program that it has such a parent. It holds the process id of the
parent, and is taken out of the environment, so that no other process takes it for its own.

On POSIX the program tells the parent, over the ``control`` descriptor of ``handover``: each of its
listening sockets as soon as there is one, since a crash leaves no time for it; the source files it
has loaded; and the exception that ended it. Each is a line: a list is a socket, an object the rest.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import sys
import sysconfig
import threading
import traceback
from collections.abc import Iterable, MutableMapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from ..errors import ConfigurationError
from .beginning import ENV_RELOAD
from .listening import listening
from .restart import get_exec_arr, join_supervisor, request_restart, supervised
from .supervisor import die_with_parent

if TYPE_CHECKING:
    from ..interfaces import Log

REPORT_LENGTH = 64 * 1024  # characters of a traceback that the parent is told

_TELL_TIMEOUT = 1.0  # seconds; a parent that reads nothing for longer is gone
_WRONG_THREAD = "reload=True belongs into the serve_forever of the main thread"
_NOTEBOOK = "reload=True starts a program again, and a notebook is none: run the cell again"


class Watched:
    """The program as its parent sees it. Any thread.

    Args:
        environ: where the parent says that it is there.

    Attributes:
        start: names this start of the program to its pages; empty: there is no such parent.

    """

    def __init__(self, environ: MutableMapping[str, str]) -> None:
        parent = environ.pop(ENV_RELOAD, None)
        # on Windows a virtual environment puts a process in between
        ours = parent is not None and (os.name == "nt" or parent == str(os.getppid()))
        self.start = secrets.token_urlsafe(8) if ours else ""

    def __bool__(self) -> bool:
        return bool(self.start)

    def begin(self) -> None:
        """Tell the parent about sockets and about the end from now on."""
        die_with_parent()
        join_supervisor()
        listening().tell_early()
        self._before = sys.excepthook
        sys.excepthook = self._ends

    def _ends(
        self,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
    ) -> None:
        """The hook for an exception that ends the program."""
        self._before(kind, error, trace)
        if not issubclass(kind, KeyboardInterrupt):
            text = "".join(traceback.format_exception(kind, error, trace))
            self.tell({"error": text[-REPORT_LENGTH:], "files": [*_loaded(), *_named(error)]})

    def serving(self) -> None:
        """The program is up: the parent learns what it has loaded, and which sockets it needs."""
        if self:
            self.tell({"serving": True, "files": _loaded()})

    def tell(self, what: dict[str, object]) -> None:
        """Send the parent a line, if it can be told anything."""
        control = listening().control
        if control is None:
            return
        try:
            with socket.socket(fileno=os.dup(control)) as channel:
                channel.settimeout(_TELL_TIMEOUT)
                channel.sendall(json.dumps(what).encode() + b"\n")
        except OSError:  # it is ending, or has ended: then it needs to know nothing
            return


def _loaded() -> list[str]:
    """Source files of the modules that are the program's own: none of Python, none installed."""
    paths = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    foreign = tuple(f"{path}{os.sep}" for path in paths)
    found = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    return sorted(
        str(Path(path).absolute()) for path in _sources(found) if not path.startswith(foreign)
    )


def _sources(paths: Iterable[object]) -> Iterable[str]:
    return (path for path in paths if isinstance(path, str) and path.endswith(".py"))


def _named(error: BaseException) -> list[str]:
    """The file of a syntax error, which no module has."""
    name = error.filename if isinstance(error, SyntaxError) else None
    return [str(Path(name).absolute())] if name and Path(name).is_file() else []


_watched = Watched(os.environ)  # as there is one process, there is one of these
if _watched:
    _watched.begin()


def watched() -> Watched:
    """The one of this process; true when a parent starts it again after changes."""
    return _watched


def setup_reload(watch: Sequence[str | os.PathLike[str]] = (), exclude: Sequence[str] = ()) -> None:
    """Start the program again whenever its files change; call it first in the script.

    In the first process it never returns: that watches, and runs the same command line as a child.
    In the child it returns at once. See ``docs/development.rst``. Main thread only.

    Args:
        watch: more files and folders to watch; of a folder every file, not only Python's.
        exclude: names of files and folders to leave out, with ``*`` and ``?``.

    Raises:
        SystemExit: in the first process, when the program has ended.

    """
    if _watched:
        return
    from .reloader import Reloader  # nobody else needs it

    sys.exit(Reloader.of_this_process(watch, exclude).run())


def reload_on_change(log: Log) -> None:
    """Have the program watched although it has begun; what ``serve_forever(reload=True)`` does.

    Without a watching parent the program comes to its end, and this process, with nothing left of
    the program in it, becomes that parent.

    Raises:
        ConfigurationError: this is not the main thread, or a notebook.
        SystemExit: the program has no such parent yet.

    """
    if _watched:
        return
    if threading.current_thread() is not threading.main_thread():
        raise ConfigurationError(_WRONG_THREAD)
    if hasattr(sys.modules["builtins"], "__IPYTHON__"):
        raise ConfigurationError(_NOTEBOOK)
    if supervised():  # that parent must not be told to start this anew
        setup_reload()
    from .reloader import command_of

    request_restart(log, command_of(get_exec_arr()))
    raise SystemExit(0)
