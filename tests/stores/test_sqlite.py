"""The store in a file; what all stores have in common is in the contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from quick_htag.errors import StoreBusy
from quick_htag.stores.sqlite import SQLiteStore


def test_values_outlive_the_store(tmp_path: Path) -> None:
    """Who opens the file again finds them, with the time they have left."""
    with SQLiteStore(tmp_path / "store.db") as store:
        store.put("a", [1], 100.0)
    with SQLiteStore(tmp_path / "store.db") as store:
        assert store.get("a") == [1]
        assert 90.0 < (store.ttl("a") or 0.0) <= 100.0


def test_two_stores_see_the_same(tmp_path: Path) -> None:
    """At once, and their locks keep each other out."""
    with SQLiteStore(tmp_path / "s") as one, SQLiteStore(tmp_path / "s") as two:
        one.put("a", 1)
        assert (two.get("a"), two.shared) == (1, True)
        with one.locked("a", 1.0), pytest.raises(StoreBusy), two.locked("a", 0.0):
            pass


def test_expired_values_leave_the_file(tmp_path: Path, clock: Any) -> None:
    """By and by, as others are set."""
    with SQLiteStore(tmp_path / "s", clock=clock) as store:
        for number in range(600):
            store.put(f"old:{number}", 1, 10.0)
        clock.advance(10.1)
        for _ in range(500):
            store.put("new", 1)
        assert store.expire() == 0


def test_expire_frees_all(tmp_path: Path, clock: Any) -> None:
    """However many there are."""
    with SQLiteStore(tmp_path / "s", clock=clock) as store:
        for number in range(450):
            store.put(f"old:{number}", 1, 10.0)
        clock.advance(10.1)
        assert store.expire() == 450


def test_forgotten_or_kept(tmp_path: Path) -> None:
    """The owner decides with each start."""
    for forget, found in ((False, None), (False, 1), (True, None)):
        with SQLiteStore(tmp_path / "s", forget=forget) as store:
            assert store.get("a") == found
            store.put("a", 1)


def test_a_durable_store_waits_for_the_disk(tmp_path: Path) -> None:
    """2 is FULL, 1 is NORMAL; see the documentation of SQLite."""
    for durable, level in ((True, 2), (False, 1)):
        with (
            SQLiteStore(tmp_path / "s", durable=durable) as store,
            store._file.reading() as connection,
        ):
            assert connection.execute("PRAGMA synchronous").fetchone() == (level,)
