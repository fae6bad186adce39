"""The events of an upload, on a live server: what the server has, told while it comes."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from quick_htag import App, Settings
from quick_htag.testing import TestClient
from tests.patience import until

NAME = "0b6a7ab3-3c0f-4b7e-9a33-0d6d3d9c1f11"
TIMEOUT = 30.0


class Events:
    """The events of an address, one by one."""

    def __init__(self, url: str) -> None:
        self.answer = requests.get(url, stream=True, timeout=TIMEOUT)
        self._lines = self.answer.iter_lines(chunk_size=1)

    def next(self) -> dict[str, Any]:
        """The data of the next one."""
        for line in self._lines:
            if line.startswith(b"data: "):
                return dict(json.loads(line[6:]))
        raise EOFError

    def rest(self) -> list[bytes]:
        """What follows up to the end."""
        return list(self._lines)


@pytest.fixture
def server(start_server: Callable[..., Any]) -> Any:
    """Takes uploads at /files, tells of them at /progress; reports every piece."""

    def setup(server: Any) -> None:
        server.bind_upload_progress("/progress")
        server.json_post("/files", 0)(lambda req, args: {"size": req.body.length})

    settings = Settings(upload_report_interval=0.0, max_body_size=1000)
    return start_server(setup, settings=settings)


@pytest.fixture
def upload(server: Any) -> Iterator[Callable[..., socket.socket]]:
    """``upload(length)``: a connection on which an upload has begun."""
    made: list[socket.socket] = []

    def begin(length: int, name: str = NAME) -> socket.socket:
        made.append(socket.create_connection(server.server_address, TIMEOUT))
        head = f"POST /files?upload={name} HTTP/1.1\r\nHost: localhost\r\n"
        made[-1].sendall(f"{head}Content-Length: {length}\r\n\r\n".encode())
        return made[-1]

    yield begin
    for sock in made:
        sock.close()


def followed(server: Any) -> None:
    """Wait until somebody follows an upload."""
    until(lambda: len(server.app.uploads))


def test_the_page_sees_what_the_server_has(server: Any, upload: Any) -> None:
    """Each piece is told when it has arrived, then that it is complete; then the stream ends."""
    events = Events(f"{server.url}progress?upload={NAME}")
    followed(server)
    sock = upload(6)
    for received, piece in ((2, b"ab"), (5, b"cde")):
        sock.sendall(piece)
        assert events.next() == {"state": "receiving", "received": received, "total": 6}
    sock.sendall(b"f")
    assert events.next()["received"] == 6
    assert events.next() == {"state": "received", "received": 6, "total": 6}
    assert b"id: over" not in b"".join(events.rest())
    until(lambda: not len(server.app.uploads))


def test_an_upload_that_breaks_off(server: Any, upload: Any) -> None:
    """The page is told, and neither the upload nor who followed it is kept."""
    events = Events(f"{server.url}progress?upload={NAME}")
    followed(server)
    sock = upload(6)
    sock.sendall(b"ab")
    assert events.next()["received"] == 2
    sock.close()
    assert events.next() == {"state": "failed", "received": 2, "total": 6}
    events.rest()
    until(lambda: not len(server.app.uploads))


def test_an_upload_that_is_too_large(server: Any, upload: Any) -> None:
    """It has failed before a byte has come."""
    events = Events(f"{server.url}progress?upload={NAME}")
    followed(server)
    upload(1_000_000)
    assert events.next() == {"state": "failed", "received": 0, "total": 1_000_000}


def test_a_client_that_leaves_is_forgotten(server: Any) -> None:
    """Nobody follows an upload that never comes."""
    events = Events(f"{server.url}progress?upload={NAME}")
    followed(server)
    events.answer.close()
    until(lambda: not len(server.app.uploads))


def test_who_does_not_ask_costs_nothing(server: Any) -> None:
    """Without a name nothing is noted."""
    assert requests.post(f"{server.url}files", b"abc", timeout=TIMEOUT).json() == {"size": 3}
    assert server.app.uploads._finished == {}


@pytest.fixture
def client() -> Iterator[TestClient]:
    """An application that tells of uploads, in this process."""
    app = App()
    app.bind_upload_progress("/progress")
    yield TestClient(app)
    app.close()


def test_a_browser_that_knows_the_end_is_sent_home(client: TestClient) -> None:
    """An EventSource connects again after the end, and stops at 204."""
    path = f"/progress?upload={NAME}"
    assert client.get(path, {"Last-Event-ID": "over"}).status == 204


def test_a_name_that_could_be_guessed(client: TestClient) -> None:
    """The page is told what a name is."""
    answer = client.get("/progress?upload=1")
    assert (answer.status, "16 to 128" in answer.text) == (400, True)
