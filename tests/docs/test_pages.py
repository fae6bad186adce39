"""What the pages tell people to do, done: each block of code, from top to bottom."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.docs.blocks import PAGES, ROOT, is_python, read
from tests.docs.page_run import NOT_RUN, PageRun
from tests.docs.shell import Shell
from tests.openid_provider import Provider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# nginx and ini are read by the programs they are for, see test_configurations.py
LANGUAGES = {
    "python",
    "console",
    "text",
    "nginx",
    "apache",
    "ini",
    "html",
    "javascript",
    "yaml",
    "json",
}


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


@pytest.fixture
def shell(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, wheelhouse: Path) -> Shell:
    """In that folder."""
    return Shell(tmp_path, tmp_path_factory.mktemp("tools"), wheelhouse)


@pytest.fixture
def service(
    request: pytest.FixtureRequest, start_server: Callable[..., Any]
) -> Callable[[str], str]:
    """Addresses of what pages take for granted: ``issuer``, an OpenID provider, and ``redis``."""

    def address(name: str) -> str:
        if name == "issuer":
            return Provider(start_server()).issuer
        url: str = request.getfixturevalue("redis_server").url
        return url

    return address


@pytest.mark.timeout(900)  # the tutorial makes environments
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_does_what_it_says(
    path: Path,
    tmp_path: Path,
    fresh_folder: None,
    start_server: Callable[..., Any],
    shell: Shell,
    service: Callable[[str], str],
) -> None:
    """Its blocks run in their order, in an empty folder, and its checks hold."""
    PageRun(path, tmp_path, start_server, shell, service).run()


def test_what_is_not_run_is_listed() -> None:
    """Each line of the list stands on a page, so that the list is all there is and no more."""
    consoles = [block.source for path in PAGES for block in read(path) if block.kind == "console"]
    lines = {line.removeprefix("$ ") for source in consoles for line in source.splitlines()}
    assert set(NOT_RUN) <= lines


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_commands_stand_behind_a_prompt(path: Path) -> None:
    """Otherwise nobody would run them."""
    begins = re.compile(r"(\w+=\S+ )*(make|pip|python3?|quick_htag|sudo|export|jupyter) ")
    blocks = [block for block in read(path) if block.kind in ("", "text")]
    assert not [block.line for block in blocks if begins.match(block.source.replace("\n", " "))]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_targets_exist(path: Path) -> None:
    """``make`` knows what the page names."""
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    named = re.findall(r"(?:``|\$ )make ([\w-]+)", path.read_text(encoding="utf-8"))
    assert set(named) <= set(targets)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_extras_exist(path: Path) -> None:
    """What a page has people install with the package."""
    extras = re.findall(r'^ {8}"(\w+)": \[', (ROOT / "setup.py").read_text("utf-8"), re.MULTILINE)
    named = re.findall(r"quick_htag\[([\w,]+)\]", path.read_text(encoding="utf-8"))
    assert {name for one in named for name in one.split(",")} <= set(extras)


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
