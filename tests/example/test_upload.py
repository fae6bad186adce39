"""The example of uploads: what it keeps, and its page in a browser."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag import App
from quick_htag.testing import TestClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from quick_htag import QuickServer


@pytest.fixture
def client(load_example: Callable[[str], Any], tmp_path: Path) -> Iterator[TestClient]:
    """A client of the example, which keeps its files in ``tmp_path``."""
    app = App()
    load_example("upload").add_upload(app, str(tmp_path))
    yield TestClient(app)
    app.close()


def test_files_are_kept(client: TestClient, tmp_path: Path) -> None:
    """Two files of one name are two files, in the folder whatever the name is."""
    for content in (b"one", b"three"):
        files = {"file": ("../../a.txt", content, "text/plain")}
        answer = client.post("/api/files", files=files)
        expected = [{"name": "a.txt", "size": len(content), "type": "text/plain"}]
        assert answer.json() == expected
    assert client.get("/api/files").json() == [["a.txt", 3], ["a.txt", 5]]
    assert sorted(path.read_bytes() for path in tmp_path.iterdir()) == [b"one", b"three"]


@pytest.fixture
def live(
    start_server: Callable[..., QuickServer], load_example: Callable[[str], Any], tmp_path: Path
) -> QuickServer:
    """The example on a server that takes files of 2 MB."""
    (tmp_path / "kept").mkdir()

    def setup(server: QuickServer) -> None:
        load_example("upload").add_upload(server, str(tmp_path / "kept"))
        server.max_file_size = 2_000_000

    return start_server(setup)


@pytest.fixture
def page(chromium: Browser, live: QuickServer) -> Iterator[Page]:
    """The page of the example."""
    context = chromium.new_context()
    opened = context.new_page()
    opened.goto(live.url)
    yield opened
    context.close()


@pytest.mark.browser
def test_page_sends_files(page: Page, tmp_path: Path) -> None:
    """Files that are chosen are sent, and the page says that they arrived."""
    for name, size in (("a.bin", 1_900_000), ("b.txt", 10)):
        (tmp_path / name).write_bytes(b"x" * size)
    page.set_input_files("#choose", [tmp_path / "a.bin", tmp_path / "b.txt"])
    page.wait_for_function("() => document.querySelectorAll('.done').length === 2")
    assert page.locator("progress").first.evaluate("(bar) => bar.value") == 1
    assert sorted(path.name[9:] for path in (tmp_path / "kept").iterdir()) == ["a.bin", "b.txt"]


@pytest.mark.browser
def test_page_shows_what_the_server_has(
    page: Page, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """While the endpoint is still at work, the page knows that everything has arrived."""
    go_on, copy = threading.Event(), shutil.copyfileobj

    def slow_copy(*arguments: Any) -> None:
        go_on.wait(60.0)
        copy(*arguments)

    monkeypatch.setattr(shutil, "copyfileobj", slow_copy)
    (tmp_path / "a.bin").write_bytes(b"x" * 1_900_000)
    page.set_input_files("#choose", tmp_path / "a.bin")
    page.wait_for_selector("[data-server=received]")
    assert page.locator(".state").inner_text() == "Storing…"
    go_on.set()
    page.wait_for_selector(".done")


@pytest.mark.browser
def test_page_tells_why_not(page: Page, tmp_path: Path) -> None:
    """A file that is refused says why, and the next one is sent all the same."""
    (tmp_path / "large.bin").write_bytes(b"x" * 2_100_000)
    (tmp_path / "b.txt").write_bytes(b"x")
    page.set_input_files("#choose", [tmp_path / "large.bin", tmp_path / "b.txt"])
    page.wait_for_selector(".done")
    assert "Uploaded file is too large!" in page.locator(".failed .state").inner_text()
