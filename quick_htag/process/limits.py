"""How many descriptors the process may have open.

A connection takes one, and each live instance of an htag app three for its loop. Many systems begin
with 1024 and let a program ask for more.
"""

from __future__ import annotations

import importlib
from typing import Any

CEILING = 1 << 20  # some containers allow a thousand million, and programs that close "all"
# descriptors before they start another one would take minutes
_TRIES = (CEILING, 65536, 10240)  # macOS says "unlimited" and takes 10240


def raise_descriptor_limit() -> int | None:
    """Raise the soft limit to the hard one; never raises an error.

    Child processes inherit it.

    Returns:
        the limit now; None: the platform has none.

    """
    try:
        resource: Any = importlib.import_module("resource")
    except ImportError:  # Windows
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    wanted = _TRIES if hard == unlimited else (min(hard, CEILING),)
    for limit in wanted:
        if soft == unlimited or soft >= limit:
            break
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
        except (ValueError, OSError):  # the system has an opinion of its own
            continue
        return limit
    return int(soft)
