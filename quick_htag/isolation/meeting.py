"""The folder and the secret that web processes have in common which use one store.

So any of them may take over the processes of another one, and these find it by themselves.
"""

from __future__ import annotations

import os
import secrets
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from ..errors import StoreError
from ..own_folders import is_ours
from .folders import Folder, clear

if TYPE_CHECKING:
    from ..interfaces import Store

_KEPT: Final = 30 * 24 * 3600.0  # seconds; longer than any process
_TRIES: Final = 5  # the folder may be removed by the last one who leaves it


def this_machine() -> str:
    """Names machine and user: processes of others are not reached."""
    return f"{socket.gethostname()}:{os.getuid() if hasattr(os, 'getuid') else 0}"


def meet(store: Store) -> tuple[bytes, Folder, socket.socket]:
    """The secret, the folder, and a socket there that listens.

    Raises:
        OSError: there is no such folder.
        StoreError: the store cannot be used.

    """
    key = f"processes:{this_machine()}"
    for _ in range(_TRIES):
        known = store.get(key)
        if known is None or not _usable(known):
            known = _proposed(store, key, known)
        with suppress(OSError):
            folder = Folder(path=known["folder"]) if known["folder"] else Folder()
            listening = folder.listen()
            store.touch(key, _KEPT)
            if folder.path is not None:
                clear(folder.path)
            return bytes.fromhex(known["secret"]), folder, listening
    raise OSError("no folder for sockets")


def _usable(known: dict[str, Any]) -> bool:
    return known["folder"] is None or is_ours(known["folder"])


def _proposed(store: Store, key: str, before: dict[str, Any] | None) -> dict[str, Any]:
    """A new folder, or that of somebody who was faster."""
    made = Folder()
    mine = {"folder": made.path, "secret": secrets.token_hex(32)}
    if before is not None:
        mine["secret"] = before["secret"]  # of processes that may still live

    def change(now: Any) -> Any:
        return mine if now is None or now == before else now

    try:
        found: dict[str, Any] = store.update(key, change, _KEPT)
    except StoreError:
        made.remove()
        raise
    if found["folder"] != made.path:
        made.remove()
    return found
