"""Tells the first process that uses a file from those that come while it does."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from types import ModuleType
from typing import Any

from ..errors import StoreUnavailable


def _load_fcntl() -> ModuleType | None:
    try:
        return importlib.import_module("fcntl")
    except ImportError:  # Windows
        return None


class FileUsers:
    """A lock file that each user of something holds; the system lets go for who dies.

    Args:
        path: the lock file; it is made, and stays.

    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: int | None = None

    def enter(self) -> bool:
        """Become a user; whether we are the only one now.

        Without ``fcntl``, on Windows, whoever can remove the file is the only one: there a file
        that somebody has open stays.

        Raises:
            StoreUnavailable: the file cannot be made.

        """
        fcntl: Any = _load_fcntl()
        try:
            if fcntl is None:
                return self._enter_by_removing()
            self._file = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise StoreUnavailable(f"{self._path} cannot be made: {error}") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            first = True
        except OSError:  # somebody holds it
            first = False
        fcntl.flock(self._file, fcntl.LOCK_SH)
        return first

    def leave(self) -> None:
        """Be a user no longer; safe to call twice."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def _enter_by_removing(self) -> bool:
        try:
            Path(self._path).unlink(missing_ok=True)
            first = True
        except OSError:  # it is open
            first = False
        self._file = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        return first
