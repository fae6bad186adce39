"""A folder with apps for the installed htag; what is imported from it is forgotten."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def clean_imports(tmp_path: Path) -> Iterator[None]:
    """What a test has imported from its folder is forgotten, and so is the folder."""
    path = list(sys.path)
    yield
    sys.path[:] = path
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def app_source() -> Callable[..., str]:
    """``app_source(name="App", text="'hello'")``: the source of an app."""
    htag = pytest.importorskip("htag", exc_type=ImportError)
    base = "Tag.App" if hasattr(htag, "State") else "Tag.body"

    def write(name: str = "App", text: str = "'hello'") -> str:
        return (
            f"from htag import Tag\n\n\nclass {name}({base}):\n"
            f"    def init(self):\n        self += Tag.b({text})\n"
        )

    return write


@pytest.fixture
def folder(tmp_path: Path, clean_imports: None, app_source: Callable[..., str]) -> Path:
    """The current folder."""
    (tmp_path / "shop_cl.py").write_text(app_source("Shop"))
    (tmp_path / "two_cl.py").write_text(app_source("One") + app_source("Two"))
    (tmp_path / "none_cl.py").write_text("class App:\n    pass\n")
    (tmp_path / "fails_cl.py").write_text("import nothing_like_that\n" + app_source())
    (tmp_path / "broken_cl.py").write_text("def (x\n")
    (tmp_path / "words.txt").write_text("")
    serves = "from quick_htag import create_server\ncreate_server(('', 0))\n"
    (tmp_path / "serves_cl.py").write_text(app_source() + serves)
    (tmp_path / "pack_cl").mkdir()
    (tmp_path / "pack_cl" / "__init__.py").write_text("")
    (tmp_path / "pack_cl" / "inner.py").write_text(app_source("Inner"))
    (tmp_path / "plain").mkdir()
    return tmp_path
