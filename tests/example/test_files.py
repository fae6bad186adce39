"""The example of files: a listed folder, and a page for every path of its app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from quick_htag import App
from quick_htag.testing import TestClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def client(load_example: Callable[[str], Any]) -> Iterator[TestClient]:
    """A client of the example."""
    app = App()
    load_example("files").add_files(app)
    yield TestClient(app)
    app.close()


@pytest.mark.parametrize("path", ["/", "/kitchen", "/garden/pond"])
def test_every_room_is_the_page(client: TestClient, path: str) -> None:
    """Paths that only the script knows get the page."""
    answer = client.get(path)
    assert (answer.status, "rooms.js" in answer.text) == (200, True)


@pytest.mark.parametrize("path", ["/lost.js", "/shared/lost", "/.hidden", "/shared/draft.txt"])
def test_lost_files_are_lost(client: TestClient, path: str) -> None:
    """What looks like a file is 404, not the page."""
    assert client.get(path).status == 404


def test_listing(client: TestClient) -> None:
    """The shared folder shows what may be had, in the order asked for."""
    page = client.get("/shared/?sort=size&order=desc").text
    assert page.index("read-me.txt") < page.index("cities.csv")
    assert "draft" not in page
    assert "tool.py" not in client.get("/shared/notes/").text


def test_its_files_are_there(client: TestClient) -> None:
    """The page finds its style and script."""
    for name in ("style.css", "rooms.js"):
        assert client.get(f"/{name}").headers["cache-control"] == "max-age=60"
