"""Files as modules, loaded again when they have changed."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from quick_htag.browsing import file_modules
from quick_htag.browsing.file_modules import AppOfFile, FileModules
from quick_htag.engines.detect import load_engine
from quick_htag.errors import AppFailed

pytestmark = pytest.mark.usefixtures("clean_imports")


def write(path: Path, text: str) -> Path:
    """A file with another time of change than before."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    write.count = getattr(write, "count", 0) + 1
    os.utime(path, (1_700_000_000 + write.count, 1_700_000_000 + write.count))
    return path


@pytest.fixture
def modules(tmp_path):
    """Of the folder of the test."""
    return FileModules(tmp_path)


def test_a_file_is_loaded_once(tmp_path, modules):
    """Until it changes, whatever its size."""
    path = write(tmp_path / "one_fm.py", "value = 1")
    first = modules.load(path)
    assert modules.load(path) is first
    write(path, "value = 2")
    assert modules.load(path).value == 2
    assert first.value == 1


def test_a_module_beside_it_counts(tmp_path, modules):
    """A change of what it imports loads it again, too."""
    write(tmp_path / "helper_fm.py", "NAME = 'a'")
    path = write(tmp_path / "user_fm.py", "from helper_fm import NAME")
    assert modules.load(path).NAME == "a"
    write(tmp_path / "helper_fm.py", "NAME = 'b'")
    assert modules.load(path).NAME == "b"


def test_a_module_that_has_changed_is_so_for_every_file(tmp_path, modules):
    """Also for one that is loaded for the first time, and after a failure."""
    write(tmp_path / "helper_fm.py", "NAME = 'a'")
    source = "from helper_fm import NAME\n"
    modules.load(write(tmp_path / "first_fm.py", source))
    write(tmp_path / "helper_fm.py", "NAME = 'b'")
    bad = write(tmp_path / "second_fm.py", f"{source}1/0")
    with pytest.raises(ZeroDivisionError):
        modules.load(bad)
    write(tmp_path / "helper_fm.py", "NAME = 'c'")
    assert modules.load(write(bad, source)).NAME == "c"
    assert modules.load(tmp_path / "first_fm.py").NAME == "c"


def test_what_was_there_before_stays(tmp_path):
    """Modules that the program itself has, and this package, wherever they lie."""
    import quick_htag

    root = Path(quick_htag.__file__).parents[1]
    modules = FileModules(root)
    assert modules._of_root() == []
    write(tmp_path / "own_fm.py", "")
    sys.path.insert(0, str(tmp_path))
    import own_fm

    assert FileModules(tmp_path)._of_root() == []
    assert sys.modules["own_fm"] is own_fm


def test_another_file_that_was_loaded_does_not_count(tmp_path, modules):
    """A change of one app leaves the others beside it alone."""
    one = write(tmp_path / "one_fm.py", "value = 1")
    two = write(tmp_path / "two_fm.py", "value = 2")
    first = modules.load(one)
    modules.load(two)
    write(two, "value = 3")
    assert modules.load(two).value == 3
    assert modules.load(one) is first


def test_each_folder_has_its_own_modules(tmp_path, modules):
    """Of two helpers with one name, each file gets the one beside it."""
    for name in ("a", "b"):
        write(tmp_path / name / "helper_fm.py", f"NAME = {name!r}")
        write(tmp_path / name / "main_fm.py", "from helper_fm import NAME")
    loaded = [modules.load(tmp_path / name / "main_fm.py").NAME for name in ("a", "b")]
    assert loaded == ["a", "b"]


@pytest.mark.parametrize("name", ["json.py", "my-app.py", "pytest.py"])
def test_a_name_that_is_taken_or_none_is_no_hindrance(tmp_path, modules, name):
    """Nobody else's module is replaced."""
    before = {one: sys.modules.get(one) for one in ("json", "pytest")}
    assert modules.load(write(tmp_path / name, "value = 1")).value == 1
    assert {one: sys.modules.get(one) for one in before} == before


def test_a_file_of_a_package_may_import_its_neighbours(tmp_path, modules):
    """As it does when its package is imported."""
    write(tmp_path / "pack_fm" / "__init__.py", "")
    write(tmp_path / "pack_fm" / "words.py", "NAME = 'x'")
    path = write(tmp_path / "pack_fm" / "app.py", "from .words import NAME")
    assert modules.load(path).NAME == "x"
    write(tmp_path / "pack_fm" / "words.py", "NAME = 'y'")
    assert modules.load(path).NAME == "y"


def test_what_fails_is_tried_again(tmp_path, modules):
    """A module that could not be loaded leaves nothing behind."""
    path = write(tmp_path / "bad_fm.py", "1/0")
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            modules.load(path)
    assert "bad_fm" not in sys.modules
    assert modules.load(write(path, "value = 1")).value == 1


def test_nobody_waits_for_ever(tmp_path, modules, monkeypatch):
    """A file that does not come back stops others for a while only."""
    monkeypatch.setattr(file_modules, "LOAD_LIMIT", 0.05)
    gate, begun = threading.Event(), threading.Event()
    monkeypatch.setattr(sys, "gate_fm", (gate, begun), raising=False)
    text = "import sys\ngate, begun = sys.gate_fm\nbegun.set()\ngate.wait(30)\n"
    slow = write(tmp_path / "slow_fm.py", text)
    thread = threading.Thread(target=modules.load, args=(slow,))
    thread.start()
    try:
        assert begun.wait(10)
        with pytest.raises(AppFailed, match="does not come back"):
            modules.load(write(tmp_path / "quick_fm.py", ""))
    finally:
        gate.set()
        thread.join(10)


def test_an_app_follows_its_file(tmp_path, modules, app_source):
    """The class is that of the file as it is now."""
    path = write(tmp_path / "app_fm.py", app_source("'one'"))
    app = AppOfFile(modules, path, "App", load_engine())
    first = app()
    assert app() is first
    write(path, app_source("'two'"))
    assert app() is not first


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1/0", "app_fm.py cannot be loaded: ZeroDivisionError"),
        ("raise SystemExit(3)", "app_fm.py cannot be loaded: SystemExit"),
        ("App = 1", "app_fm.py has no app App for htag"),
        ("", "app_fm.py has no app App for htag"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, modules, text, said):
    """With the traceback, in which no place of the machine is named."""
    path = write(tmp_path / "app_fm.py", text)
    with pytest.raises(AppFailed, match=said) as caught:
        AppOfFile(modules, path, "App", load_engine())()
    assert str(tmp_path) not in caught.value.trace + str(caught.value)
