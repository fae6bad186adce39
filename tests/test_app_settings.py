"""What may be changed about an application while it is used."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from quick_htag.app import App
from quick_htag.errors import ConfigurationError
from quick_htag.testing import TestClient


@pytest.fixture
def app(tmp_path: Path, no_thread_left: None) -> Iterator[App]:
    """An application with a file, an endpoint and a form."""
    (tmp_path / "page.html").write_text("<h1>page</h1>")
    app = App()
    app.bind_path("/", str(tmp_path))
    app.text_get("/hello", 0)(lambda req, args: "hello")
    app.json_post("/form", 0)(lambda req, args: len(args["files"]["f"].read()))
    yield app
    app.close()


@pytest.fixture
def client(app: App) -> TestClient:
    """What it answers."""
    return TestClient(app)


def test_max_age(app: App, client: TestClient) -> None:
    """It holds for what is asked for after it was set, endpoints and files."""
    app.max_age = 60
    for path in ("/hello", "/page.html"):
        assert client.get(path).headers["cache-control"] == "max-age=60"


def test_slow_requests_are_reported(app: App, client: TestClient) -> None:
    """The setting can be changed at any time, and counts for the next request."""
    reports: SimpleQueue[tuple[Any, ...]] = SimpleQueue()
    app.report_slow_requests = (0.001, lambda *values: reports.put(values))
    late = threading.Event()
    app.text_get("/slow")(lambda req, args: str(late.wait(10)))
    answer: list[str] = []
    thread = threading.Thread(target=lambda: answer.append(client.get("/slow").text))
    thread.start()
    assert reports.get(timeout=60)[3] is False
    late.set()
    thread.join(10)
    assert reports.get(timeout=60)[3] is True
    assert answer == ["True"]


def test_bad_slow_setting_is_refused(app: App) -> None:
    """A setting that cannot work changes nothing."""
    with pytest.raises(ConfigurationError):
        app.report_slow_requests = -5
    assert app.report_slow_requests is False


def test_max_file_size(app: App, client: TestClient) -> None:
    """It holds from when it is set; the answer tells both sizes."""
    assert app.max_file_size == 50 * 1024 * 1024
    app.max_file_size = 10
    response = client.post("/form", files={"f": b"x" * 11})
    assert response.status == 413
    assert "Uploaded file is too large! 11 > 10" in response.text
    assert client.post("/form", files={"f": b"x" * 10}).status == 200
    with pytest.raises(ConfigurationError):
        app.max_file_size = -1


def test_gzip_holds_for_files_and_endpoints(app: App, client: TestClient, tmp_path: Path) -> None:
    """From when it is set, for clients that take it."""
    (tmp_path / "page.html.gz").write_bytes(b"packed")
    app.text_get("/long", 0)(lambda req, args: "x" * 5000)
    takes = {"Accept-Encoding": "gzip"}
    codings = []
    for on in (False, True):
        app.gzip = on
        answers = [client.get(path, headers=takes) for path in ("/long", "/page.html")]
        codings += [answer.headers.get("content-encoding") for answer in answers]
    assert codings == [None, None, "gzip", "gzip"]


def test_health_can_be_taken_away(app: App, client: TestClient) -> None:
    """Its path is then like any other that is not there."""
    app.health = "/up"
    assert (app.health, client.get("/up").status) == ("/up", 200)
    app.health = None
    assert client.get("/up").status == 404
