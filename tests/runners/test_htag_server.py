"""A folder of apps, opened from a list."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from quick_htag import HtagServer

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 30.0


@pytest.fixture
def folder(tmp_path: Path, live_apps: Path, app_name: str) -> Iterator[Path]:
    """With the live app in a file of another name."""
    source = (live_apps / f"{app_name.partition(':')[0]}.py").read_text()
    (tmp_path / "listed_app.py").write_text(source)
    (tmp_path / "no_app.py").write_text("x = 1\n")
    path = list(sys.path)
    yield tmp_path
    sys.path[:] = path
    for name in ("listed_app", "no_app", "index"):
        sys.modules.pop(name, None)


def test_a_file_is_opened_from_the_list(start_runner: Any, folder: Path, open_page: Any) -> None:
    """By who came with the token."""
    runner = start_runner(HtagServer, folder=folder)
    visitor = requests.Session()
    assert 'href="./listed_app"' in visitor.get(runner.url, timeout=LIMIT).text
    plain = runner.server.url
    assert open_page(f"{plain}listed_app/", visitor).click("more") < LIMIT
    assert visitor.get(f"{plain}no_app", timeout=LIMIT).status_code == 404


def test_nobody_else_runs_a_file(start_runner: Any, folder: Path) -> None:
    """It is not even imported."""
    runner = start_runner(HtagServer, folder=folder)
    for path in ("", "listed_app"):
        assert requests.get(runner.server.url + path, timeout=LIMIT).status_code == 403
    assert "listed_app" not in sys.modules


def test_the_index_is_served(start_runner: Any, folder: Path) -> None:
    """When there is one with an app; anybody may open it, as any app."""
    (folder / "index.py").write_text((folder / "listed_app.py").read_text())
    runner = start_runner(HtagServer, folder=folder)
    assert runner.browser is None
    assert "count" in requests.get(runner.url, timeout=LIMIT).text


def test_an_index_without_an_app_is_none(start_runner: Any, folder: Path) -> None:
    """The list is shown."""
    (folder / "index.py").write_text("y = 1\n")
    assert start_runner(HtagServer, folder=folder).browser is not None


def test_an_app_may_be_named(start_runner: Any, app_name: str) -> None:
    """At the root, for this machine."""
    assert HtagServer(app_name).host == "127.0.0.1"
    runner = start_runner(HtagServer, app_name)
    assert requests.get(runner.url, timeout=LIMIT).status_code == 200
