"""Files as answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from quick_htag.errors import HTTPError
from quick_htag.folders import Folders
from quick_htag.handlers.static import StaticFiles
from quick_htag.messages.conditional import CacheControl, http_date
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import Request
from quick_htag.messages.response import FileBody, HTTPResponse

BIG = 64 * 1024 + 1


@pytest.fixture
def www(tmp_path: Path) -> Path:
    """A folder with a small and a large file, and folders with and without index."""
    (tmp_path / "a.txt").write_text("0123456789")
    (tmp_path / "big.bin").write_bytes(b"x" * BIG)
    (tmp_path / "empty.txt").write_bytes(b"")
    for name in ("sub", "a b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").write_text("<p>")
    return tmp_path


@pytest.fixture
def static(www: Path) -> StaticFiles:
    """The folder at the root, fresh for a minute."""
    folders = Folders()
    folders.base_path = str(www)
    folders.bind("/", ".")
    return StaticFiles(folders, CacheControl(60))


def _respond(
    static: StaticFiles, path: str, method: str = "GET", **fields: str
) -> HTTPResponse | None:
    headers = Headers((name.replace("_", "-"), value) for name, value in fields.items())
    return static.respond(Request(method, path, headers))


def _found(static: StaticFiles, path: str, method: str = "GET", **fields: str) -> HTTPResponse:
    response = _respond(static, path, method, **fields)
    assert response is not None
    return response


def test_small_file(static: StaticFiles, www: Path) -> None:
    """A small file is sent from memory, with type, validators and freshness."""
    response = _found(static, "/a.txt")
    assert (response.status, response.body) == (200, b"0123456789")
    assert dict(response.headers) == {
        "ETag": response.header("etag"),
        "Last-Modified": http_date(int((www / "a.txt").stat().st_mtime)),
        "Cache-Control": "max-age=60",
        "Content-Type": "text/plain; charset=utf-8",
        "Accept-Ranges": "bytes",
    }


def test_large_file_is_not_read(static: StaticFiles) -> None:
    """A large file goes out as an open file."""
    response = _found(static, "/big.bin")
    assert isinstance(response.body, FileBody)
    assert (response.body.offset, response.body.length) == (0, BIG)
    assert response.content() == b"x" * BIG
    assert response.body.file.closed


def test_missing_file(static: StaticFiles) -> None:
    """There is no answer for what is not there."""
    assert _respond(static, "/b.txt") is None


@pytest.mark.parametrize("path", ["/a.txt", "/big.bin"])
def test_known_version_is_304(static: StaticFiles, path: str) -> None:
    """The tag of the last answer makes the next one short."""
    first = _found(static, path)
    first.discard()
    second = _found(static, path, if_none_match=first.header("etag") or "")
    assert (second.status, second.body) == (304, b"")
    assert second.header("etag") == first.header("etag")


def test_modified_since(static: StaticFiles) -> None:
    """The date of the last answer does the same."""
    changed = _found(static, "/a.txt").header("last-modified")
    assert changed is not None
    assert _found(static, "/a.txt", if_modified_since=changed).status == 304


@pytest.mark.parametrize(
    ("field", "body", "where"),
    [
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=8-", b"89", "bytes 8-9/10"),
        ("bytes=-1", b"9", "bytes 9-9/10"),
    ],
)
def test_range(static: StaticFiles, field: str, body: bytes, where: str) -> None:
    """A part of a file is 206 and says which."""
    response = _found(static, "/a.txt", range=field)
    assert (response.status, response.body) == (206, body)
    assert response.header("content-range") == where


def test_range_of_a_large_file(static: StaticFiles) -> None:
    """A long part goes out as a part of an open file, a short one from memory."""
    response = _found(static, "/big.bin", range="bytes=0-65536")
    assert isinstance(response.body, FileBody)
    response.discard()
    assert _found(static, "/big.bin", range="bytes=5-6").body == b"xx"


def test_range_of_another_version(static: StaticFiles) -> None:
    """A part of a version that is gone becomes the whole."""
    assert _found(static, "/a.txt", range="bytes=0-1", if_range='"old"').status == 200


@pytest.mark.parametrize("path", ["/a.txt", "/big.bin"])
def test_range_outside_closes_the_file(static: StaticFiles, path: str) -> None:
    """416; a file left open would fail the test with a warning."""
    with pytest.raises(HTTPError) as caught:
        _respond(static, path, range="bytes=99999999-")
    assert caught.value.status == 416


def test_empty_file(static: StaticFiles) -> None:
    """Nothing is something to send."""
    assert _found(static, "/empty.txt", range="bytes=-1").body == b""


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/sub", "/sub/"),
        ("/sub?a=1&b=%20", "/sub/?a=1&b=%20"),
        ("//sub", "/sub/"),
        ("///sub?x", "/sub/?x"),
        ("/a%20b", "/a%20b/"),
        ("/./sub", "/sub/"),
        ("/sub?a\r\nX: y", "/sub/?a%0D%0AX:%20y"),
    ],
)
def test_folder_is_redirected(static: StaticFiles, target: str, location: str) -> None:
    """To itself with a slash, query kept, and never to another host."""
    response = _found(static, target)
    assert (response.status, response.header("location")) == (301, location)
    assert response.body == b""


def test_index(static: StaticFiles) -> None:
    """A folder is its index."""
    response = _found(static, "/sub/")
    assert (response.content(), response.header("content-type")) == (
        b"<p>",
        "text/html; charset=utf-8",
    )


def test_exists(static: StaticFiles) -> None:
    """Whether there is something to get, without getting it."""
    assert [static.exists(path) for path in ("/a.txt", "/sub", "/b.txt")] == [True, True, False]


def test_icon_everywhere(static: StaticFiles, www: Path) -> None:
    """Any path finds the icon of the folder."""
    (www / "favicon.ico").write_bytes(b"icon")
    assert _found(static, "/any/deep/favicon.ico").body == b"icon"


def test_icon_fallback(static: StaticFiles, www: Path) -> None:
    """Where no folder has one, the icon of last resort is used, relative to the base path."""
    (www / "sub" / "own.ico").write_bytes(b"own")
    assert _respond(static, "/favicon.ico") is None
    static.favicon_fallback = "sub/own.ico"
    response = _found(static, "/x/favicon.ico")
    assert (response.body, response.header("content-type")) == (b"own", "image/x-icon")


def test_icon_only_where_it_is(static: StaticFiles, www: Path) -> None:
    """The icon can be a file like any other."""
    (www / "favicon.ico").write_bytes(b"icon")
    static.favicon_everywhere = False
    assert _respond(static, "/any/favicon.ico") is None
    assert _found(static, "/favicon.ico").body == b"icon"


def test_missing_fallback_is_no_icon(static: StaticFiles) -> None:
    """An icon of last resort that is not there is not served."""
    static.favicon_fallback = "missing.ico"
    assert _respond(static, "/favicon.ico") is None
