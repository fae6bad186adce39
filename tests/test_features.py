"""The tables of features and of weaknesses name tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TABLE = (ROOT / "docs" / "features.rst").read_text()
ROWS = re.findall(r"   \* - (.+)\n     - (.+)\n     - ``(.+)``\n", TABLE)

WEAKNESSES = (ROOT / "docs" / "weaknesses.rst").read_text()
CURED = re.findall(r"   \* - ([SLC]\d+)\n     - .+\n     - .+\n     - ``(.+)``\n", WEAKNESSES)
NUMBERS = {"S": 25, "L": 11, "C": 19}  # how many of each there are


def test_every_row_is_complete() -> None:
    """Each has a test, apart from the head."""
    assert len(ROWS) == TABLE.count("   * - ") - 1 > 40


def test_every_weakness_has_a_row() -> None:
    """None is left out, and each has a test of its own name."""
    expected = [f"{kind}{number + 1}" for kind, count in NUMBERS.items() for number in range(count)]
    assert [row for row, _ in CURED] == expected
    assert [row for row, test in CURED if f"::test_{row.lower()}_" not in test] == []


@pytest.mark.parametrize(("feature", "named"), [*((row[0], row[2]) for row in ROWS), *CURED])
def test_the_test_exists(feature: str, named: str) -> None:
    """The file is there, and the function in it."""
    path, _, function = named.partition("::")
    text = (ROOT / path).read_text()
    assert not function or re.search(rf"^\s*def {function}\(", text, re.MULTILINE), feature
