"""The folder that a supervisor shares with its workers, and what becomes of those left behind.

Each of them holds a lock on a file in it, which the system frees for who dies. So a folder whose
file nobody holds has no processes any more, and the next supervisor removes it. What is young
stays: its supervisor may be about to take the lock.
"""

from __future__ import annotations

import importlib
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from ..own_folders import is_ours

_PREFIX: Final = "quick_htag-workers-"
_LOCK: Final = "users"
_YOUNG: Final = 30.0  # seconds


def _lock(file: int, *, alone: bool) -> None:
    fcntl: Any = importlib.import_module("fcntl")  # Windows has none, and no workers either
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB if alone else fcntl.LOCK_SH)


class SharedFolder:
    """A folder for this user only, in use as long as this process has it. One thread.

    Args:
        path: that of the supervisor; None: a new one.

    Attributes:
        path: where it is.

    Raises:
        OSError: it cannot be made, or is gone.

    """

    def __init__(self, path: str | None = None) -> None:
        flags = os.O_RDWR
        if path is None:
            path = tempfile.mkdtemp(prefix=_PREFIX)
            flags |= os.O_CREAT | os.O_EXCL
        self.path = path
        self._file: int | None = os.open(Path(path, _LOCK), flags, 0o600)
        with suppress(OSError):  # where files cannot be locked, nobody can sweep either
            _lock(self._file, alone=False)

    def remove(self) -> None:
        """Remove it with all that is in it; again is harmless. Takes no lock of threads.

        Others that still use it make what they need anew, and remove it, too.
        """
        with suppress(OSError):
            shutil.rmtree(self.path, ignore_errors=True)

    def leave(self) -> None:
        """Use it no longer; again is harmless."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)


def sweep() -> None:
    """Remove what supervisors and workers of ours have left that were killed, all of them."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):  # somebody else is as far, or uses it
            if is_ours(str(path)) and path.stat().st_mtime <= time.time() - _YOUNG:
                _remove_unused(path)


def _remove_unused(path: Path) -> None:
    """Remove a folder that nobody uses.

    Raises:
        OSError: somebody does, or it is gone.

    """
    try:
        file = os.open(path / _LOCK, os.O_RDWR)
    except FileNotFoundError:  # its supervisor was killed before anything was in it
        path.rmdir()
        return
    try:
        _lock(file, alone=True)
        shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(file)
