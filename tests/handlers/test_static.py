"""Files as answers."""

from __future__ import annotations

import gzip
import json
import os
import zlib
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
        ("/sub", "./sub/"),
        ("/sub?a=1&b=%20", "./sub/?a=1&b=%20"),
        ("//sub", "./sub/"),
        ("///sub?x", "./sub/?x"),
        ("/a%20b", "./a%20b/"),
        ("/./sub", "./sub/"),
        ("/sub?a\r\nX: y", "./sub/?a%0D%0AX:%20y"),
    ],
)
def test_folder_is_redirected(static: StaticFiles, target: str, location: str) -> None:
    """To itself with a slash, query kept, under any prefix and never to another host."""
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


def test_listing_is_off(static: StaticFiles) -> None:
    """A folder without index is not found, and the 404 says that it is not listed."""
    assert _respond(static, "/") is None
    assert not static.exists("/")
    assert static.missing("/").detail == "No permission to list directory"
    assert static.missing("/gone").detail == "File not found"
    assert static.missing("/gone/").detail == "File not found"


def test_listing(static: StaticFiles) -> None:
    """When it is on, a folder without index is a page that runs nothing."""
    static.directory_listing = True
    response = _found(static, "/")
    assert response.header("content-type") == "text/html; charset=utf-8"
    assert response.header("content-security-policy") is not None
    assert b'href="big.bin"' in response.content()
    assert static.exists("/")


def test_listing_is_not_kept(static: StaticFiles) -> None:
    """A listing is asked for again each time, and not sent again when it is the same."""
    static.directory_listing = True
    first = _found(static, "/")
    again = _found(static, "/", if_none_match=first.header("etag") or "")
    assert (first.header("cache-control"), again.status) == ("no-cache", 304)


def test_listing_as_json(static: StaticFiles) -> None:
    """Programs get it as JSON, sorted as they ask."""
    static.directory_listing = True
    response = _found(static, "/?sort=size&order=desc", accept="application/json")
    names = [entry["name"] for entry in json.loads(response.content())]
    assert names[-3:] == ["big.bin", "a.txt", "empty.txt"]
    assert response.header("vary") == "Accept"


def test_if_match(static: StaticFiles) -> None:
    """A client that wants another version than there is gets 412."""
    etag = _found(static, "/a.txt").header("etag") or ""
    assert _found(static, "/a.txt", if_match=f'"x", {etag}').status == 200
    assert _found(static, "/a.txt", if_match="*").status == 200
    with pytest.raises(HTTPError) as caught:
        _respond(static, "/a.txt", if_match='"x"')
    assert caught.value.status == 412


def test_if_unmodified_since(static: StaticFiles) -> None:
    """So does a client that wants what was not changed since."""
    with pytest.raises(HTTPError) as caught:
        _respond(static, "/big.bin", if_unmodified_since="Sun, 06 Nov 1994 08:49:37 GMT")
    assert caught.value.status == 412


def test_checksum_of_quick_server(static: StaticFiles) -> None:
    """A bare CRC-32, the tag that quick_server gave, is understood."""
    crc = f"{zlib.crc32(b'0123456789'):x}"
    assert _found(static, "/a.txt", if_none_match=crc).status == 304
    assert _found(static, "/a.txt", if_none_match="0").status == 200


def test_hook_names_the_file(static: StaticFiles) -> None:
    """The hook gets the decoded path and names a file relative to the base path."""
    asked: list[str] = []

    def hook(path: str) -> str | None:
        asked.append(path)
        return "a.txt" if path.startswith("/app") else None

    static.fallback_hook = hook
    request = Request("GET", "/app/%C3%A9//x/?q")
    response = static.fallback(request)
    assert response is not None
    assert (response.status, response.content()) == (200, b"0123456789")
    assert static.fallback(Request("GET", "/")) is None
    assert asked == ["/app/é/x/", "/"]


@pytest.mark.parametrize("path", ["/.git/x", "/../x", "/%2e%2e/x", "/a%00b", "/a\\b"])
def test_hook_gets_no_odd_paths(static: StaticFiles, path: str) -> None:
    """Hidden names and ways up are nobody's business."""
    static.fallback_hook = lambda path: "a.txt"
    assert static.fallback(Request("GET", path)) is None


