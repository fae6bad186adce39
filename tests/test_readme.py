"""The README: short, and right about what it names. ``tests/docs`` runs its code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.blocks import read

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.rst"
LONGEST = 160  # lines, those that only its test reads left out


def _shown() -> str:
    """The README without what only its test reads."""
    text = README.read_text(encoding="utf-8")
    return re.sub(
        r"^\.\. (setup|check|script)\b.*\n(\n(?: +.*\n|\n)+)?", "", text, flags=re.MULTILINE
    )


def test_it_is_read_in_two_minutes() -> None:
    """What is longer belongs into docs/."""
    assert len(_shown().splitlines()) <= LONGEST


@pytest.mark.parametrize("target", ["run", "test", "lint", "types", "docs", "bench"])
def test_make_targets_exist(target: str) -> None:
    """What ``make`` is said to do is in the Makefile."""
    assert f"make {target}" in _shown()
    assert f"\n{target}:" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_both_generations_have_a_page() -> None:
    """An app of htag 2 and one of htag 1 can be copied."""
    assert {block.major for block in read(README) if block.kind == "python"} >= {1, 2}


def test_named_files_exist() -> None:
    """Files the README points to are there."""
    named = set(re.findall(r"``((?:docs/|\.ci/)?[\w.]+(?:\.rst|\.md|/run)|LICENSE)``", _shown()))
    named |= set(re.findall(r"image:: (\S+)", _shown()))
    assert {"docs/index.rst", "CHANGELOG.md", "LICENSE", ".ci/run"} <= named
    assert not {name for name in named if not (ROOT / name).exists()}
