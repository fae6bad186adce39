"""The example of an application in a FastAPI application."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from quick_htag.testing import GuiPage
from tests.hosts.conftest import Host

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIMIT = 20.0


@pytest.fixture
def url(example: Path) -> Iterator[str]:
    """Where it is, as one of its first lines says."""
    folder = str(example / "fastapi_mount")
    host = Host("uvicorn", ["-m", "uvicorn", "--port", "0", "--app-dir", folder, "main:app"])
    yield host.url
    host.stop()


def test_it_is_short(example: Path) -> None:
    """Nobody reads a long example."""
    assert len((example / "fastapi_mount" / "main.py").read_text().splitlines()) < 60


def test_it_does_what_it_says(url: str, live_apps: Path) -> None:
    """Who has signed in there is known here; FastAPI has its own pages; the live app is below."""
    from gui_lines import SocketVisitor

    visitor = requests.Session()
    assert visitor.get(f"{url}login/Ada", timeout=LIMIT).url == f"{url}htag/"
    assert visitor.get(f"{url}htag/whoami", timeout=LIMIT).json() == {"user": "Ada"}
    assert requests.get(f"{url}docs", timeout=LIMIT).status_code == 200
    with SocketVisitor(f"{url}htag", "websocket") as one, GuiPage(one, "/") as page:
        page.click("button")
        page.wait_for("Hello from below /htag", "body", LIMIT)
