"""The example of an API answers as it says."""

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
    load_example("api").add_api(app)
    yield TestClient(app)
    app.close()


def test_notes(client: TestClient) -> None:
    """They are added, listed, searched and forgotten."""
    for note in ("milk and bread", "milk", "bread"):
        assert client.post("/api/notes/ann", json={"note": note}).status == 201
    assert client.get("/api/notes").json() == ["ann"]
    assert client.get("/api/notes/ann?word=milk&word=bread").json() == ["milk and bread"]
    assert client.delete("/api/notes/ann").json()["forgotten"][1:] == ["milk", "bread"]
    assert client.get("/api/notes/ann").status == 404


@pytest.mark.parametrize("body", [{}, [], {"note": 1}, None])
def test_what_is_no_note_is_refused(client: TestClient, body: Any) -> None:
    """The client is told what to send."""
    response = client.post("/api/notes/ann", json=body)
    assert (response.status, '{"note": "text"}' in response.text) == (400, True)


def test_upload_and_export(client: TestClient) -> None:
    """Files go in, parts come out."""
    digest = client.put("/api/checksum", files={"file": b"abc"}).json()["file"]
    assert digest.startswith("ba7816bf")
    response = client.get("/api/export")
    assert response.headers["content-type"].startswith("multipart/form-data")
    assert 'name="read me"' in response.text
