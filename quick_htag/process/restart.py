"""Starting the program again: as the child of a supervisor, or in the place of this process.

The names and meanings are quick_server's. With ``setup_restart()`` first in the script, the script
runs in a child process, and a restart is an exit code to its parent. Without it, a restart replaces
the process when the interpreter exits: same process id, same standard input with the lines nobody
has read yet (on Windows, which cannot do that, a child takes over and its exit code is passed on).

Either way the listening sockets stay open meanwhile (not on Windows): clients that connect during a
restart wait, and are answered by the next process. ``handover`` describes how they get there.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ..logs import ERR_SOURCE_RESTART, default_log
from .beginning import FOLDER
from .listening import listening
from .supervisor import ENV_RESTART, ENV_SUBSEQUENT, Supervisor, die_with_parent, flush_streams

if TYPE_CHECKING:
    from ..interfaces import Log

ENV_SKIP_ATEXIT = "RUN_ATEXIT"  # quick_server's name: non-empty skips the atexit functions

_SOURCES = ("", ".py", ".pyw")  # not compiled code, and no archive

Start = tuple[list[str], dict[str, str]]
"""A command line, and what its environment has beside ours."""


def is_original() -> bool:
    """Whether this is the process the user started: neither a supervised child nor a restart."""
    return ENV_RESTART not in os.environ and not has_been_restarted()


def has_been_restarted() -> bool:
    """Whether this process was started by a restart."""
    return os.environ.get(ENV_SUBSEQUENT) == "1"


def _interpreter(fallback: str) -> str:
    import shutil

    return sys.executable or os.environ.get("PYTHON") or shutil.which(fallback) or fallback


def get_exec_arr() -> list[str]:
    """The command line that starts this program again.

    Interpreter, its flags, script or module, and arguments, as given by the user. A relative
    script is made absolute, as the working folder may have changed.
    """
    command = list(sys.orig_argv)
    main = sys.modules.get("__main__")
    script = getattr(main, "__file__", None)
    spec = getattr(main, "__spec__", None)  # set for -m, and for a folder or archive
    if script and spec is None and Path(script).is_absolute():
        for index, word in enumerate(command[1:], start=1):
            if not word.startswith("-") and os.path.basename(word) == os.path.basename(script):
                command[index] = script
                break
    return [_interpreter(command[0]), *command[1:]]


def _spoken(command: list[str]) -> str:
    import shlex
    import subprocess

    return subprocess.list2cmdline(command) if os.name == "nt" else shlex.join(command)


class _Restart:
    """What the functions below share: there is one process to restart, so there is one of these."""

    def __init__(self) -> None:
        self.restart_code = 42
        self.error_code = 1
        self._folder = FOLDER
        self.restart_file: str | None = None
        self.begins_with: tuple[str, ...] = ()  # files beside the script; replaced as a whole
        self._lock = threading.Lock()  # guards the four below
        self._supervised = False
        self._requested = False
        self._log: Log | None = None
        self._next: Start | None = None  # what takes our place; None: this program again

    @property
    def requested(self) -> bool:
        with self._lock:
            return self._requested

    def setup(self) -> None:
        given = os.environ.get(ENV_RESTART)
        if given is None:
            supervisor = Supervisor(
                get_exec_arr(),
                os.environ,
                self.restart_code,
                self.error_code,
                default_log(),
                listening().activated(),
            )
            sys.exit(supervisor.run())
        with self._lock:
            self._supervised = True
        if given.isdigit():
            self.restart_code = int(given)
        die_with_parent()

    @property
    def supervised(self) -> bool:
        with self._lock:
            return self._supervised

    def join_supervisor(self) -> None:
        with self._lock:
            self._supervised = True

    def request(self, log: Log | None, start: Start | None) -> None:
        with self._lock:
            self._log = log
            self._next = start
            if self._requested:
                return
            self._requested = True
        if self.restart_file is None:  # else whoever starts the program again has no use for them
            listening().keep()
        atexit.register(self._leave)

    def _leave(self) -> None:
        # Exit functions run last registered first, so this one is early, but neither a hard exit
        # nor exec comes back for the rest, e.g. the one of multiprocessing that ends its children:
        # they are run from here.
        atexit.unregister(self._leave)
        with self._lock:
            # what another program takes the place of is not to be started again by its parent
            supervised = self._supervised and self._next is None
            log = self._log or default_log()
        if self.restart_file is not None:
            self._write_file(self.restart_file, log)
            return
        self._finish_others(log)
        if not os.environ.get(ENV_SKIP_ATEXIT):
            atexit._run_exitfuncs()
        if supervised:
            self._hand_over(log)
        flush_streams()
        if supervised:
            os._exit(self.restart_code)
        self._replace(log)

    @staticmethod
    def _write_file(path: str, log: Log) -> None:
        try:
            Path(path).write_text("1", encoding="ascii")
        except OSError as error:
            text = f"cannot ask for a restart in {path}, see set_restart_file"
            log.error(ERR_SOURCE_RESTART, text, error)

    @staticmethod
    def _finish_others(log: Log) -> None:
        """Servers that the program did not stop finish what they do; their threads die with us."""
        try:
            listening().shut_down()
        except Exception as error:  # noqa: BLE001 whatever it is, the restart goes on
            log.error(ERR_SOURCE_RESTART, "a server did not stop in order", error)

    def _hand_over(self, log: Log) -> None:
        try:
            listening().send_to_supervisor()
        except OSError as error:
            text = "the supervisor did not take the listening sockets"
            log.error(ERR_SOURCE_RESTART, text, error)
        addresses = ", ".join(listening().addresses())
        kept = f", clients wait at {addresses}" if addresses else ""
        log.message(f"restarting: exit code {self.restart_code} to the supervisor{kept}")

    def _replace(self, log: Log) -> NoReturn:
        command, more = self._next or (get_exec_arr(), {})
        if self._next is None:
            log.message(f"restarting: {_spoken(command)}")
        addresses = ", ".join(listening().addresses())
        if addresses and os.name != "nt":
            log.message(f"clients wait at {addresses}")
        environment = {**os.environ, ENV_SUBSEQUENT: "1", **more}
        try:
            if self._folder is not None:
                os.chdir(self._folder)
            if os.name == "nt":
                import subprocess

                os._exit(subprocess.call(command, env=environment))  # noqa: S603 ourselves
            environment.update(listening().for_exec())
            os.execve(command[0], command, environment)  # noqa: S606 ourselves
        except OSError as error:
            log.error(ERR_SOURCE_RESTART, f"cannot start {_spoken(command)}", error)
            flush_streams()
            os._exit(self.error_code)


_restart = _Restart()  # module functions are quick_server's interface, so the object is here


def setup_restart() -> None:
    """Make ``restart`` work by exit code; call it first in the script.

    In the first process it never returns: that becomes the supervisor, which runs the script as
    its child as long as the child ends with the restart code, passes SIGTERM, SIGINT and SIGHUP on
    to it, and ends with its exit code (128 + N when signal N killed it). In the child it returns
    at once. Main thread only. On Linux the child gets SIGTERM when its supervisor dies.

    Raises:
        SystemExit: in the first process, when the child has ended.

    """
    _restart.setup()


def request_restart(log: Log | None = None, start: Start | None = None) -> None:
    """Start the program again when the interpreter exits. Any thread; cannot be taken back.

    From now on the sockets of all servers stay open for the next process. The other atexit
    functions run before, unless the environment has a non-empty ``RUN_ATEXIT``.

    Args:
        log: where the restart is announced; None: the process's log.
        start: command line and more environment of what takes the place of this process; None: this
            program again.

    """
    _restart.request(log, start)


def begins_with(path: str) -> None:
    """A start of this program reads a file at once, beside its script; for ``source_errors``."""
    _restart.begins_with += (path,)


def source_errors() -> str:
    """Why Python could not read the script now; empty: it could, or somebody else starts it.

    Nothing of it runs, and what it imports is not looked at.
    """
    if _restart.restart_file is not None:
        return ""
    from .syntax import syntax_error

    script = getattr(sys.modules.get("__main__"), "__file__", None)
    paths = (*([script] if isinstance(script, str) else ()), *_restart.begins_with)
    found = (syntax_error(path) for path in paths if Path(path).suffix in _SOURCES)
    return "\n".join(filter(None, found))


def supervised() -> bool:
    """Whether the program has called ``setup_restart``, or has another parent that restarts it."""
    return _restart.supervised


def join_supervisor() -> None:
    """From now on a restart is an exit code to the parent of this process."""
    _restart.join_supervisor()


def codes() -> tuple[int, int]:
    """The exit codes: that which asks for a restart, and that of errors."""
    return _restart.restart_code, _restart.error_code


def set_restart_exit_code(code: int) -> None:
    """The exit code that asks the supervisor for a restart, 42 if not set.

    Call it before ``setup_restart``.
    """
    _restart.restart_code = code


def set_error_exit_code(code: int) -> None:
    """The exit code of a supervisor ended by CTRL-C, and of a restart that failed; 1 if not set."""
    _restart.error_code = code


def set_restart_file(path: str | os.PathLike[str] | None) -> None:
    """Restart by a file, as quick_server 0.4 to 0.7: for an external program that starts this one.

    A restart then writes "1" into the file and the program ends with its own exit code; nothing is
    started from here.

    Args:
        path: the file; relative to the folder at this moment. None: the usual way again.

    """
    _restart.restart_file = None if path is None else str(Path(path).absolute())


def restart_requested() -> bool:
    """Whether the program will start again when it ends."""
    return _restart.requested
