"""Copies of files that follow them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from quick_htag.errors import ConfigurationError
from quick_htag.logs import MessageLog
from quick_htag.process.mirror import Mirrors

needs_links = pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
TIMEOUT = 30.0


def no_links(source: str, link: str) -> None:
    """A system on which links cannot be made."""
    raise OSError(1314, "A required privilege is not held by the client")


class Lines(MessageLog):
    """A log that can be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.written = threading.Event()

    def write(self, head: str, text: str) -> None:
        self.text += text
        self.written.set()


@pytest.fixture
def log() -> Lines:
    """What the mirrors tell."""
    return Lines()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file to be mirrored."""
    (tmp_path / "from").mkdir()
    path = tmp_path / "from" / "worker.js"
    path.write_text("one")
    return path


@pytest.fixture
def mirrors(log: Lines) -> Iterator[Mirrors]:
    """Mirrors that are links."""
    made = Mirrors(log)
    yield made
    made.close()


@pytest.fixture
def copies(log: Lines, no_thread_left: None) -> Iterator[Mirrors]:
    """Mirrors where there are no links."""
    made = Mirrors(log, no_links, interval=0.01)
    yield made
    made.close()


def _wait(condition: Callable[[], bool]) -> None:
    ended, tick = threading.Event(), 0.01
    for _ in range(int(TIMEOUT / tick)):
        if condition():
            return
        ended.wait(tick)
    raise AssertionError("it did not happen in time")


@needs_links
def test_link(mirrors: Mirrors, source: Path, tmp_path: Path) -> None:
    """Where there are links a mirror is one, and its folder is made."""
    target = tmp_path / "src" / "js" / "worker.js"
    mirrors.add(str(target), str(source))
    assert target.is_symlink()
    source.write_text("two")
    assert target.read_text() == "two"


@needs_links
def test_again(mirrors: Mirrors, log: Lines, source: Path, tmp_path: Path) -> None:
    """The same mirror can be asked for again, also by the next run of the program."""
    target = tmp_path / "worker.js"
    for one in (mirrors, mirrors, Mirrors(log)):
        one.add(str(target), str(source))
    assert target.read_text() == "one"


def test_files_of_others_are_not_replaced(mirrors: Mirrors, source: Path, tmp_path: Path) -> None:
    """A file that is no copy of ours is kept, and the error says what to do."""
    target = tmp_path / "worker.js"
    target.write_text("my own work")
    with pytest.raises(ConfigurationError, match="move it away"):
        mirrors.add(str(target), str(source))
    assert target.read_text() == "my own work"


@needs_links
def test_links_of_others_are_not_replaced(mirrors: Mirrors, source: Path, tmp_path: Path) -> None:
    """A link to something else is somebody's decision, as is a folder."""
    (tmp_path / "mine.js").write_text("mine")
    (tmp_path / "link.js").symlink_to("mine.js")
    (tmp_path / "folder").mkdir()
    for name in ("link.js", "folder"):
        with pytest.raises(ConfigurationError):
            mirrors.add(str(tmp_path / name), str(source))
    assert (tmp_path / "link.js").read_text() == "mine"


@needs_links
def test_lost_links_are_renewed(mirrors: Mirrors, source: Path, tmp_path: Path) -> None:
    """A link to where the file was, in an environment that is gone, is ours."""
    target = tmp_path / "worker.js"
    target.symlink_to(tmp_path / "old" / "worker.js")
    mirrors.add(str(target), str(source))
    assert target.read_text() == "one"


@needs_links
def test_equal_copies_are_replaced(mirrors: Mirrors, source: Path, tmp_path: Path) -> None:
    """A file with the same content is a copy of ours: nothing is lost."""
    target = tmp_path / "worker.js"
    target.write_text("one")
    mirrors.add(str(target), str(source))
    assert target.is_symlink()


