"""How much memory the process has, where the system tells without another library."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any, cast


def memory() -> dict[str, int]:
    """Bytes in memory: "resident" now and "peak"; what the system does not tell is left out."""
    if not hasattr(os, "sysconf"):  # Windows
        return {}
    found, posix = {}, cast("Any", os)
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        found["resident"] = pages * posix.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):  # not Linux
        found = {}
    peak = _peak()  # which some systems measure less often
    return {**found, **{name: max(value, found.get("resident", 0)) for name, value in peak.items()}}


def _peak() -> dict[str, int]:
    try:
        resource: Any = importlib.import_module("resource")
    except ImportError:  # Windows
        return {}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"peak": peak if sys.platform == "darwin" else peak * 1024}
