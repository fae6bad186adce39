"""The folder of a supervisor and its workers: who uses it, and who removes it."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import pytest

from quick_htag.workers.shared_folder import SharedFolder, sweep
from tests.live_program import is_alive
from tests.patience import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="workers share a socket of POSIX")


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where temporary folders are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def _made_long_ago(path: str | Path) -> None:
    os.utime(path, (time.time() - 3600, time.time() - 3600))


@pytest.mark.parametrize("who", ["supervisor", "worker"])
def test_it_is_used_until_the_last_one_leaves(place: Path, who: str) -> None:
    """Nobody sweeps what either of them still has; afterwards it goes, with what is in it."""
    supervisor = SharedFolder()
    worker = SharedFolder(supervisor.path)
    Path(supervisor.path, "store.db").touch()
    first, last = (worker, supervisor) if who == "supervisor" else (supervisor, worker)
    first.leave()
    _made_long_ago(supervisor.path)
    sweep()
    assert Path(supervisor.path, "store.db").exists()
    last.leave()
    sweep()
    assert not list(place.iterdir())


def test_a_young_one_stays(place: Path) -> None:
    """Its supervisor may not have come to lock it yet."""
    folder = SharedFolder()
    folder.leave()
    (place / "quick_htag-workers-new").mkdir(mode=0o700)
    sweep()
    assert len(list(place.iterdir())) == 2


def test_an_empty_one_goes(place: Path) -> None:
    """Its supervisor was killed before there was anything to lock; what has files is not ours."""
    for name in ("empty", "full"):
        folder = place / f"quick_htag-workers-{name}"
        folder.mkdir(mode=0o700)
        if name == "full":
            (folder / "file").touch()
        _made_long_ago(folder)
    sweep()
    assert [one.name for one in place.iterdir()] == ["quick_htag-workers-full"]


def test_others_that_look_like_one_stay(place: Path) -> None:
    """One that others may enter, one of another name, a link."""
    for name in ("quick_htag-workers-open", "qh-other"):
        (place / name).mkdir(mode=0o755 if name.endswith("open") else 0o700)
        (place / name / "users").touch()
        _made_long_ago(place / name)
    (place / "quick_htag-workers-link").symlink_to(place / "qh-other")
    sweep()
    assert len(list(place.iterdir())) == 3
    assert (place / "qh-other" / "users").exists()


def test_removed_and_left_twice(place: Path) -> None:
    """The second time is harmless; whoever comes then is told."""
    folder = SharedFolder()
    for _ in range(2):
        folder.remove()
        folder.leave()
    with pytest.raises(FileNotFoundError):
        SharedFolder(folder.path)
    assert not list(place.iterdir())


def test_what_killed_processes_have_left_goes_with_the_next_start(fleet, tmp_path: Path) -> None:
    """All were killed at once; a supervisor that lives keeps its own."""
    shared = tmp_path / "shared"
    shared.mkdir()
    dead, alive = fleet("1", TMPDIR=str(shared)), fleet("1", TMPDIR=str(shared))
    worker = dead.ask()["pid"]
    os.kill(dead.process.pid, signal.SIGSTOP)  # so that it does nothing about what comes
    os.kill(worker, signal.SIGKILL)
    dead.process.kill()
    dead.process.wait(30)
    until(lambda: not is_alive(worker))
    before = {one.name for one in shared.glob("quick_htag-workers-*")}
    assert len(before) == 2
    for name in before:
        _made_long_ago(shared / name)
    fleet("1", TMPDIR=str(shared))
    after = {one.name for one in shared.glob("quick_htag-workers-*")}
    assert len(before & after) == 1
    assert len(after) == 2
    assert alive.ask("/count")["count"] == 1