def test_what_cannot_be_mirrored(mirrors: Mirrors, source: Path, tmp_path: Path) -> None:
    """No file, itself, two files at one place, and mirrors of mirrors: ValueErrors all."""
    target, other = tmp_path / "worker.js", source.with_name("other.js")
    other.write_text("other")
    pairs = [(target, source.with_name("gone.js")), (source, source), (target, source.parent)]
    for path_to, path_from in pairs:
        with pytest.raises(ValueError, match="mirror"):
            mirrors.add(str(path_to), str(path_from))
    mirrors.add(str(target), str(source))
    for path_to, path_from in [(target, other), (source, other)]:
        with pytest.raises(ValueError, match="mirror"):
            mirrors.add(str(path_to), str(path_from))


def test_copy_follows(copies: Mirrors, source: Path, tmp_path: Path) -> None:
    """Without links a mirror is a copy that follows the file."""
    target = tmp_path / "worker.js"
    copies.add(str(target), str(source))
    assert not target.is_symlink()
    assert target.read_text() == "one"
    source.write_text("number two")
    _wait(lambda: target.read_text() == "number two")


def test_copy_outlives_its_source(copies: Mirrors, source: Path, tmp_path: Path) -> None:
    """While an editor replaces the file, the copy stays; then it is the new one."""
    target = tmp_path / "worker.js"
    copies.add(str(target), str(source))
    source.unlink()
    source.write_text("new again")
    _wait(lambda: target.read_text() == "new again")


def test_copy_that_was_edited_stays(
    copies: Mirrors, log: Lines, source: Path, tmp_path: Path
) -> None:
    """Who edits the copy keeps the work: it is mirrored no more, and the log says so."""
    target = tmp_path / "worker.js"
    copies.add(str(target), str(source))
    target.write_text("edited by hand")
    source.write_text("number two")
    assert log.written.wait(TIMEOUT)
    assert "is not mirrored any more" in log.text
    assert target.read_text() == "edited by hand"


def test_end(log: Lines, source: Path, tmp_path: Path, no_thread_left: None) -> None:
    """The thread ends with the mirrors; the copies stay."""
    copies = Mirrors(log, no_links, interval=60.0)
    copies.add(str(tmp_path / "worker.js"), str(source))
    copies.close()
    copies.close()
    assert (tmp_path / "worker.js").read_text() == "one"


# -- texts of our own ------------------------------------------------------------------------------

MARK = "// made by us"


def test_a_text_is_written_and_replaced(mirrors: Mirrors, tmp_path: Path) -> None:
    """It appears with the folders it needs; the one of another version makes room."""
    target = tmp_path / "new" / "worker.js"
    for text in (f"{MARK} 1\n", f"{MARK} 2: \u280b\n"):
        mirrors.put(str(target), text, MARK)
        assert target.read_bytes() == text.encode()
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("content", ["", "export class Mine {}"])
def test_a_text_replaces_nothing_of_others(mirrors: Mirrors, tmp_path: Path, content: str) -> None:
    """A file that does not begin like ours is somebody's work."""
    target = tmp_path / "worker.js"
    target.write_text(content)
    with pytest.raises(ConfigurationError, match="move it away"):
        mirrors.put(str(target), MARK, MARK)
    assert target.read_text() == content


@needs_links
def test_a_text_replaces_a_link_to_nothing_only(
    mirrors: Mirrors, tmp_path: Path, source: Path
) -> None:
    """A link of a package that is gone makes room, one that leads to a file does not."""
    target = tmp_path / "worker.js"
    target.symlink_to(tmp_path / "gone.js")
    mirrors.put(str(target), MARK, MARK)
    assert target.read_text() == MARK
    target.unlink()
    target.symlink_to(source)
    with pytest.raises(ConfigurationError, match="move it away"):
        mirrors.put(str(target), MARK, MARK)
    assert source.read_text() == "one"


def test_a_text_and_a_mirror_do_not_share_a_place(
    mirrors: Mirrors, tmp_path: Path, source: Path
) -> None:
    """What mirrors a file goes on mirroring it."""
    mirrors.add(str(tmp_path / "to.js"), str(source))
    with pytest.raises(ConfigurationError, match="already mirrors"):
        mirrors.put(str(tmp_path / "to.js"), MARK, MARK)


def test_a_text_that_cannot_be_written_is_told(mirrors: Mirrors, source: Path) -> None:
    """The message names the file."""
    with pytest.raises(ConfigurationError, match=r"cannot write .*below"):
        mirrors.put(str(source / "below"), MARK, MARK)
