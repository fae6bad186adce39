"""What the pages tell people to do, done: each block of code, from top to bottom."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.docs.blocks import PAGES, is_python, read
from tests.docs.page_run import PageRun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# nginx and ini are read by the programs they are for, see test_configurations.py
LANGUAGES = {"python", "console", "text", "nginx", "ini", "html", "javascript", "yaml", "json"}


@pytest.fixture
def fresh_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The current folder is empty, its modules can be imported, and are forgotten afterwards."""
    before = set(sys.modules)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", tmp_path)).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_does_what_it_says(
    path: Path,
    tmp_path: Path,
    fresh_folder: None,
    start_server: Callable[..., Any],
) -> None:
    """Its blocks run in their order, in an empty folder, and its checks hold."""
    PageRun(path, tmp_path, start_server).run()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_code_says_its_language(path: Path) -> None:
    """A block that is Python says so, and so it is run; other languages are known here."""
    blocks = [block for block in read(path) if block.kind not in ("setup", "check")]
    assert {block.kind for block in blocks if block.kind} <= LANGUAGES
    hidden = [block.line for block in blocks if block.kind in ("", "text") and is_python(block)]
    assert not hidden, "these lines of the page begin Python code: .. code-block:: python"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_has_no_contents_of_its_own(path: Path) -> None:
    """The theme shows them beside the page, and an error where they are there twice."""
    assert ".. contents::" not in path.read_text(encoding="utf-8")
