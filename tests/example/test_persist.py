"""The example that keeps notes shows them after a restart."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from quick_htag import Settings, SQLiteStore
from quick_htag.testing import GuiPage, TestClient

pytest.importorskip("htag", exc_type=ImportError)

SETTINGS = Settings(session_cookie="notes")  # the port is another one with each start


@pytest.fixture
def persist(
    example: Path, load_example: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """The example; its other modules are beside it."""
    monkeypatch.syspath_prepend(str(example / "persist"))
    yield load_example("persist")
    for path in (example / "persist").glob("notes_*.py"):
        sys.modules.pop(path.stem, None)


def test_notes_outlive_the_server(
    persist: Any, start_server: Callable[..., Any], tmp_path: Path
) -> None:
    """And so does what was being typed."""
    cookies: dict[str, str] = {}
    drafts = []
    for text in ("one", "two"):
        with SQLiteStore(tmp_path / "notes.db") as store:
            server = start_server(persist.add_apps, store=store, settings=SETTINGS)
            visitor = TestClient(server.app)
            visitor.cookies.update(cookies)
            with GuiPage(visitor, "/") as page:
                drafts.append(page.find("input").value)
                page.type("input", text)
                page.click(".add")
                page.type("input", "half a note")
                shown = page.text
            cookies.update(visitor.cookies)
            server.server_close()
    assert drafts == ["", "half a note"]
    assert shown.index("one") < shown.index("two")