def test_hook_obeys_the_lists(www: Path) -> None:
    """What the lists refuse is not sent by way of the hook either, nor is a folder or nothing."""
    folders = Folders()
    folders.base_path = str(www)
    folders.patterns.add(["*.txt"], blacklist=True)
    static = StaticFiles(folders, CacheControl())
    for name in ("a.txt", "sub", "gone"):
        static.fallback_hook = lambda path, name=name: name
        assert static.fallback(Request("GET", "/x")) is None


def test_serve_one_file(static: StaticFiles, www: Path) -> None:
    """A special file is what it is at the moment, with any content and type."""
    handler = static.serve("new.bin", "image/x-special")
    with pytest.raises(HTTPError) as caught:
        handler(Request("GET", "/special"))
    assert caught.value.status == 404
    (www / "new.bin").write_bytes(b"\xff\x00")
    response = handler(Request("GET", "/special"))
    assert (response.content(), response.header("content-type")) == (
        b"\xff\x00",
        "image/x-special",
    )


@pytest.fixture
def packed(static: StaticFiles, www: Path) -> bytes:
    """Files with a compressed form beside them, which is to be used; the smaller one."""
    data = gzip.compress(b"0123456789" * 100)
    (www / "a.txt").write_bytes(b"0123456789" * 100)
    (www / "a.txt.gz").write_bytes(data)
    (www / "big.bin.gz").write_bytes(gzip.compress(os.urandom(BIG)))
    static.precompressed = True
    return data


def test_compressed_form(static: StaticFiles, packed: bytes) -> None:
    """Who takes gzip gets the file beside, with the type of the plain one and a tag of its own."""
    plain = _found(static, "/a.txt")
    coded = _found(static, "/a.txt", accept_encoding="br, gzip")
    assert (coded.body, coded.header("content-encoding")) == (packed, "gzip")
    assert coded.header("content-type") == plain.header("content-type")
    assert plain.header("content-encoding") is None
    assert coded.header("etag") != plain.header("etag")
    assert coded.header("vary") == plain.header("vary") == "Accept-Encoding"


def test_large_compressed_form(static: StaticFiles, packed: bytes) -> None:
    """A large one goes out as an open file; the plain one is closed."""
    response = _found(static, "/big.bin", accept_encoding="gzip")
    assert isinstance(response.body, FileBody)
    assert len(gzip.decompress(response.content())) == BIG


def test_range_of_the_compressed_form(static: StaticFiles, packed: bytes) -> None:
    """A range counts the bytes of what is sent (RFC 9110 section 14.2)."""
    response = _found(static, "/a.txt", accept_encoding="gzip", range="bytes=2-4")
    assert (response.status, response.body) == (206, packed[2:5])
    assert response.header("content-range") == f"bytes 2-4/{len(packed)}"


def test_known_compressed_form(static: StaticFiles, packed: bytes) -> None:
    """The tag of a form is good for that form only."""
    etag = _found(static, "/a.txt", accept_encoding="gzip").header("etag") or ""
    assert _found(static, "/a.txt", accept_encoding="gzip", if_none_match=etag).status == 304
    assert _found(static, "/a.txt", if_none_match=etag).status == 200


def test_tag_of_a_form_of_the_same_size(static: StaticFiles, packed: bytes, www: Path) -> None:
    """Even when size and date are equal, the two forms have two tags."""
    (www / "a.txt.gz").write_bytes(b"z" * 1000)
    for name in ("a.txt", "a.txt.gz"):
        os.utime(www / name, (5, 5))
    tags = [_found(static, "/a.txt", accept_encoding=one).header("etag") for one in ("", "gzip")]
    assert tags[0] != tags[1]


def test_stale_compressed_form(static: StaticFiles, packed: bytes, www: Path) -> None:
    """A form that is older than its file is not sent, nor one when it is not asked for."""
    os.utime(www / "a.txt.gz", (1, 1))
    assert _found(static, "/a.txt", accept_encoding="gzip").header("content-encoding") is None


def test_compressed_file_itself(static: StaticFiles, packed: bytes) -> None:
    """Asked for by its own name it is a file like others: not decoded on the way."""
    response = _found(static, "/a.txt.gz", accept_encoding="gzip")
    assert (response.body, response.header("content-encoding")) == (packed, None)
    assert response.header("content-type") == "application/gzip"


def test_compressed_forms_are_off(static: StaticFiles, packed: bytes) -> None:
    """Without being asked for, nothing beside a file is looked for."""
    static.precompressed = False
    response = _found(static, "/a.txt", accept_encoding="gzip")
    assert (response.header("content-encoding"), response.header("vary")) == (None, None)
