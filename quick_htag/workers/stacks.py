"""Where the threads of a worker are, told by one that cannot tell anything else any more.

``faulthandler`` writes that from the handler of a signal, without the help of a thread, so also
when some thread keeps Python's lock and never gives it back, and when a library crashes. It goes to
a file in the folder of the workers, which the supervisor reads when the process has ended.
"""

from __future__ import annotations

import faulthandler
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

WRITE_LIMIT: Final = 1.0  # seconds to write it

_faulthandler: Any = faulthandler  # Windows lacks some of its names; there are no workers there

# One that programs have no use for: the last of those that have no meaning on Linux; elsewhere what
# CTRL-T sends, which processes ignore or answer by telling what they do.
_SIGNAL: Final = getattr(signal, "SIGRTMAX", getattr(signal, "SIGINFO", None))
_LONGEST: Final = 64 * 1024  # characters that are read


def _file(folder: str, pid: int) -> Path:
    return Path(folder, f"stacks-{pid}")


def offer(folder: str) -> None:
    """Let this process tell it from now on. Where the program does that itself, that stays."""
    with suppress(OSError):  # no room, no descriptor: it is told by nobody then
        file = _file(folder, os.getpid()).open("wb")
        if _SIGNAL is not None:
            _faulthandler.register(_SIGNAL, file)
        if not faulthandler.is_enabled():
            faulthandler.enable(file)


def ask_for(pid: int) -> None:
    """Have a process tell it; one that never offered to may be ended by that."""
    if _SIGNAL is not None:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, _SIGNAL)


def take(folder: str, pid: int) -> str:
    """What a process that has ended has told, and forget it; empty: nothing."""
    path = _file(folder, pid)
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(_LONGEST)
        path.unlink()
    except OSError:
        return ""
    return text.strip()
