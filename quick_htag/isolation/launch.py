"""Starts the process of an app, or its template: another Python, and never a copy of ours.

A copy of a process with threads may hang at any moment after; and the other Python may be that of
another environment. What it is to do, the secret included, is written to its standard input, where
no list of processes shows it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import Any, Final

from ..errors import AppFailed

NOT_INSTALLED: Final = 81  # exit code: the other environment has no such package
_BOOT: Final = f"""
import json, os, sys
config = json.loads(sys.stdin.buffer.readline())
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
sys.argv[:] = config["argv"]
sys.path[:] = config["path"] if config["same"] else config["path"] + sys.path[1:]
try:
    if "template" in config:
        from quick_htag.isolation.template import nurse
    from quick_htag.isolation.child import main
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit({NOT_INSTALLED})
if "template" in config:
    config = nurse(config)
    if config is None:  # what the module of the app wants at its end is the business of its copies
        os._exit(0)
main(config)
"""
_WINDOWS: Final = sys.platform == "win32"


class AppProcess:
    """One process. Any thread.

    Args:
        python: the interpreter; None: ours, with the same path for imports.
        config: what ``child.main`` is given.

    Attributes:
        pid: its number.
        python: the interpreter, for messages.

    Raises:
        AppFailed: the interpreter cannot be started.

    """

    def __init__(self, python: str | None, config: dict[str, Any]) -> None:
        self.python = python or sys.executable
        path = sys.path if python is None else sys.path[:1]
        told = {**config, "same": python is None, "path": path, "argv": sys.argv[:1]}
        environment = dict(os.environ)
        if python is not None:
            environment.pop("PYTHONHOME", None)
        try:
            self._process = subprocess.Popen(  # noqa: S603 the owner of the server has named it
                [self.python, "-c", _BOOT],
                stdin=subprocess.PIPE,
                env=environment,
                start_new_session=not _WINDOWS,  # CTRL-C at the terminal is the server's business
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
        except OSError as error:
            raise AppFailed(f"{self.python} cannot be started: {error}") from error
        self.pid = self._process.pid
        assert self._process.stdin is not None
        with suppress(OSError), self._process.stdin as stdin:  # it has ended already
            stdin.write(json.dumps(told).encode() + b"\n")

    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def wait(self, timeout: float) -> bool:
        """Wait for its end; False: the seconds are over."""
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """End it now, with what it has started; again is harmless."""
        with suppress(OSError):  # it has ended
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.killpg(self.pid, signal.SIGKILL)

    def let_go(self) -> None:
        """Do without it from now on: it goes on, and somebody else sees to it."""
        if self._process.poll() is None:
            self._process.returncode = 0  # or Python warns of a process that nobody waits for

    def ending(self) -> str:
        """How it has ended, for messages."""
        code = self._process.poll()
        if code is None:
            return "runs"
        if code == NOT_INSTALLED:
            return f"{self.python} has no quick_htag, or an older one: install the same one there"
        return described(code)


def described(code: int) -> str:
    """How a process has ended, for messages."""
    if code < 0:
        return f"it was ended by {_signal_name(-code)}"
    return f"it has ended with exit code {code}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
