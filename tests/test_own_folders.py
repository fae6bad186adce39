"""Whose a folder is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from quick_htag.own_folders import is_ours

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")


def test_a_folder_that_only_we_may_enter(tmp_path: Path) -> None:
    """Not one that others may enter, nor a link, which somebody else may have made."""
    mine = tmp_path / "mine"
    mine.mkdir(mode=0o700)
    link = tmp_path / "link"
    link.symlink_to(mine)
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    file = tmp_path / "file"
    file.touch(mode=0o700)
    found = [is_ours(str(path)) for path in (mine, link, shared, file, tmp_path / "nothing")]
    assert found == [True, False, False, False, False]
