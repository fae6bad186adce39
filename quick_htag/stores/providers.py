"""Stores by the names that users of htagweb know: what they gave as ``sesprovider``."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ..errors import ConfigurationError
from ..interfaces import Store
from .memory import MemoryStore
from .sqlite import SQLiteStore

Provider = str | Store | Callable[[], Store]
"""A store, what makes one, or the name of a provider."""

_PATTERN = "quick_htag-{0}.db"


def MemDict() -> MemoryStore:  # noqa: N802 the name that scripts know
    """Sessions in memory: forgotten with the process."""
    return MemoryStore()


def FileDict(path: str | os.PathLike[str] | None = None) -> SQLiteStore:  # noqa: N802
    """Sessions in a file that is emptied with each start.

    Args:
        path: the file; None: one for this script, in the user's folder for data.

    """
    return SQLiteStore(_default_path("sessions") if path is None else path, forget=True)


def FilePersistentDict(path: str | os.PathLike[str] | None = None) -> SQLiteStore:  # noqa: N802
    """Sessions in a file that outlives the program.

    Args:
        path: the file; None: one for this script, in the user's folder for data.

    """
    return SQLiteStore(_default_path("persistent") if path is None else path)


def SiblingDict() -> SQLiteStore:  # noqa: N802 like the others
    """Sessions in a file of the processes that have one parent, the workers of a host.

    It is forgotten with the last of them.
    """
    path = _default_path(f"of-{os.getppid()}")
    _remove_orphans(path)
    return SQLiteStore(path, forget=True)


_NAMED: dict[str, Callable[[], Store]] = {
    function.__name__: function for function in (MemDict, FileDict, FilePersistentDict)
}


def store_of(provider: Provider) -> Store:
    """The store behind a session provider.

    Args:
        provider: ``MemDict``, ``FileDict`` or ``FilePersistentDict``, or their names; any function
            that makes a store; or a store.

    Raises:
        ConfigurationError: it is nothing of that.
        StoreUnavailable: the file cannot be made.

    """
    if isinstance(provider, str):
        if provider not in _NAMED:
            raise ConfigurationError(
                f"there is no session provider {provider!r}; use {', '.join(_NAMED)}, or a store"
            )
        provider = _NAMED[provider]
    store = provider() if callable(provider) else provider
    if not _is_store(store):
        raise ConfigurationError(
            f"{provider!r} is no session provider: give a store, a function that makes one, or one "
            f"of {', '.join(_NAMED)}"
        )
    return store


def check_store(store: object) -> None:
    """See to it that ``store=`` was given a store.

    Raises:
        ConfigurationError: it was not.

    """
    if isinstance(store, type) or not _is_store(store):
        raise ConfigurationError(
            f'store is an object such as SQLiteStore("app.db"), not {store!r}; the names of '
            "providers go to sesprovider"
        )


def _is_store(store: object) -> bool:
    return all(hasattr(store, name) for name in ("get", "put", "update", "locked"))


def _remove_orphans(path: Path) -> None:
    """Remove the files of parents that have ended."""
    for found in path.parent.glob("*-of-*.db"):
        parent = found.stem.rpartition("-")[2]
        if parent.isdigit() and not _lives(int(parent)):
            for one in found.parent.glob(f"{found.name}*"):
                with suppress(OSError):  # a sibling may do the same just now
                    one.unlink()


def _lives(process: int) -> bool:
    if sys.platform != "win32":  # where a signal would end it
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
        except OSError:  # it is somebody else's
            return True
    return True


def _default_path(kind: str) -> Path:
    """A file in a folder that only this user can open, unlike the one for temporary files."""
    base = os.environ.get("XDG_STATE_HOME") or os.environ.get("LOCALAPPDATA")
    folder = Path(base) if base else Path.home() / ".local" / "state"
    folder = folder / "quick_htag"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:  # a service without a home; its files do not outlive the machine's next start
        folder = Path(tempfile.mkdtemp(prefix="quick_htag-"))
    script = Path(sys.argv[0] if sys.argv and sys.argv[0] else "interactive").stem
    return folder / _PATTERN.format(f"{script}-{kind}")
