"""The example of middleware lets pass and refuses as it says."""

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
    load_example("middleware").add_routes(app)
    yield TestClient(app)
    app.close()


@pytest.mark.parametrize(
    ("path", "key", "status"),
    [
        ("/open", "", 200),
        ("/me", "", 401),
        ("/me", "abracadabra", 200),
        ("/keys", "abracadabra", 403),
        ("/keys", "open-sesame", 200),
        ("/private/file", "open-sesame", 403),
        ("//%70rivate/file", "open-sesame", 403),
    ],
)
def test_who_may_do_what(client: TestClient, path: str, key: str, status: int) -> None:
    """Each layer refuses what is not its."""
    assert client.get(path, {"X-Key": key}).status == status


def test_notes_reach_the_endpoint(client: TestClient) -> None:
    """The middleware tells the endpoint who it is."""
    assert client.get("/me", {"X-Key": "abracadabra"}).json() == {"user": "bob"}


def test_every_answer_has_its_number(client: TestClient) -> None:
    """Also those nobody made."""
    numbers = [int(client.get(path).headers["x-request-number"]) for path in ("/open", "/none")]
    assert numbers[1] == numbers[0] + 1
