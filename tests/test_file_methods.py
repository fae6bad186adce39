"""What an application, and so a server, has for files."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from quick_htag import App
from quick_htag.errors import ConfigurationError
from quick_htag.logs import MessageLog
from quick_htag.messages.request import LOG_DETAIL, Request
from quick_htag.testing import TestClient


@pytest.fixture
def log() -> io.StringIO:
    """What the application logs."""
    return io.StringIO()


@pytest.fixture
def app(tmp_path: Path, log: io.StringIO) -> App:
    """A folder bound to a name."""
    (tmp_path / "www" / "sub").mkdir(parents=True)
    (tmp_path / "www" / "a.txt").write_text("a")
    made = App(log=MessageLog(log))
    made.base_path = str(tmp_path)
    made.bind_path("/www/", "www")
    return made


@pytest.fixture
def client(app: App) -> TestClient:
    """Asks it."""
    return TestClient(app)


def test_defaults() -> None:
    """The attributes are those of quick_server; what it has not is off."""
    app = App()
    assert app.base_path == str(Path.cwd())
    assert (app.directory_listing, app.follow_symlinks, app.gzip) == (False, False, False)
    assert (app.favicon_everywhere, app.favicon_fallback) == (True, None)
    assert app.max_file_size == 52428800


def test_listing(app: App, client: TestClient) -> None:
    """A folder is listed when that is on; off, the answer says why it is not."""
    answer = client.get("/www/sub/")
    assert (answer.status, "No permission to list directory" in answer.text) == (404, True)
    app.directory_listing = True
    assert "a.txt" in client.get("/www/").text


def test_post_to_a_folder(app: App, client: TestClient) -> None:
    """What can only be got says so."""
    assert client.post("/www/").status == 404
    app.directory_listing = True
    assert client.post("/www/").headers["allow"] == "GET, HEAD, OPTIONS"


def test_fallback_folder(app: App, client: TestClient, tmp_path: Path) -> None:
    """A folder bound as a fallback gives what others lack."""
    (tmp_path / "spare").mkdir()
    for name in ("a.txt", "b.txt"):
        (tmp_path / "spare" / name).write_text("spare")
    app.bind_path_fallback("/www/", "spare")
    assert [client.get(f"/www/{name}.txt").text for name in "ab"] == ["a", "spare"]


def test_hook_comes_last(app: App, client: TestClient, log: io.StringIO) -> None:
    """Files and routes are before it, a route of another method too; None is 404."""
    app.json_post("/save", 0)(lambda req, args: None)
    app.set_file_fallback_hook(lambda path: None if path == "/none" else "www/a.txt")
    statuses = [client.get(path).status for path in ("/any", "/www/", "/save", "/none")]
    assert statuses == [200, 200, 405, 404]
    app.set_file_fallback_hook(None)
    assert client.get("/any").status == 404


def test_broken_hook_is_500(app: App, client: TestClient, log: io.StringIO) -> None:
    """A hook that raises is reported like an endpoint that does."""
    app.set_file_fallback_hook(lambda path: str(1 // 0))
    assert client.get("/any").status == 500
    assert "ZeroDivisionError" in log.getvalue()


def test_special_file(app: App, client: TestClient, tmp_path: Path) -> None:
    """One file at a path of its own, whatever the lists say, binary too."""
    (tmp_path / "a.bin").write_bytes(b"\xff\x00")
    app.add_file_patterns(["*"], blacklist=True)
    app.add_special_file("/special", "a.bin", False, "image/x-icon")
    answer = client.get("/special")
    assert (answer.content, answer.headers["content-type"]) == (b"\xff\x00", "image/x-icon")
    assert client.get("/special/more").status == 404


@pytest.mark.parametrize("name", ["transport.js", "js/transport.js"])
def test_special_file_of_the_package(app: App, client: TestClient, name: str) -> None:
    """A script that comes with the package is found in a checkout and in a wheel."""
    app.add_special_file("/js/own.js", name, True)
    answer = client.get("/js/own.js")
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "WebSocket" in answer.text


def test_special_file_that_the_package_lacks(app: App) -> None:
    """A wrong name is told at once."""
    with pytest.raises(ConfigurationError, match=r"nothing\.js"):
        app.add_special_file("/x", "nothing.js", True)


@pytest.mark.parametrize("path", ["/nowhere", "/wp-login.php", "/www/gone"])
def test_path_in_no_folder_is_told_to_the_log(app: App, path: str) -> None:
    """A path that no name begins, unless it is a common one; a missing file is not such a path."""
    app.set_common_invalid_paths(["/wp-login.php"])
    request = Request("GET", path)
    assert app.handle(request).status == 404
    told = "no matching folder alias: /nowhere" if path == "/nowhere" else None
    assert request.meta.get(LOG_DETAIL) == told


def test_one_common_path_is_a_list_too(app: App) -> None:
    """A string would be taken letter by letter."""
    with pytest.raises(ConfigurationError, match="list"):
        app.set_common_invalid_paths("/x")


def test_large_files_by_attribute(app: App, client: TestClient) -> None:
    """A limit above that of all bodies lets forms be larger, before or after registration."""
    limit = app.settings.max_body_size
    before = app._router.match("POST", "/x")
    assert before is None
    app.json_post("/before", 0)(lambda req, args: {})
    app.max_file_size = 2 * limit
    app.json_post("/after", 0)(lambda req, args: {})
    found = [app._router.find("POST", path).route.body_limit for path in ("/before", "/after")]
    assert found == [2 * limit + app.settings.max_form_text] * 2


def test_too_large_file(app: App, client: TestClient) -> None:
    """The limit of one file holds from the moment it is set, with quick_server's text."""
    app.json_post("/up", 0)(lambda req, args: {"size": args["files"]["f"].size})
    assert client.post("/up", files={"f": b"12345"}).json() == {"size": 5}
    app.max_file_size = 4
    answer = client.post("/up", files={"f": b"12345"})
    assert answer.status == 413
    assert "Uploaded file is too large! 5 > 4" in answer.text
