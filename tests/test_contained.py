"""Files of a folder, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from quick_htag import contained
from quick_htag.contained import (
    FoundFile,
    FoundFolder,
    is_inside,
    is_plain_name,
    open_file,
    open_inside,
    path_segments,
)

needs_links = pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a file in a folder, beside one that must not be reached."""
    (tmp_path / "root" / "deep" / "er").mkdir(parents=True)
    (tmp_path / "root" / "deep" / "er" / "a.txt").write_text("a")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.txt").write_text("secret")
    return (tmp_path / "root").resolve()


def _text(root: Path, *parts: str, follow: bool = False) -> str | None:
    opened = open_inside(str(root), parts, follow_links=follow)
    if opened is None or not isinstance(opened[0], FoundFile):
        return None
    with opened[0].file:
        return opened[0].file.read().decode()


def test_a_file_below(root: Path) -> None:
    """Parts lead to a file; its path is the real one."""
    opened = open_inside(str(root), ("deep", "er", "a.txt"))
    assert opened is not None
    found, path = opened
    assert isinstance(found, FoundFile)
    found.file.close()
    assert found.path == path == str(root / "deep" / "er" / "a.txt")


def test_folders_and_nothing(root: Path) -> None:
    """A folder is told from what is not there; a file is no folder of others."""
    assert open_inside(str(root), ("deep",)) == (FoundFolder(()), str(root / "deep"))
    assert open_inside(str(root), ()) is not None
    for parts in (("gone",), ("gone", "a"), ("deep", "er", "a.txt", "b")):
        assert open_inside(str(root), parts) is None


@needs_links
def test_no_link_leads_out(root: Path) -> None:
    """At whatever place on the way a link is."""
    (root / "file").symlink_to(root.parent / "other" / "a.txt")
    (root / "folder").symlink_to(root.parent / "other")
    (root / "deep" / "up").symlink_to("../..")
    for parts in (("file",), ("folder", "a.txt"), ("deep", "up", "other", "a.txt")):
        assert _text(root, *parts) is None
        assert _text(root, *parts, follow=True) == "secret"


@needs_links
def test_links_inside_lead_on(root: Path) -> None:
    """A link that stays inside is as good as what it points to, in any place."""
    (root / "file").symlink_to("deep/er/a.txt")
    (root / "short").symlink_to("deep/er")
    (root / "out").symlink_to(root.parent / "other")
    (root.parent / "other" / "back").symlink_to(root / "deep")
    assert _text(root, "file") == "a"
    assert _text(root, "short", "a.txt") == "a"
    assert _text(root, "out", "back", "er", "a.txt") == "a"


@needs_links
def test_links_to_nothing(root: Path) -> None:
    """A link to itself or to nothing is nothing."""
    (root / "loop").symlink_to("loop")
    (root / "lost").symlink_to("nowhere")
    assert [_text(root, name) for name in ("loop", "lost")] == [None, None]


@needs_links
def test_links_to_hidden_files(root: Path) -> None:
    """What is hidden stays so under another name."""
    (root / ".env").write_text("hidden")
    (root / "env").symlink_to(".env")
    assert _text(root, "env") is None


def test_inside_is_not_a_beginning(root: Path) -> None:
    """A folder whose name begins like that of another is not in it."""
    assert is_inside(str(root), str(root / "a"))
    assert is_inside(str(root), str(root))
    assert not is_inside(str(root), f"{root}-secret/a")
    assert not is_inside(str(root), str(root / ".git" / "a"))


@pytest.mark.parametrize("name", [".git", "a/b", "a\\b", "a\0b", "c:", "C:x"])
def test_names_that_are_not_plain(name: str) -> None:
    """Hidden names, paths and drives are refused everywhere."""
    assert not is_plain_name(name)


@pytest.mark.parametrize(
    "name", ["con", "NUL.txt", "com1.js", "lpt9", "a.txt.", "a.txt%20", "a.txt:stream", "aux .css"]
)
def test_names_that_windows_reads_otherwise(name: str) -> None:
    """Devices, streams and other spellings are no names there, and names elsewhere."""
    assert path_segments(f"/{name}", windows=True) is None
    assert path_segments(f"/{name}", windows=False) is not None


@pytest.mark.parametrize("name", ["console", "com10.js", "a b.txt", "auxiliary.css"])
def test_names_that_windows_takes(name: str) -> None:
    """Names that only look like devices are names."""
    assert path_segments(f"/{name}", windows=True) == (name,)


def test_failures_of_the_system_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Running out of files is not a missing file."""

    def fail(*_: object) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "open", fail)
    with pytest.raises(OSError, match="Too many"):
        open_file(str(tmp_path / "x"))


# -- an open file ----------------------------------------------------------------------------------


def _found(root: Path, name: str = "a.txt", text: str = "0123456789") -> FoundFile:
    (root / name).write_text(text)
    found = open_file(str(root / name))
    assert isinstance(found, FoundFile)
    return found


def test_a_part_of_a_file_is_read(root: Path) -> None:
    """From any offset, again and again; less is given where there is no more."""
    found = _found(root)
    assert [found.read(2, 3), found.read(0, 10), found.read(8, 5)] == [b"234", b"0123456789", b"89"]
    found.close()


def test_a_file_that_comes_in_pieces(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system may give less than what was asked for."""
    found = _found(root)
    monkeypatch.setattr(
        contained, "_READ_AT", lambda _, length, offset: b"0123456789"[offset : offset + 4][:length]
    )
    assert found.read(0, 10) == b"0123456789"
    found.close()


def test_a_file_is_read_where_there_is_no_such_call(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows."""
    monkeypatch.setattr(contained, "_READ_AT", None)
    found = _found(root)
    assert [found.read(2, 3), found.read(0, 2)] == [b"234", b"01"]
    found.close()


def test_a_file_is_closed_once(root: Path) -> None:
    """Another file may have its number by then."""
    found = _found(root)
    found.close()
    with _found(root, "b.txt").take() as file:
        found.close()
        assert file.read() == b"0123456789"
    with pytest.raises(ValueError, match="closed"):
        found.file.read()


def test_a_file_that_was_taken_is_not_closed(root: Path) -> None:
    """Whoever has taken it does that."""
    found = _found(root)
    with found.take() as file:
        found.close()
        assert file.read() == b"0123456789"


def test_a_file_object_is_closed_with_it(root: Path) -> None:
    """One that was asked for, and not taken."""
    found = _found(root)
    file = found.file
    found.close()
    assert file.closed
