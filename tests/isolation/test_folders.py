"""Folders for sockets: whose they are, and what becomes of what was left behind."""

from __future__ import annotations

import os
import socket
import stat
import tempfile
from pathlib import Path

import pytest

from quick_htag.isolation import folders
from quick_htag.isolation.addresses import address_of, listen_in
from quick_htag.isolation.folders import Folder, clear, doors, has_server, sweep

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has ports instead")


@pytest.fixture
def old(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """What is made here counts as made long ago, and folders are made below."""
    monkeypatch.setattr(folders, "_YOUNG", -10.0)
    monkeypatch.setattr(folders.clear, "__defaults__", (-10.0,))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(folders, "_short_folder", lambda: str(tmp_path))
    return tmp_path


def left_behind(folder: str) -> Path:
    """A socket of a process that was killed."""
    with listen_in(folder) as listening:
        return Path(str(address_of(listening)[0]))


def test_the_folder_is_its_owners() -> None:
    """Nobody else may enter; in the end it is gone with what is in it."""
    folder = Folder(files=True)
    path = Path(folder.path)
    listening = folder.listen()
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    listening.close()
    folder.remove()
    folder.remove()
    assert not path.exists()


def test_one_that_others_use_stays() -> None:
    """The last one who leaves it removes it."""
    one = Folder(files=True)
    two = Folder(path=one.path)
    path = str(one.path)
    first, second = one.listen(), two.listen()
    assert len(doors(path)) == 2
    one.remove()
    first.close()
    assert doors(path) == [[address_of(second)[0]]]
    assert has_server(path)
    second.close()
    assert not has_server(path)
    two.remove()
    assert not Path(path).exists()


def test_one_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    """What others may enter was not made by us; see ``own_folders``."""
    tmp_path.chmod(0o755)
    with pytest.raises(PermissionError):
        Folder(path=str(tmp_path))


def test_what_was_left_behind_is_swept_up(old: Path) -> None:
    """A folder in which nobody listens goes; where somebody does, only what is dead."""
    dead, alive = Folder(files=True), Folder(files=True)
    left_behind(str(dead.path))
    gone = left_behind(str(alive.path))
    with listen_in(str(alive.path)) as listening:
        sweep()
        assert not Path(str(dead.path)).exists()
        assert not gone.exists()
        assert Path(str(address_of(listening)[0])).exists()
    sweep()
    assert not list(old.iterdir())


def test_what_is_young_or_something_else_stays(old: Path) -> None:
    """It may be about to be used; and other files are none of ours."""
    folder = Folder(files=True)
    socket_file = left_behind(str(folder.path))
    clear(str(folder.path), 60.0)
    assert socket_file.exists()
    other = Path(str(folder.path), "notes.txt")
    other.write_text("keep")
    sweep()
    assert other.exists()
    assert hasattr(socket, "AF_UNIX")
