"""Which files have changed."""

from __future__ import annotations

import os

import pytest

from quick_htag.process import file_watch
from quick_htag.process.file_watch import LONGEST, SHORTEST, FileWatch


def touch(path, text="x"):
    """Write a file, and let its time differ from before whatever the clock of the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    before = path.stat().st_mtime_ns
    os.utime(path, ns=(before, before + 1_000_000_000))
    later = path.parent.stat().st_mtime_ns + 1_000_000_000
    os.utime(path.parent, ns=(later, later))


@pytest.fixture
def folder(tmp_path):
    """With a file, and one in a folder below."""
    touch(tmp_path / "a.py")
    touch(tmp_path / "sub" / "b.py")
    return tmp_path


def names(paths, folder):
    """Relative to the folder."""
    return [os.path.relpath(path, folder).replace(os.sep, "/") for path in paths]


def test_nothing_has_changed(folder):
    """Nor at first."""
    watch = FileWatch([str(folder)])
    assert watch.changed() == []
    assert names(watch.files, folder) == ["a.py", "sub/b.py"]


@pytest.mark.parametrize("name", ["a.py", "sub/b.py", "new.py", "other/deep/new.py"])
def test_a_change_is_told_once(folder, name):
    """Of files that were there, and of new ones, in new folders too."""
    watch = FileWatch([str(folder)])
    touch(folder / name, "changed")
    touch(folder / "seen")
    assert names(watch.changed(), folder) == [name]
    assert watch.changed() == []


def test_what_is_gone_has_changed(folder):
    """A file, and a folder with all in it."""
    watch = FileWatch([str(folder)])
    (folder / "sub" / "b.py").unlink()
    (folder / "sub").rmdir()
    touch(folder / "seen")
    assert names(watch.changed(), folder) == ["sub/b.py"]


@pytest.mark.parametrize(
    "name",
    [
        ".git/x.py",
        "__pycache__/x.py",
        "node_modules/x.py",
        "build/x.py",
        "venv/x.py",
        ".hidden.py",
        "notes.txt",
        "made/x.py",
    ],
)
def test_what_is_left_out(folder, name):
    """Folders that tools write, hidden files, other files, and what the caller names."""
    watch = FileWatch([str(folder)], exclude=["made"])
    touch(folder / name)
    touch(folder / "seen")
    assert watch.changed() == []


def test_virtual_environments_are_left_out_under_any_name(folder):
    """Their mark is a file."""
    touch(folder / "own" / "pyvenv.cfg")
    touch(folder / "own" / "x.py")
    assert names(FileWatch([str(folder)]).files, folder) == ["a.py", "sub/b.py"]


def test_more_files_may_be_named(folder):
    """Single ones, and folders of which all files count."""
    touch(folder / "templates" / "page.html")
    touch(folder / "data.json")
    watch = FileWatch([str(folder)], [str(folder / "templates"), str(folder / "data.json")])
    touch(folder / "templates" / "page.html", "changed")
    touch(folder / "data.json", "changed")
    assert names(watch.changed(), folder) == ["data.json", "templates/page.html"]


def test_files_may_come_later(folder, tmp_path_factory):
    """Those the program has loaded from elsewhere."""
    other = tmp_path_factory.mktemp("other") / "c.py"
    touch(other)
    watch = FileWatch([str(folder)])
    watch.add([str(other)])
    assert watch.changed() == []
    touch(other, "changed")
    assert watch.changed() == [str(other)]


def test_a_file_that_comes_later_may_have_changed_already(folder, tmp_path_factory):
    """It was saved after the program that has loaded it was started."""
    path = tmp_path_factory.mktemp("elsewhere") / "module.py"
    path.write_text("")
    watch = FileWatch([str(folder)])
    watch.add([str(path)], path.stat().st_mtime - 1)
    assert watch.changed() == [str(path)]
    watch.add([str(path)], path.stat().st_mtime - 1)
    assert watch.changed() == []


def test_the_pause_grows_with_the_cost(folder, clock):
    """Looking takes a twentieth of the time, within limits."""
    watch = FileWatch([str(folder)], clock=clock)
    assert watch.pause == SHORTEST
    cost = iter([0.0, 0.03, 0.03, 9.0])
    watch._clock = lambda: next(cost)
    watch.changed()
    assert watch.pause == pytest.approx(0.6)
    watch.changed()
    assert watch.pause == LONGEST


def test_a_tree_without_end_is_cut(folder, monkeypatch):
    """And it is said."""
    monkeypatch.setattr(file_watch, "MOST_FOLDERS", 1)
    watch = FileWatch([str(folder)])
    assert watch.cut == [str(folder)]
    assert names(watch.files, folder) == ["a.py"]
