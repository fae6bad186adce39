"""Stores by the names of htagweb."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from quick_htag.errors import ConfigurationError
from quick_htag.stores.memory import MemoryStore
from quick_htag.stores.providers import FileDict, FilePersistentDict, MemDict, SiblingDict, store_of


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of the tests are nobody's."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@pytest.mark.parametrize("provider", ["MemDict", MemDict, MemoryStore, MemoryStore()])
def test_in_memory(provider: Any) -> None:
    """By name, as the function, as a class, or made already."""
    assert isinstance(store_of(provider), MemoryStore)


@pytest.mark.parametrize(
    ("provider", "kept"), [("FileDict", None), (FilePersistentDict, 1), (FileDict, None)]
)
def test_in_a_file(provider: Any, kept: Any) -> None:
    """One is forgotten at the next start, the other kept."""
    store = store_of(provider)
    store.put("a", 1)
    store.close()
    store = store_of(provider)
    assert store.get("a") == kept
    store.close()


def test_the_file_is_private(tmp_path: Path) -> None:
    """It lies in a folder nobody else can open."""
    FilePersistentDict().close()
    assert (tmp_path / "quick_htag").stat().st_mode & 0o077 == 0


def test_a_file_of_your_own(tmp_path: Path) -> None:
    """Wherever it shall be."""
    store = store_of(lambda: FilePersistentDict(tmp_path / "mine.db"))
    store.close()
    assert (tmp_path / "mine.db").exists()


@pytest.mark.parametrize("provider", ["ShmDict", 7, dict, {}])
def test_what_is_no_provider(provider: Any) -> None:
    """The error names those that are."""
    with pytest.raises(ConfigurationError, match="FilePersistentDict"):
        store_of(provider)


def test_siblings_share_a_file(tmp_path: Path) -> None:
    """It begins anew when the last of them has ended."""
    first, second = SiblingDict(), SiblingDict()
    first.put("a", 1)
    assert second.get("a") == 1
    first.close()
    second.close()
    third = SiblingDict()
    assert third.get("a") is None
    third.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there it cannot be asked who lives")
def test_files_of_the_dead_are_removed(tmp_path: Path) -> None:
    """Those of parents that have ended; others stay."""
    SiblingDict().close()
    folder = tmp_path / "quick_htag"
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    name = next(folder.glob("*-of-*.db")).name.rpartition("-")[0]
    orphans = [folder / f"{name}-{ended.pid}.db{end}" for end in ("", "-wal", "-users")]
    alive = folder / f"{name}-{os.getpid()}.db"
    for one in (*orphans, alive):
        one.touch()
    SiblingDict().close()
    assert [one.exists() for one in (*orphans, alive)] == [False, False, False, True]
