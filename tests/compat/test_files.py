"""Files and uploads as scripts written for quick_server expect them."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from quick_htag import QuickServer

TIMEOUT = 20.0
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder as the manual has it: ``www`` and an icon."""
    (tmp_path / "www" / "sub").mkdir(parents=True)
    (tmp_path / "www" / "index.html").write_text("<p>index</p>")
    (tmp_path / "www" / "sub" / "index.htm").write_text("sub")
    (tmp_path / "www" / "program.py").write_text("secret")
    (tmp_path / "www" / ".git").mkdir()
    (tmp_path / "www" / ".git" / "config.txt").write_text("secret")
    (tmp_path / "favicon.ico").write_bytes(b"icon")
    return tmp_path


@pytest.fixture
def server(start_server: Callable[..., QuickServer], site: Path) -> QuickServer:
    """A server with that folder at its root."""

    def setup(made: QuickServer) -> None:
        made.base_path = str(site)
        made.bind_path("/", "www")
        made.add_default_white_list()
        made.favicon_fallback = "favicon.ico"

    return start_server(setup)


@pytest.fixture
def get(server: QuickServer) -> Callable[..., requests.Response]:
    """``get(path, **options)``, redirects not followed."""

    def ask(path: str, **options: object) -> requests.Response:
        url = server.url.rstrip("/") + path
        return requests.get(url, timeout=TIMEOUT, allow_redirects=False, **options)  # type: ignore[arg-type]

    return ask


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/sub", 301),
        ("/sub/", 200),
        ("/index.html/", 200),
        ("/program.py", 404),
        ("/.git/config.txt", 404),
        ("/.git/", 404),
        ("/../index.html", 200),
        ("/any/deep/favicon.ico", 200),
    ],
)
def test_statuses(get: Callable[..., requests.Response], path: str, status: int) -> None:
    """What is found, moved and refused."""
    assert get(path).status_code == status


def test_folder_redirect_keeps_the_query(get: Callable[..., requests.Response]) -> None:
    """And has a length, so that a persistent connection goes on."""
    answer = get("/sub?a=1")
    assert requests.compat.urljoin(answer.url, answer.headers["location"]).endswith("/sub/?a=1")
    assert answer.headers["content-length"] == "0"


def test_folder_is_not_listed(server: QuickServer, site: Path) -> None:
    """Unless asked for, with a text of its own; a listing hides what is refused."""
    (site / "www" / "index.html").unlink()
    answer = requests.get(server.url, timeout=TIMEOUT)
    assert (answer.status_code, "No permission to list directory" in answer.text) == (404, True)
    server.directory_listing = True
    page = requests.get(server.url, timeout=TIMEOUT).text
    assert "sub/" in page
    assert "program.py" not in page
    assert ".git" not in page


def test_headers_of_a_file(server: QuickServer, get: Callable[..., requests.Response]) -> None:
    """Type, length, date, tag and freshness."""
    server.max_age = 30
    headers = get("/index.html").headers
    assert headers["content-type"].startswith("text/html")
    assert headers["content-length"] == "12"
    assert headers["cache-control"] == "max-age=30"
    assert {"last-modified", "etag"} <= {name.lower() for name in headers}


@pytest.mark.parametrize("quoted", [False, True])
def test_tag_of_a_file(get: Callable[..., requests.Response], quoted: bool) -> None:
    """Both its own tag and the bare CRC-32 that quick_server used are answered with 304."""
    etag = get("/index.html").headers["etag"]
    known = etag if quoted else f"{zlib.crc32(b'<p>index</p>'):x}"
    answer = get("/index.html", headers={"If-None-Match": known})
    assert (answer.status_code, answer.headers["etag"]) == (304, etag)


def test_latest_binding_of_a_name_wins(
    server: QuickServer, get: Callable[..., requests.Response], site: Path
) -> None:
    """Where it has the file; a fallback comes after all others."""
    for name in ("later", "fallback"):
        (site / name).mkdir()
        (site / name / f"{name}.txt").write_text(name)
        (site / name / "index.html").write_text(name)
    server.bind_path("/", "later")
    server.bind_path_fallback("/", "fallback")
    texts = [get(path).text for path in ("/", "/later.txt", "/fallback.txt", "/sub/")]
    assert texts == ["later", "later", "fallback", "sub"]


def test_names_need_slashes(server: QuickServer) -> None:
    """A ValueError, as it was."""
    with pytest.raises(ValueError, match="/"):
        server.bind_path("files", "www")


