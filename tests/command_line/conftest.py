"""A folder with apps for the installed htag; what is imported from it is forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def folder(tmp_path: Path, clean_imports: None, app_source: Callable[..., str]) -> Path:
    """The current folder."""
    (tmp_path / "shop_cl.py").write_text(app_source(name="Shop"))
    (tmp_path / "two_cl.py").write_text(app_source(name="One") + app_source(name="Two"))
    (tmp_path / "none_cl.py").write_text("class App:\n    pass\n")
    (tmp_path / "fails_cl.py").write_text("import nothing_like_that\n" + app_source())
    (tmp_path / "broken_cl.py").write_text("def (x\n")
    (tmp_path / "words.txt").write_text("")
    serves = "from quick_htag import create_server\ncreate_server(('', 0))\n"
    (tmp_path / "serves_cl.py").write_text(app_source() + serves)
    (tmp_path / "pack_cl").mkdir()
    (tmp_path / "pack_cl" / "__init__.py").write_text("")
    (tmp_path / "pack_cl" / "inner.py").write_text(app_source(name="Inner"))
    (tmp_path / "plain").mkdir()
    return tmp_path
