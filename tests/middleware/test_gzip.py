"""Compressed answers."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from quick_htag import App
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import Request
from quick_htag.messages.response import HTTPResponse
from quick_htag.middleware.gzip import compress
from quick_htag.testing import TestClient

TEXT = b"hello world " * 100
GZIP = {"Accept-Encoding": "gzip"}


def _compressed(response: HTTPResponse, accept: str | None = "gzip", **fields: str) -> HTTPResponse:
    if accept is not None:
        fields["accept_encoding"] = accept
    headers = Headers((name.replace("_", "-"), value) for name, value in fields.items())
    compress(Request("GET", "/", headers), response)
    return response


def _answer(body: bytes = TEXT, kind: str = "text/plain", **fields: str) -> HTTPResponse:
    more = [(name.replace("_", "-"), value) for name, value in fields.items()]
    return HTTPResponse(200, [("Content-Type", kind), *more], body)


def test_text_is_compressed() -> None:
    """The content is the same, smaller; the answer says how it is coded."""
    response = _compressed(_answer())
    assert isinstance(response.body, bytes)
    assert gzip.decompress(response.body) == TEXT
    assert (response.header("content-encoding"), response.header("vary")) == (
        "gzip",
        "Accept-Encoding",
    )


def test_who_does_not_take_it() -> None:
    """Plain content goes to others, with the note that it may differ."""
    response = _compressed(_answer(), accept=None)
    assert (response.body, response.header("content-encoding")) == (TEXT, None)
    assert response.header("vary") == "Accept-Encoding"


@pytest.mark.parametrize(
    "response",
    [
        _answer(b"x" * 1023),
        _answer(kind="image/png"),
        _answer(content_encoding="br"),
        _answer(cache_control="public, no-transform"),
        _answer(content_range="bytes 0-9/10"),
        _answer(accept_ranges="bytes"),
        HTTPResponse(200, [("Content-Type", "text/plain")], iter([TEXT])),
        HTTPResponse(204),
    ],
    ids=["small", "png", "coded", "no-transform", "part", "file", "stream", "empty"],
)
def test_what_is_left_alone(response: HTTPResponse) -> None:
    """Small, compressed or partial content, files and streams go out as they are."""
    before, body = list(response.headers), response.body
    _compressed(response)
    assert (response.headers, response.body) == (before, body)


def test_tag_becomes_weak() -> None:
    """Two codings are two sequences of bytes: a strong tag would say they are one."""
    assert _compressed(_answer(etag='"x"')).header("etag") == 'W/"x"'
    assert _compressed(_answer(etag='W/"x"')).header("etag") == 'W/"x"'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Accept", "Accept, Accept-Encoding"),
        ("accept-encoding", "accept-encoding"),
        ("*", "*"),
    ],
)
def test_vary_adds_up(before: str, after: str) -> None:
    """What the answer depends on beside the coding is not forgotten."""
    assert _compressed(_answer(vary=before)).header("vary") == after


def test_error_pages_too() -> None:
    """The status does not matter."""
    response = HTTPResponse.text("x" * 2000, 500)
    assert _compressed(response).header("content-encoding") == "gzip"


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    """An app that compresses, with an endpoint and a file."""
    (tmp_path / "a.txt").write_bytes(TEXT)
    app = App()
    app.bind_path("/files/", str(tmp_path))
    app.gzip = True

    @app.json_get("/numbers", 0)
    def numbers(req, args):
        return list(range(1000))

    @app.text_get("/coded", 0)
    def coded(req, args):
        req.send_header("Content-Encoding", "br")
        return TEXT

    return TestClient(app)


def test_endpoint(client: TestClient) -> None:
    """An endpoint needs to know nothing about it."""
    answer = client.get("/numbers", GZIP)
    assert len(answer.content) < 3000
    assert gzip.decompress(answer.content) == client.get("/numbers").content


def test_known_version(client: TestClient) -> None:
    """The tag of the compressed answer makes the next one a 304 with the same tag."""
    etag = client.get("/numbers", GZIP).headers["etag"]
    again = client.get("/numbers", {**GZIP, "If-None-Match": etag})
    assert (again.status, again.headers["etag"]) == (304, etag)
    assert again.headers["vary"] == "Accept-Encoding"


def test_head(client: TestClient) -> None:
    """HEAD tells the length of what GET sends."""
    got, head = client.get("/numbers", GZIP), client.head("/numbers", GZIP)
    assert head.headers["content-length"] == got.headers["content-length"]


def test_coded_by_the_endpoint(client: TestClient) -> None:
    """An endpoint that codes its content itself is not coded again."""
    assert client.get("/coded", GZIP).content == TEXT


def test_file_without_compressed_form(client: TestClient) -> None:
    """Files are not compressed at each request."""
    answer = client.get("/files/a.txt", GZIP)
    assert (answer.content, answer.headers.get("content-encoding")) == (TEXT, None)


def test_off(client: TestClient) -> None:
    """It can be turned off at any time."""
    client.app.gzip = False  # type: ignore[attr-defined]
    answer = client.get("/numbers", GZIP)
    assert "content-encoding" not in answer.headers
    assert "vary" not in answer.headers
