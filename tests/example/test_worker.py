"""The example of worker jobs: what it finds, and its page in a browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from quick_htag import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from quick_htag import QuickServer

TIMEOUT = 30.0


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with two folders, in one of which two files are the same."""
    files = {"one/a": "same", "one/below/b": "same", "one/c": "x", "two/d": "y"}
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path


@pytest.fixture
def start_wait() -> float:
    """How long a start waits for a job that is done at once."""
    return TIMEOUT  # a busy machine needs a while for a quick job, too


@pytest.fixture
def server(
    start_server: Callable[..., QuickServer],
    load_example: Callable[[str], Any],
    root: Path,
    start_wait: float,
) -> QuickServer:
    """The example, about that folder."""
    return start_server(
        lambda server: load_example("worker").add_worker(server, root),
        settings=Settings(job_start_wait=start_wait),
    )


def ask(server: QuickServer, folder: str) -> requests.Response:
    """Start a job that is done at once."""
    body = {"action": "start", "payload": {"folder": folder}}
    return requests.post(f"{server.url}api/identical", json=body, timeout=TIMEOUT)


def test_identical_files_are_found(server: QuickServer, root: Path) -> None:
    """They are named from the folder on, whatever lies where."""
    result = ask(server, "one")
    while result.json()["continue"]:
        body = {"action": "get", "token": result.json()["token"]}
        result = requests.post(f"{server.url}api/identical", json=body, timeout=TIMEOUT)
    same = [str(Path("one/a")), str(Path("one/below/b"))]
    expected = {"files": 3, "bytes": 9, "identical": [same]}
    assert json.loads(result.json()["result"]) == expected


@pytest.mark.parametrize("folder", ["none", "..", "one/below", ""])
def test_other_folders_are_refused(server: QuickServer, folder: str) -> None:
    """Nothing beside those that are offered is read."""
    answer = ask(server, folder)
    assert (answer.status_code, "There is no folder" in answer.text) == (404, True)


@pytest.fixture
def page(chromium: Browser, server: QuickServer) -> Iterator[Page]:
    """Its page."""
    with chromium.new_context() as context:
        opened = context.new_page()
        opened.goto(server.url)
        opened.wait_for_function("() => document.getElementById('folders').children.length === 2")
        yield opened


def compare(page: Page, folder: str) -> None:
    """Ask for a folder."""
    page.fill("#folder", folder)
    page.click("form button")


@pytest.mark.browser
def test_page_shows_what_was_found(page: Page) -> None:
    """Two jobs, each on a card of its own, with the groups of the one that has some."""
    compare(page, "one")
    compare(page, "two")
    page.wait_for_function("() => document.querySelectorAll('.done').length === 2")
    assert "1 file, 1 B" in page.locator(".done").first.inner_text()
    page.click(".done details:not([hidden]) summary")
    assert "below" in page.locator(".done ol li").inner_text()


@pytest.mark.browser
def test_page_tells_what_went_wrong(page: Page) -> None:
    """A folder that is not there is said on its card, and the next job clears the error."""
    compare(page, "nothing")
    page.wait_for_selector(".failed")
    assert page.locator(".failed .text").inner_text() == "There is no folder 'nothing' here"
    assert page.inner_text("#status") == "Error"
    compare(page, "two")
    page.wait_for_selector(".done")
    assert page.inner_text("#status") == ""


@pytest.mark.browser
@pytest.mark.parametrize("start_wait", [0.0])  # else the page hears of the job when it is over
def test_page_cancels(page: Page, root: Path) -> None:
    """A job that takes long shows how far it is, and ends by its button."""
    with (root / "two" / "large").open("wb") as file:
        file.truncate(8 * 1024**3)  # a hole: it takes no place on the disk
    compare(page, "two")
    page.wait_for_function("() => document.querySelector('progress').value > 0")
    page.click(".cancel")
    page.wait_for_selector(".cancelled")
    assert page.locator(".text").inner_text() == "Cancelled"
