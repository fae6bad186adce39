"""The file of a store: who may read it, what happens when it is damaged."""

from __future__ import annotations

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from quick_htag.errors import StoreUnavailable
from quick_htag.stores import sqlite_file
from quick_htag.stores.sqlite_file import SQLiteFile


class _Notes:
    """A log that remembers."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def message(self, text: str) -> None:
        self.lines.append(text)

    def error(self, source: str, text: str, error: BaseException | None = None) -> None:
        self.lines.append(text)


@pytest.fixture
def notes() -> _Notes:
    """A log to look into."""
    return _Notes()


def _open(path: Path, notes: _Notes, forget: bool = False) -> SQLiteFile:
    return SQLiteFile(path, notes, forget, durable=False)


def test_only_this_user_reads_it(tmp_path: Path, notes: _Notes) -> None:
    """Sessions are secrets; what SQLite lays beside is no more open."""
    file = _open(tmp_path / "store.db", notes)
    with file.writing() as connection:
        connection.execute("INSERT INTO items VALUES ('a', '1', NULL)")
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    file.close()
    assert set(modes.values()) == {0o600}
    assert "store.db-wal" in modes


@pytest.mark.parametrize("content", [b"this is no database" * 100, b"SQLite format 3\0" * 300])
def test_a_damaged_file_is_set_aside(tmp_path: Path, notes: _Notes, content: bytes) -> None:
    """Nothing is thrown away, the owner is told, and the server starts."""
    path = tmp_path / "store.db"
    path.write_bytes(content)
    _open(path, notes).close()
    (aside,) = tmp_path.glob("store.db.damaged-*")
    assert aside.read_bytes() == content
    assert str(aside) in notes.lines[0]
    assert path.stat().st_mode & 0o777 == 0o600


def test_damage_inside_is_found(tmp_path: Path, notes: _Notes) -> None:
    """Not only at the beginning of the file."""
    path = tmp_path / "store.db"
    file = _open(path, notes)
    with file.writing() as connection:
        rows = [(f"key {number}", "x" * 500, None) for number in range(200)]
        connection.executemany("INSERT INTO items VALUES (?, ?, ?)", rows)
    file.close()
    with path.open("r+b") as raw:
        raw.seek(3 * 4096)
        raw.write(os.urandom(5 * 4096))
    _open(path, notes).close()
    assert "is damaged" in notes.lines[0]


def test_where_no_file_can_be(tmp_path: Path, notes: _Notes) -> None:
    """The error names it; nothing is set aside."""
    with pytest.raises(StoreUnavailable, match="nowhere"):
        _open(tmp_path / "nowhere" / "store.db", notes)
    with pytest.raises(StoreUnavailable, match=tmp_path.name):
        _open(tmp_path, notes)
    assert notes.lines == []


def test_forgetting(tmp_path: Path, notes: _Notes) -> None:
    """The first to open it finds it empty; who comes while it is open does not empty it."""
    path = tmp_path / "store.db"

    def count(file: SQLiteFile) -> int:
        with file.reading() as connection:
            found: int = connection.execute("SELECT count(*) FROM items").fetchone()[0]
        return found

    first = _open(path, notes, forget=True)
    with first.writing() as connection:
        connection.execute("INSERT INTO items VALUES ('a', '1', NULL)")
    second = _open(path, notes, forget=True)
    assert count(second) == 1
    first.close()
    second.close()
    third = _open(path, notes, forget=True)
    assert count(third) == 0
    third.close()


def test_a_closed_file_is_told(tmp_path: Path, notes: _Notes) -> None:
    """And a failed command costs only its connection."""
    file = _open(tmp_path / "store.db", notes)
    with pytest.raises(StoreUnavailable, match="no such table") as caught, file.reading() as one:
        one.execute("SELECT * FROM elsewhere")
    assert isinstance(caught.value.__cause__, sqlite3.Error)
    file.close()
    file.close()
    with pytest.raises(StoreUnavailable, match="closed"), file.reading():
        pass


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_fork_is_told(tmp_path: Path, notes: _Notes, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite breaks when a connection is used on both sides of a fork."""
    file = _open(tmp_path / "store.db", notes)
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: -1)
        with pytest.raises(StoreUnavailable, match="fork"), file.reading():
            pass
    file.close()


def test_who_forgets_to_close(tmp_path: Path, notes: _Notes) -> None:
    """The connections are closed with the last reference; warnings are errors here."""
    file = _open(tmp_path / "store.db", notes)
    with file.reading() as connection:
        pass
    del file
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")


def test_who_waits_for_a_writer_is_told(
    tmp_path: Path, notes: _Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not every thread waits as long as all those before it together."""
    monkeypatch.setattr(sqlite_file, "_BUSY_TIMEOUT", 0.05)
    file = _open(tmp_path / "store.db", notes)
    with file.writing(), ThreadPoolExecutor(1) as pool:
        other = pool.submit(file.writing().__enter__)
        with pytest.raises(StoreUnavailable, match="busy"):
            other.result(30)
    file.close()
