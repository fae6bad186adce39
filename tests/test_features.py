"""The table of features names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TABLE = (ROOT / "docs" / "features.rst").read_text()
ROWS = re.findall(r"   \* - (.+)\n     - (.+)\n     - ``(.+)``\n", TABLE)


def test_every_row_is_complete() -> None:
    """Each has a test, apart from the head."""
    assert len(ROWS) == TABLE.count("   * - ") - 1 > 40


@pytest.mark.parametrize(("feature", "named"), [(row[0], row[2]) for row in ROWS])
def test_the_test_exists(feature: str, named: str) -> None:
    """The file is there, and the function in it."""
    path, _, function = named.partition("::")
    text = (ROOT / path).read_text()
    assert not function or re.search(rf"^\s*def {function}\(", text, re.MULTILINE), feature
