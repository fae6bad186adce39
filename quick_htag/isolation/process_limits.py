"""What the process of an app may use; nothing happens where the system has no such limits."""

from __future__ import annotations

import importlib
import math
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

_STATUS: Final = Path("/proc/self/status")
_GRACE: Final = 5  # seconds of processor time to say goodbye; then the system ends it


def limit_memory(size: int) -> bool:
    """Let the process have so many bytes more than now; whether the system sees to it."""
    resource = _resource()
    kind = getattr(resource, "RLIMIT_DATA", None)
    if kind is None:
        return False
    return _set(resource, kind, _data_size() + size, 0)


def on_processor_limit(over: Callable[[], object]) -> None:
    """Have a function called on the main thread, which is to call this, when the time is over."""
    signum = getattr(signal, "SIGXCPU", None)
    if signum is None:
        return

    def ended(*_: object) -> None:
        signal.signal(signum, signal.SIG_IGN)  # the system says it again with each second
        over()

    signal.signal(signum, ended)


def limit_processor(seconds: float) -> bool:
    """Let the process compute for so many seconds from now, or up to one more.

    Args:
        seconds: of processor time, of all threads together.

    Returns:
        whether the system sees to it.

    """
    resource = _resource()
    if resource is None:
        return False
    used = resource.getrusage(resource.RUSAGE_SELF)
    # the system counts whole seconds; rounded down, a process that took long to start had no time
    whole = math.ceil(used.ru_utime + used.ru_stime + seconds)
    return _set(resource, resource.RLIMIT_CPU, whole, _GRACE)


def _resource() -> Any:
    try:
        return importlib.import_module("resource")
    except ImportError:  # Windows
        return None


def _set(resource: Any, kind: int, limit: int, grace: int) -> bool:
    _, hard = resource.getrlimit(kind)
    most = limit + grace if hard == resource.RLIM_INFINITY else min(limit + grace, hard)
    try:
        resource.setrlimit(kind, (min(limit, most), most))
    except (ValueError, OSError):  # the system has an opinion of its own
        return False
    return True


def _data_size() -> int:
    """Bytes the process has that count for its limit; 0: nobody says."""
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        return 0
    found = next((line for line in lines if line.startswith("VmData:")), "VmData: 0 kB")
    return int(found.split()[1]) * 1024
