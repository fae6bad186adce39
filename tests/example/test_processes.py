"""The example of processes, started as a user does."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("htag", exc_type=ImportError)


def test_a_crash_is_that_of_one_visitor(run_example: Callable[[str], Any], open_page: Any) -> None:
    """The script loads in the process without serving; others go on."""
    url, _ = run_example("processes")
    one, other = open_page(url), open_page(url)
    pids = [re.search(r"I am process (\d+)", page.html)[1] for page in (one, other)]
    assert pids[0] != pids[1]
    assert str(os.getpid()) not in pids
    one.send(one.event_of("crash"))
    assert one.end() == 4005
    assert other.click("count") > 0.0


def test_the_page_of_it_is_short() -> None:
    """One idea fits on one screen."""
    path = Path(__file__).resolve().parents[2] / "example" / "processes" / "main.py"
    assert len(path.read_text().splitlines()) < 60