def test_fallback_hook(server: QuickServer, get: Callable[..., requests.Response]) -> None:
    """Single-page apps get their page for every path, with status 200."""
    server.set_file_fallback_hook(lambda path: "www/index.html")
    answer = get("/any/path%20at/all")
    assert (answer.status_code, answer.text) == (200, "<p>index</p>")
    server.set_file_fallback_hook(None)
    assert get("/any").status_code == 404


def test_special_file(
    server: QuickServer, get: Callable[..., requests.Response], site: Path
) -> None:
    """A file at a path of its own, read again for each request."""
    server.add_special_file("/version", "version.txt", False, ctype="text/x-version")
    for text in ("1", "two"):
        (site / "version.txt").write_text(text)
        answer = get("/version")
        assert (answer.text, answer.headers["content-type"]) == (text, "text/x-version")


def test_mirror_file(server: QuickServer, site: Path) -> None:
    """A script of the package appears in a source tree; nothing of one's own is lost."""
    server.mirror_file("src/backoff.js", "backoff.js")
    expected = (ROOT / "js" / "backoff.js").read_text(encoding="utf-8")
    assert (site / "src" / "backoff.js").read_text(encoding="utf-8") == expected
    (site / "src" / "mine.js").write_text("mine")
    with pytest.raises(ValueError, match="move it away"):
        server.mirror_file("src/mine.js", "backoff.js")
    assert (site / "src" / "mine.js").read_text() == "mine"


@pytest.mark.parametrize("kind", ["worker_js", "legacy_worker_js"])
def test_worker_scripts(
    kind: str, server: QuickServer, get: Callable[..., requests.Response], site: Path
) -> None:
    """The browser's client is served and put into a source tree."""
    getattr(server, f"link_{kind}")("/js/client.js")
    getattr(server, f"mirror_{kind}")("src/client.js")
    answer = get("/js/client.js")
    assert answer.headers["content-type"] == "application/javascript; charset=utf-8"
    assert (site / "src" / "client.js").read_bytes() == answer.content


@pytest.fixture
def post(server: QuickServer) -> Callable[..., requests.Response]:
    """``post(**options)`` to an endpoint that tells what it got."""

    @server.json_post("/upload", 0)
    def upload(req, args):
        files = {
            name: [file.filename, file.content_type, file.size, file.read().decode("latin-1")]
            for name, file in args["files"].items()
        }
        return {"post": args["post"], "files": files}

    def send(**options: object) -> requests.Response:
        return requests.post(server.url + "upload", timeout=TIMEOUT, **options)  # type: ignore[arg-type]

    return send


def test_upload(post: Callable[..., requests.Response]) -> None:
    """Fields are text, files are files at their start, with names and types."""
    files = {"a": ("../a.bin", b"\xff\x00"), "b": ("b.txt", "text", "text/plain")}
    assert post(data={"field": "grün"}, files=files).json() == {
        "post": {"field": "grün"},
        "files": {
            "a": ["a.bin", "application/octet-stream", 2, "\xff\x00"],
            "b": ["b.txt", "text/plain", 4, "text"],
        },
    }


def test_upload_limit(server: QuickServer, post: Callable[..., requests.Response]) -> None:
    """50 MiB unless it is set, at any time; the text is the same."""
    assert server.max_file_size == 50 * 1024 * 1024
    server.max_file_size = 10
    answer = post(files={"a": b"x" * 11})
    assert answer.status_code == 413
    assert "Uploaded file is too large!" in answer.text
    assert "11 > 10" in answer.text
    assert post(files={"a": b"x" * 10}).status_code == 200


def test_bodies(post: Callable[..., requests.Response]) -> None:
    """JSON of any kind, forms like a query, others are not parsed; bad JSON is 400."""
    assert post(json=[1, {"a": None}]).json()["post"] == [1, {"a": None}]
    assert post(data={"a": "b c", "d": ""}).json()["post"] == {"a": "b c", "d": ""}
    headers = {"Content-Type": "text/csv"}
    assert post(data=b"a,b", headers=headers).json()["post"] == {}
    headers = {"Content-Type": "application/json"}
    answer = post(data=b'{"secret', headers=headers)
    assert (answer.status_code, "secret" in answer.text) == (400, False)


def test_common_invalid_paths(
    start_server: Callable[..., QuickServer], capfd: pytest.CaptureFixture[str]
) -> None:
    """Paths in no folder leave a line that says so; common ones leave nothing."""
    server = start_server(lambda server: server.set_common_invalid_paths(["/robots.txt"]))
    for path in ("robots.txt", "nowhere"):
        assert requests.get(server.url + path, timeout=TIMEOUT).status_code == 404
    server.shutdown()
    logged = capfd.readouterr().err
    assert "no matching folder alias: /nowhere " in logged
    assert '"GET /nowhere HTTP/1.1" 404' in logged
    assert "robots" not in logged
