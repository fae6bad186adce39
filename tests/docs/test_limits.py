"""``docs/limits.rst`` has the limits as the code has them."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from quick_htag import Settings

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "limits.rst").read_text(encoding="utf-8")
ROWS = re.findall(r"^``(\w+)`` +([\d,]+)( KiB| MiB)?(?:/s| s| a s)? ", TEXT, re.MULTILINE)
UNITS = {"": 1, " KiB": 1024, " MiB": 1024**2}


def test_the_rows_are_found() -> None:
    """Of both tables."""
    assert len(ROWS) > 30
    assert {"header_timeout", "websocket_max_backlog", "max_tokens"} <= {row[0] for row in ROWS}


@pytest.mark.parametrize(("name", "number", "unit"), ROWS, ids=[row[0] for row in ROWS])
def test_a_default(name: str, number: str, unit: str) -> None:
    """It is what ``Settings`` has."""
    assert getattr(Settings(), name) == int(number.replace(",", "")) * UNITS[unit]


def test_every_limit_has_a_row() -> None:
    """What is a most of something, or the slowest that a client may be."""
    named = [field.name for field in fields(Settings)]
    limits = {name for name in named if re.search(r"^max_|_max_|_min_rate$", name)}
    assert limits - {row[0] for row in ROWS} == set()
