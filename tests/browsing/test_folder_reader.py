"""What a folder holds."""

from __future__ import annotations

import os
import sys

import pytest

from quick_htag.browsing import folder_reader
from quick_htag.browsing.folder_reader import FolderReader, is_text, kind_of, sent_as_it_is

APP = "from htag import Tag\nclass {0}(Tag.App):\n    '''About {0}.'''\n"


@pytest.fixture
def folder(tmp_path):
    """Files of every kind."""
    for name in ("sub", "sub/deep", "__pycache__", ".git"):
        (tmp_path / name).mkdir()
    texts = {
        "app.py": APP.format("Shop"),
        "broken.py": "def (x",
        "other.py": APP.format("App") + "WebApp(App).run()",
        "serves.py": "from htag import WebApp\n" + APP.format("App") + "WebApp(App).run()",
        "plain.py": "x = 1",
        "page.html": "",
        "words.md": "",
        "pic.png": "",
        "doc.pdf": "",
        ".env": "",
        "sub/notes.txt": "",
        "sub/deep/clock.py": APP.format("Clock"),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "data.bin").write_bytes(b"\0\1")
    return tmp_path


@pytest.fixture
def reader(folder):
    """As with htag 2."""
    return FolderReader(folder.resolve(), 2)


def test_every_kind_is_known(reader):
    """Folders first, then by name; hidden things and what Python leaves behind are not there."""
    assert [(one.name, one.kind) for one in reader.items(())] == [
        ("sub", "folder"),
        ("app.py", "apps"),
        ("broken.py", "broken"),
        ("data.bin", "other"),
        ("doc.pdf", "page"),
        ("other.py", "apps"),
        ("page.html", "page"),
        ("pic.png", "image"),
        ("plain.py", "python"),
        ("serves.py", "script"),
        ("words.md", "text"),
    ]


def test_apps_are_told(reader):
    """With what they are about; a file that serves by itself has none to open."""
    items = {one.name: [(app.name, app.about) for app in one.apps] for one in reader.items(())}
    assert items["app.py"] == [("Shop", "About Shop.")]
    assert items["serves.py"] == []


def test_nothing_is_run(folder, reader):
    """Looking at a file leaves no trace of it."""
    mark = folder / "mark"
    (folder / "app.py").write_text(APP.format("App") + f"open({str(mark)!r}, 'w')")
    assert next(one for one in reader.items(()) if one.name == "app.py").apps
    assert not mark.exists()


def test_a_file_that_has_changed_is_read_again(folder, reader):
    """And only then."""
    path = folder / "app.py"
    first = reader.report(str(path), path.stat())
    assert reader.report(str(path), path.stat()) is first
    path.write_text(APP.format("Other"))
    os.utime(path, (1, 1))
    assert [app.name for app in reader.report(str(path), path.stat()).found] == ["Other"]


def test_a_search_goes_down(reader):
    """All words, in paths and apps, whatever their case."""
    assert [one.name for one in reader.search((), "CLOCK")[0]] == ["sub/deep/clock.py"]
    assert [one.name for one in reader.search(("sub",), "deep about")[0]] == ["deep/clock.py"]
    assert reader.search((), "shop clock") == ([], True)


def test_a_search_has_an_end(reader, monkeypatch):
    """What is cut is said to be."""
    monkeypatch.setattr(folder_reader, "_MOST_FOUND", 2)
    found, whole = reader.search((), "p")
    assert (len(found), whole) == (2, False)


def test_a_folder_of_strangers_is_looked_through_quickly(reader, monkeypatch):
    """After a while, only files that mention htag are parsed."""
    monkeypatch.setattr(folder_reader, "_READ_LIMIT", 0.0)
    kinds = {one.name: one.kind for one in reader.items(())}
    assert (kinds["app.py"], kinds["broken.py"]) == ("apps", "python")


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_that_lead_out_are_not_there(folder, reader, tmp_path_factory):
    """Nor devices and pipes; a link inside is what it leads to, and no search goes in circles."""
    other = tmp_path_factory.mktemp("other")
    (other / "x.txt").touch()
    (folder / "out").symlink_to(other)
    (folder / "gone").symlink_to(folder / "nothing")
    (folder / "loop").symlink_to(folder)
    (folder / "hidden.txt").symlink_to(folder / ".env")
    os.mkfifo(folder / "pipe.py")
    names = {one.name for one in reader.items(())}
    assert names.isdisjoint({"out", "gone", "pipe.py", "hidden.txt"})
    assert "loop" in names
    assert reader.search((), "clock")[1]


def test_a_folder_that_is_none(reader):
    """Says so."""
    with pytest.raises(OSError, match="nothing"):
        reader.items(("nothing",))


def test_text_is_told_by_its_beginning(tmp_path):
    """A letter that is cut in two is one all the same; null bytes are not."""
    path = tmp_path / "x"
    for data, found in [(b"a" * 4095 + "ä".encode(), True), (b"a\0", False), (b"\xff", False)]:
        path.write_bytes(data)
        assert is_text(str(path)) is found
    assert not is_text(str(tmp_path / "nothing"))


def test_kinds_by_name(tmp_path):
    """What pages are made of is sent as it is, the rest is shown as text or not at all."""
    assert kind_of("x.svg") == "image"
    assert kind_of("x.HTM") == "page"
    assert sent_as_it_is("a.JS")
    assert not sent_as_it_is("a.py")
