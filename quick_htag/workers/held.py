"""Whether a process is held by somebody, so that it cannot answer whatever it does."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Final

_TRACER: Final = re.compile(r"^TracerPid:\s*[1-9]", re.MULTILINE)
_STOPPED: Final = "TtX"  # states of ps(1): by a signal; by a debugger, on Linux and elsewhere
_PS_LIMIT: Final = 5.0  # seconds


def is_held(pid: int, processes: Path = Path("/proc")) -> bool:
    """Whether a signal (SIGSTOP) has stopped a process, or a debugger has it.

    Where the system does not tell, it is not.

    Args:
        pid: the process.
        processes: where Linux tells of them; elsewhere there is a command for that.

    """
    if not (processes / "self").exists():
        return _state(pid)[:1] in _STOPPED
    try:
        state = (processes / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2]
        traced = (processes / str(pid) / "status").read_text(errors="replace")
    except OSError:  # it has ended
        return False
    return state.split()[0] in _STOPPED or _TRACER.search(traced) is not None


def _state(pid: int) -> str:
    """The letters of ps(1) for the state of a process; "-": there are none."""
    command = ["ps", "-o", "state=", "-p", str(pid)]
    try:
        told = subprocess.run(  # noqa: S603 a number that is ours
            command, capture_output=True, text=True, timeout=_PS_LIMIT, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return "-"
    return told.stdout.strip() or "-"
