"""The documents can be read by what makes pages of them.

Docutils reads each page, as it does for who looks at it beside the code; what only Sphinx knows is
taken as it stands. ``make docs`` builds the site, in which a warning is an error.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from docutils import nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import Directive, directives, roles
from docutils.utils import SystemMessage

import quick_htag

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted((ROOT / "docs").glob("*.rst"))
ROLES = ("class", "doc", "exc", "func", "meth", "ref")
DIRECTIVES = (
    "capacity-table",
    "code-block",
    "autoclass",
    "autodata",
    "autoexception",
    "autofunction",
    "automodule",
    "data",
    "literalinclude",
    "option-table",
    "toctree",
)


class _Taken(Directive):
    """A directive of Sphinx, which makes nothing here."""

    has_content = True
    optional_arguments = 100
    option_spec: ClassVar[Any] = type("Any", (dict,), {"__missing__": lambda *_: str})()

    def run(self) -> list[nodes.Node]:
        return []


def _take(name: str, rawtext: str, text: str, *_: Any) -> Any:
    return [nodes.literal(rawtext, text)], []


@pytest.fixture
def sphinx_words() -> Iterator[None]:
    """What only Sphinx knows is known, for one test."""
    known = dict(roles._roles), dict(directives._directives)  # type: ignore[attr-defined]
    for role in ROLES:
        roles.register_local_role(role, _take)
    for directive in DIRECTIVES:
        directives.register_directive(directive, _Taken)
    yield
    roles._roles, directives._directives = known  # type: ignore[attr-defined]


def _read(path: Path) -> None:
    settings = {"halt_level": 2, "report_level": 5, "file_insertion_enabled": False}
    try:
        publish_doctree(path.read_text("utf-8"), str(path), settings_overrides=settings)
    except SystemMessage as error:
        pytest.fail(str(error))


def test_readme_is_well_formed() -> None:
    """A package index, which knows no Sphinx, can show the README; a warning is an error."""
    _read(ROOT / "README.rst")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_is_well_formed(path: Path, sphinx_words: None) -> None:
    """A warning is an error."""
    _read(path)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_can_be_found(path: Path) -> None:
    """Each page is in a list of contents."""
    listed = re.findall(r"^   (\w+)$", (ROOT / "docs" / "index.rst").read_text(), re.MULTILINE)
    assert path.stem in [*listed, "index"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    """What ``:doc:`` names is a page."""
    named = re.findall(r":doc:`(?:[^`<]*<)?(\w+)>?`", path.read_text("utf-8"))
    assert not {name for name in named if not (ROOT / "docs" / f"{name}.rst").exists()}


def test_every_public_name_is_described() -> None:
    """The page of names has all of ``__all__``."""
    text = (ROOT / "docs" / "api.rst").read_text("utf-8")
    described = set(re.findall(r"quick_htag\.(?:type_names\.)?(\w+)$", text, re.MULTILINE))
    assert set(quick_htag.__all__) - described == {"__version__"}
