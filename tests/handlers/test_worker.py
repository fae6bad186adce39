"""Requests of the worker protocol."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag import App
from quick_htag.handlers.worker import WorkerEndpoint
from quick_htag.messages.forms import DEFAULT_LIMITS
from quick_htag.testing import TestClient


class Echo:
    """A worker that answers with what it is asked."""

    def compute_worker(self, req: Any, post: dict[str, Any]) -> Any:
        """The request."""
        return post


@pytest.fixture
def client() -> TestClient:
    """Asks it, at a path with a name in it and at one without."""
    app = App()
    endpoint = WorkerEndpoint(Echo(), lambda: DEFAULT_LIMITS)
    app.add_target("POST", "/plain", 0, endpoint)
    app.add_target("POST", "/of/:user", 0, endpoint)
    return TestClient(app)


def test_json_and_forms(client: TestClient) -> None:
    """Both are understood; nothing is stored on the way."""
    answer = client.post("/plain", json={"action": "get", "token": 1})
    assert answer.json() == {"action": "get", "token": 1}
    assert answer.headers["cache-control"] == "no-store"
    form = client.post("/plain", data={"action": "get", "token": "1"})
    assert form.json() == {"action": "get", "token": "1"}


def test_segments_are_part_of_the_payload(client: TestClient) -> None:
    """They win over what the client says."""
    post = {"action": "start", "payload": {"user": "eve", "a": 1}}
    assert client.post("/of/ann", json=post).json()["payload"] == {"user": "ann", "a": 1}
    assert client.post("/of/ann", json={"action": "start"}).json()["payload"] == {"user": "ann"}


@pytest.mark.parametrize("body", [[1], "text", 7])
def test_no_object(client: TestClient, body: Any) -> None:
    """A request is an object."""
    assert client.post("/plain", json=body).status == 400


def test_a_payload_that_takes_no_segments(client: TestClient) -> None:
    """It is refused where there are some."""
    assert client.post("/of/ann", json={"action": "start", "payload": [1]}).status == 400
