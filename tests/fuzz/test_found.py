"""What fuzzing has found, and that it stays cured."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.seeds import SEEDS
from tests.fuzz.targets import TARGETS, run

FOUND = Path(__file__).with_name("found")
INPUTS = sorted(path for path in FOUND.glob("*/*") if path.is_file())


def test_inputs_that_broke_a_promise() -> None:
    """They do not any more."""
    for path in INPUTS:
        run(path.parent.name, path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_starts_from_nothing(name: str) -> None:
    """No target needs more than the bytes it is given."""
    if name == "page":
        pytest.importorskip("htag", exc_type=ImportError)
    for data in (b"", bytes(range(256)), *SEEDS.get(name, ())):
        run(name, data)


def test_every_target_is_in_the_documentation() -> None:
    """With what it tries, and how often."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "security.rst").read_text("utf-8")
    section = page[page.index("Fuzzing\n---") :]
    assert [name for name in TARGETS if f"``{name}``" not in section] == []
