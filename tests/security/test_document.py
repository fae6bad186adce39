"""``docs/security.rst`` says what the code says, and names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from quick_htag import Settings

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "security.rst").read_text()
LIMITS = re.findall(r"   \* - ``(\w+)``\n     - ([0-9.]+)\n", TEXT)
TESTS = re.findall(r"``(tests/[\w/.]+)``", TEXT)


@pytest.mark.parametrize(("name", "value"), LIMITS)
def test_a_limit_has_the_default_it_says(name: str, value: str) -> None:
    """In the unit of the setting."""
    assert str(getattr(Settings(), name)) == value


@pytest.mark.parametrize("path", sorted(set(TESTS)))
def test_a_test_it_names_exists(path: str) -> None:
    """File or folder."""
    assert (ROOT / path).exists()


def test_every_file_of_this_folder_is_named() -> None:
    """None of them shows what nobody was promised."""
    here = {f"tests/security/{path.name}" for path in Path(__file__).parent.glob("test_*.py")}
    assert here - {"tests/security/test_document.py"} <= set(TESTS)
    assert len(LIMITS) > 25
