"""Answers as values."""

from __future__ import annotations

import io
import socket

import pytest

from quick_htag.errors import HTTPError, MethodNotAllowed
from quick_htag.messages import response
from quick_htag.messages.response import FileBody, HTTPResponse, Upgrade


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (HTTPResponse.text, "text/plain; charset=utf-8"),
        (HTTPResponse.html, "text/html; charset=utf-8"),
    ],
)
def test_text(make, kind):
    """Text is UTF-8 and says so."""
    response = make("ä", 201, [("A", "b")])
    assert (response.status, response.body) == (201, b"\xc3\xa4")
    assert response.headers == [("Content-Type", kind), ("A", "b")]


def test_redirect():
    """A redirect says where."""
    response = HTTPResponse.redirect("/there", 301)
    assert (response.status, response.header("location"), response.body) == (301, "/there", b"")


def test_error():
    """The page of an error has its phrase, a detail that says more, and its fields."""
    assert HTTPResponse.error(HTTPError(404)).body == b"404 Not Found\n"
    assert HTTPResponse.error(HTTPError(404, "no x")).body == b"404 Not Found\nno x\n"
    assert HTTPResponse.error(MethodNotAllowed(["GET"])).header("Allow") == "GET"


def test_header():
    """A field is found in any case; the first one counts."""
    response = HTTPResponse(headers=[("A", "1"), ("a", "2")])
    assert (response.header("a"), response.header("b")) == ("1", None)


def test_headers_are_its_own():
    """Changing the fields of an answer does not change what it was made from."""
    fields = [("A", "1")]
    HTTPResponse(headers=fields).headers.append(("B", "2"))
    assert fields == [("A", "1")]


def test_content_of_bytes():
    """Bytes are the content."""
    assert HTTPResponse(body=b"hello").content() == b"hello"


def test_content_of_a_file():
    """A part of a file is read, and the file closed."""
    file = io.BytesIO(b"0123456789")
    assert HTTPResponse(body=FileBody(file, 2, 3)).content() == b"234"
    assert file.closed


class Stream:
    """Pieces with a close."""

    closed = False

    def __iter__(self):
        return iter([b"a", b"b"])

    def close(self):
        self.closed = True


def test_content_of_a_stream():
    """A stream is consumed and closed."""
    stream = Stream()
    assert HTTPResponse(body=stream).content() == b"ab"
    assert stream.closed


def test_discard():
    """A body that is not sent is closed, if that can be done."""
    stream, file = Stream(), io.BytesIO()
    for body in (stream, FileBody(file, 0, 0), b"", iter([])):
        HTTPResponse(body=body).discard()
    assert (stream.closed, file.closed) == (True, True)
    assert repr(HTTPResponse(404)) == "<HTTPResponse 404>"


def test_a_stream_may_know_its_length():
    """Its pieces are passed on as they are, and it is closed like any other."""
    stream = Stream()
    assert HTTPResponse(body=response.Stream(stream, 2)).content() == b"ab"
    assert stream.closed


@pytest.mark.parametrize("length", [1, 3])
def test_a_stream_keeps_to_its_length(length):
    """More or less than the client was told is an error, lest the next answer is misread."""
    with pytest.raises(ValueError, match="bytes"):
        HTTPResponse(body=response.Stream(Stream(), length)).content()


def test_a_tunnel_nobody_takes_is_closed():
    """An upgrade that is not sent leaves no connection behind."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        upgrade = Upgrade(response.Tunnel(ours, b""))
        HTTPResponse(101, upgrade=upgrade).discard()
        assert ours.fileno() < 0
