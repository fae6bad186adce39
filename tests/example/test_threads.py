"""The example of threads shows what its thread does."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("htag", exc_type=ImportError)


def test_the_page_follows_the_thread(
    load_example: Callable[[str], Any],
    start_server: Callable[..., Any],
    live_apps: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Number and bar go up together, to the end."""
    from gui_client import Page

    example = load_example("threads")
    monkeypatch.setattr(example, "STEP", 0.001)
    page = Page(start_server(example.add_apps).url).open()
    page.send(page.event_of("start"))
    text = ""
    while "100 %" not in text:
        text = str(page.receive())
        found = re.search(r'value="(\d+)".*?>(\d+) %', text.replace("\\", ""))
        assert found is None or found[1] == found[2]
    page.close()
