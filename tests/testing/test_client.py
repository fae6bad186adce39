"""The in-process client."""

from __future__ import annotations

import io
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest

from quick_htag.app import App
from quick_htag.messages.event_stream import event_stream
from quick_htag.messages.request import Request
from quick_htag.settings import Settings
from quick_htag.testing import TestClient


@pytest.fixture
def app() -> App:
    """An application that tells what it got."""
    app = App(Settings(max_body_size=1000))

    @app.json_post("/echo")
    def echo(req: Request, args: Any) -> Any:
        files = {
            name: [file.filename, file.content_type, file.read().decode()]
            for name, file in args["files"].items()
        }
        return {
            "post": args["post"],
            "files": files,
            "raw": req.body.read().decode("latin-1") if not files else "",
            "headers": dict(req.headers),
        }

    @app.text_get("/cookie/:value")
    def cookie(req: Request, args: Any) -> str:
        jar: SimpleCookie = SimpleCookie()
        jar["c"] = args["segments"]["value"]
        if jar["c"].value == "gone":
            jar["c"]["max-age"] = 0
        req.send_cookie(jar)
        return req.cookies.get("c", "none")

    return app


@pytest.fixture
def client(app: App) -> TestClient:
    """A client of it."""
    return TestClient(app)


def test_json_body(client: TestClient) -> None:
    """``json=`` sends JSON."""
    assert client.post("/echo", json={"a": [1]}).json()["post"] == {"a": [1]}


def test_form_body(client: TestClient) -> None:
    """``data=`` with a mapping sends a form."""
    assert client.post("/echo", data={"a": "1 &"}).json()["post"] == {"a": "1 &"}


@pytest.mark.parametrize("data", ["text", b"text"])
def test_raw_body(client: TestClient, data: Any) -> None:
    """``data=`` with text or bytes sends them."""
    assert client.post("/echo", data=data).json()["raw"] == "text"


def test_files(client: TestClient) -> None:
    """``files=`` sends a multipart form, fields included."""
    files = {"a": b"1", "b": ('n"\n.txt', "2"), "c": ("c.csv", io.BytesIO(b"3"), "text/csv")}
    got = client.post("/echo", data={"t": "v"}, files=files).json()
    assert got["post"] == {"t": "v"}
    assert got["files"] == {
        "a": ["a", "application/octet-stream", "1"],
        "b": ["n_.txt", "application/octet-stream", "2"],  # a name fit for a file
        "c": ["c.csv", "text/csv", "3"],
    }


def test_headers(client: TestClient) -> None:
    """Given fields are sent and replace the client's own."""
    got = client.post("/echo", {"X-A": "1", "Host": "example.org"}, json={}).json()["headers"]
    assert (got["x-a"], got["host"]) == ("1", "example.org")


def test_cookies_are_kept(client: TestClient) -> None:
    """A cookie comes back with the next request, until it is deleted."""
    got = [client.get(f"/cookie/{value}").text for value in ("first", "gone", "last")]
    assert got == ["none", "first", "none"]
    assert client.cookies == {"c": "last"}


def test_head_has_no_body(client: TestClient) -> None:
    """HEAD tells the length of what GET would send."""
    response = client.head("/cookie/x")
    assert (response.status, response.content, response.headers["content-length"]) == (
        200,
        b"",
        "4",
    )


def test_too_large_a_body_is_refused(client: TestClient) -> None:
    """As a transport does, the client keeps to the limit of the target."""
    assert client.post("/echo", data=b"x" * 1001).status == 413


def test_files_are_read_and_closed(client: TestClient, app: App, tmp_path: Path) -> None:
    """A large file is content like any other, with its length."""
    (tmp_path / "f.txt").write_bytes(b"x" * 100_000)
    app.bind_path("/", str(tmp_path))
    response = client.get("/f.txt")
    assert (len(response.content), response.headers["content-length"]) == (100_000, "100000")


@pytest.mark.parametrize("method", ["put", "delete"])
def test_other_methods(client: TestClient, method: str) -> None:
    """Every method has a function."""
    assert getattr(client, method)("/echo", json={}).status == 405


class Once:
    """A receiver that sends one event and ends."""

    def opened(self, channel: Any) -> None:
        channel.send("x")
        channel.close(1000, "")

    def received(self, message: str | bytes) -> None:
        """Nothing is."""

    def closed(self, code: int, reason: str) -> None:
        """Of no interest."""


def test_events_can_be_read(client: TestClient, app: App) -> None:
    """A stream of events is opened by who reads it."""
    app.add_target("GET", "/feed", 0, lambda request: event_stream(request, Once()))
    response = client.get("/feed")
    assert response.stream is not None
    assert list(response.stream) == [b"data: x\n\n"]
    assert client.head("/feed").stream is None
