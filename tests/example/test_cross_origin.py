"""The example of a page that asks a server of another origin."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from playwright.sync_api import Browser

    from quick_htag import QuickServer

    Run = Callable[[str], tuple[str, subprocess.Popen[str]]]


@pytest.fixture
def servers(
    load_example: Callable[[str], Any], start_server: Callable[..., QuickServer]
) -> tuple[QuickServer, QuickServer]:
    """The site with the page, and the server it asks."""
    module = load_example("cross_origin")
    api = start_server(module.add_api)
    return start_server(lambda site: module.add_site(site, api)), api


def _preflight(url: str, origin: str) -> requests.Response:
    fields = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    return requests.options(f"{url}visits", headers={"Origin": origin, **fields}, timeout=30)


def test_it_is_short(example: Path) -> None:
    """One can read it in a minute."""
    text = (example / "cross_origin" / "main.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 60


def test_it_runs(run_example: Run) -> None:
    """Started from a terminal it answers, and ``quit`` ends both servers without an error."""
    url, process = run_example("cross_origin")
    api = requests.get(f"{url}where", timeout=20).json()["api"]
    assert _preflight(f"{api}/", url.rstrip("/")).headers["Access-Control-Allow-Headers"]
    process.communicate("quit\n", timeout=20)
    assert process.returncode == 0


def test_its_page_is_allowed_and_no_other(servers: tuple[QuickServer, QuickServer]) -> None:
    """The preflight of the page is answered with its origin, that of another page is not."""
    site, api = servers
    own = _preflight(api.url, site.url.rstrip("/"))
    assert own.headers["Access-Control-Allow-Origin"] == site.url.rstrip("/")
    assert own.headers["Access-Control-Allow-Methods"] == "OPTIONS, POST"
    other = _preflight(api.url, "http://evil.example")
    assert "Access-Control-Allow-Origin" not in other.headers


@pytest.mark.browser
def test_a_browser_agrees(servers: tuple[QuickServer, QuickServer], chromium: Browser) -> None:
    """The page reads the answers and keeps its session; without the setting it reads nothing."""
    site, api = servers
    with chromium.new_context() as visitor:
        page = visitor.new_page()
        page.goto(site.url)
        page.wait_for_selector("body[data-ready]")
        for number in (1, 2):
            page.click("button")
            page.wait_for_selector(f"text=ann: {number}")
        api.cross_origin = ["http://another.example"]
        page.click("button")
        page.wait_for_selector("text=refused")
