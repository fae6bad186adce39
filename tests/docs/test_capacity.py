"""The tables of docs/capacity.rst: what they are made of, and that the arithmetic is right."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
WAY = {"base_kb": 30_000.0, "session_kb": 100.0, "click_us": 994.0, "page_us": 360.0}


@pytest.fixture
def capacity(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The script."""
    monkeypatch.syspath_prepend(str(DOCS))
    return importlib.import_module("capacity")


def test_every_way_was_measured(capacity: Any) -> None:
    """The tables have a line for each isolation that apps may have."""
    ways = json.loads((DOCS / "capacity.json").read_text())["ways"]
    assert list(ways) == ["thread", "loop", "process"]
    for lines in capacity.tables():
        assert [line.split()[0] for line in lines[3:-1]] == list(ways)


def test_the_divisions(capacity: Any) -> None:
    """By hand: 3 GB less two servers, and a millisecond of 1.2 processors every ten seconds."""
    assert capacity.by_memory(WAY) == (3_000_000 - 60_000) / 100
    assert capacity.by_processors(WAY) == pytest.approx(12_000, rel=0.001)


def test_the_simulation_agrees_with_theory(capacity: Any) -> None:
    """One queue, 60 % busy: 99 of 100 are done after ln(100) / (1 - 0.6) times the work."""
    theory = 4.605 * 0.001 / 0.4
    assert capacity.waits(12_000, WAY) == pytest.approx(theory, rel=0.25)


def test_more_visitors_wait_longer(capacity: Any) -> None:
    """At the number that is found they wait as long as they may, a little above they do not."""
    most = capacity.most(WAY)
    assert capacity.waits(most, WAY) <= capacity.WAIT < capacity.waits(int(most * 1.05), WAY)


def test_the_sentences_have_the_figures() -> None:
    """What is measured again changes the text, too."""
    found = json.loads((DOCS / "capacity.json").read_text())
    anew = found["anew"]
    said = [f"{anew['session_kb']:,.0f} KB", f"{anew['page_us']:,} us"]
    said += [f"{found[key]:.0f} KB" for key in ("websocket_kb", "async_websocket_kb")]
    said += [f"{found[key] / 1000:.2f} ms" for key in ("job_us", "kept_click_us", "kept_redis_us")]
    text = (DOCS / "capacity.rst").read_text(encoding="utf-8")
    assert [one for one in said if one not in text] == []
