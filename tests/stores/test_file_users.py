"""Who is the first to use a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from quick_htag.errors import StoreUnavailable
from quick_htag.stores import file_users
from quick_htag.stores.file_users import FileUsers


def test_only_the_first_is_first(tmp_path: Path) -> None:
    """Until all have left."""
    one, two, three = (FileUsers(str(tmp_path / "users")) for _ in range(3))
    assert one.enter()
    assert not two.enter()
    one.leave()
    assert not three.enter()
    for users in (one, two, three):
        users.leave()
    again = FileUsers(str(tmp_path / "users"))
    assert again.enter()
    again.leave()


def test_it_is_for_this_user_only(tmp_path: Path) -> None:
    """Nobody else can take part."""
    users = FileUsers(str(tmp_path / "users"))
    users.enter()
    users.leave()
    assert (tmp_path / "users").stat().st_mode & 0o077 == 0


def test_without_a_place_for_it(tmp_path: Path) -> None:
    """The error names the file."""
    with pytest.raises(StoreUnavailable, match="nowhere"):
        FileUsers(str(tmp_path / "nowhere" / "users")).enter()


def test_without_fcntl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows the first one is who can remove the file."""
    monkeypatch.setattr(file_users, "_load_fcntl", lambda: None)
    users = FileUsers(str(tmp_path / "users"))
    assert users.enter()
    users.leave()
