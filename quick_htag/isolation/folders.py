"""Folders for sockets, which only their owner may enter, and what becomes of them.

A server has one of its own, or shares one with all that use the same store. Who is killed leaves
sockets behind, so nobody trusts a file: what counts is whether somebody listens. Who comes or goes
clears away what has no owner.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from ..own_folders import is_ours
from .addresses import APP, DOOR, Address, address_of, listen_in, somebody_listens

_WITH_FILES: Final = hasattr(socket, "AF_UNIX") and sys.platform != "win32"
_LONGEST: Final = 100  # bytes; the name of a socket may not be longer than some 104
_PREFIX: Final = "qh-"
_YOUNG: Final = 30.0  # seconds; what is younger may be about to be used


class Folder:
    """A folder for sockets. Any thread.

    Args:
        files: whether sockets are files; else they are ports.
        path: one that others use, too; None: a new one.

    Raises:
        OSError: there is no such folder, or it is not ours alone.

    """

    def __init__(self, *, files: bool = _WITH_FILES, path: str | None = None) -> None:
        if path is not None and not is_ours(path):
            raise PermissionError(f"{path} is no folder of our own")
        self._own: list[str] = []  # sockets of this server
        if path is None and files:
            path = tempfile.mkdtemp(prefix=_PREFIX, dir=_short_folder())
            Path(path).chmod(0o700)  # whatever the umask is
        self._path = path

    @property
    def path(self) -> str | None:
        """Where it is; None: there is none."""
        return self._path

    def listen(self) -> socket.socket:
        """A new socket of a server that listens and does not block.

        Raises:
            OSError: there is none.

        """
        listening = listen_in(self._path, DOOR)
        if self._path is not None:
            self._own.append(str(address_of(listening)[0]))
        return listening

    def close_doors(self) -> None:
        """Nobody comes by ``listen`` any more; again is harmless."""
        own, self._own = self._own, []
        for path in own:
            with suppress(OSError):
                Path(path).unlink()

    def remove(self) -> None:
        """Remove it, unless others use it; again is harmless."""
        self.close_doors()
        if self._path is not None:
            clear(self._path, 0.0)
        self._path = None


def _short_folder() -> str | None:
    """Where folders may be made without names that are too long for sockets."""
    usual = tempfile.gettempdir()
    return usual if len(os.fsencode(usual)) < _LONGEST - 40 else "/tmp"  # noqa: S108 mkdtemp there


def doors(path: str | None) -> list[Address]:
    """Where servers listen, or have listened."""
    if path is None:
        return []
    try:
        return [[str(one)] for one in sorted(Path(path).iterdir()) if one.name.startswith(DOOR)]
    except OSError:
        return []


def has_server(path: str | None) -> bool:
    """Whether a server listens in a folder."""
    return any(somebody_listens(str(address[0])) for address in doors(path))


def clear(path: str, young: float = _YOUNG) -> None:
    """Remove what nobody listens to, and the folder if that was all.

    Args:
        path: a folder of ours.
        young: seconds; what is not older may have been made by somebody who is about to listen.

    """
    before = time.time() - young
    with suppress(OSError):  # somebody else is as far, or has made a socket meanwhile
        unused = not young or Path(path).stat().st_mtime <= before
        for one in Path(path).iterdir():
            if not one.name.startswith((DOOR, APP)):
                return
            if one.lstat().st_mtime <= before and not somebody_listens(one):
                one.unlink()
        if unused:
            Path(path).rmdir()


def sweep() -> None:
    """Clear the folders of servers and processes of ours that were killed."""
    if not _WITH_FILES:
        return
    usual = _short_folder() or tempfile.gettempdir()
    for path in Path(usual).glob(f"{_PREFIX}*"):
        if is_ours(str(path)):
            clear(str(path))
