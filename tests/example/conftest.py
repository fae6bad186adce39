"""The example's modules, importable by name as when it runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE = Path(__file__).resolve().parents[2] / "example"


@pytest.fixture(autouse=True)
def example(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the example, in which its modules are found during the test."""
    monkeypatch.syspath_prepend(str(EXAMPLE))
    yield EXAMPLE
    for path in EXAMPLE.glob("*.py"):
        sys.modules.pop(path.stem, None)
