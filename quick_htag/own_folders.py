"""Which folders belong to this user alone, where anybody may make some."""

from __future__ import annotations

import os
import stat


def is_ours(path: str) -> bool:
    """Whether it is a folder that only we may enter, and no link to one."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    alone = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o700
    return alone and (not hasattr(os, "getuid") or found.st_uid == os.getuid())
