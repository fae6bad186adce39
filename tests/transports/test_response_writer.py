"""Response heads as bytes."""

from __future__ import annotations

import re
import time
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from quick_htag.messages.headers import Headers
from quick_htag.messages.response import FileBody, ForeignResponse, HTTPResponse, Stream
from quick_htag.messages.standing_fields import StandingFields
from quick_htag.transports.request_parser import Head
from quick_htag.transports.response_writer import HeadWriter, body_length, sends_body


def request(method: str = "GET", version: str = "HTTP/1.1") -> Head:
    """The head of the request that is answered."""
    return Head(method, "/", version, Headers(), 0, True, False, "/", "")


def fields(response: HTTPResponse, head: Head | None, close: bool = False) -> list[str]:
    """The lines of the head, without Date."""
    data, _ = HeadWriter("name").head(response, head, close)
    assert data.endswith(b"\r\n\r\n")
    lines = data.decode("latin-1").split("\r\n")[:-2]
    return [line for line in lines if not line.startswith("Date:")]


def test_bytes():
    """Bytes are sent with their length."""
    response = HTTPResponse(200, [("A", "\xe4")], b"hello")
    expected = ["HTTP/1.1 200 OK", "Server: name", "A: \xe4", "Content-Length: 5"]
    assert fields(response, request()) == expected


def test_file():
    """A file is sent with the length of its part."""
    with Path(__file__).open("rb") as file:
        assert "Content-Length: 7" in fields(
            HTTPResponse(206, body=FileBody(file, 3, 7)), request()
        )


def test_stream():
    """A stream has no length: chunks tell the end, in HTTP/1.0 the end of the connection."""
    assert "Transfer-Encoding: chunked" in fields(HTTPResponse(body=iter([])), request())
    old = fields(HTTPResponse(body=iter([])), request(version="HTTP/1.0"), close=True)
    assert old == ["HTTP/1.1 200 OK", "Server: name", "Connection: close"]


def test_chunked_is_told():
    """The caller learns whether to use chunks."""
    writer = HeadWriter("name")
    assert writer.head(HTTPResponse(body=iter([])), request(), close=False)[1]
    assert not writer.head(HTTPResponse(body=iter([])), request(version="HTTP/1.0"), close=True)[1]
    assert not writer.head(HTTPResponse(body=b""), request(), close=False)[1]


@pytest.mark.parametrize("status", [101, 204, 304])
@pytest.mark.parametrize("body", [b"", b"x", iter([])])
def test_statuses_without_content(status, body):
    """These have no content, so no length and no coding (RFC 9110 section 6.4.1)."""
    response = HTTPResponse(status, body=body)
    assert len(fields(response, request())) == 2
    assert not sends_body(response, request())
    assert body_length(response) is None


def test_reset_content():
    """205 has no content, whatever there would be, and says so (RFC 9110 section 15.3.6)."""
    response = HTTPResponse(205, body=b"x")
    assert "Content-Length: 0" in fields(response, request())
    assert not sends_body(response, request())


def test_head():
    """The answer to HEAD has the length of the content and not the content."""
    response = HTTPResponse(body=b"hello")
    assert "Content-Length: 5" in fields(response, request("HEAD"))
    assert not sends_body(response, request("HEAD"))
    assert sends_body(response, request("GET"))
    assert sends_body(response, None)


@pytest.mark.parametrize(
    ("version", "close", "expected"),
    [
        ("HTTP/1.1", False, []),
        ("HTTP/1.1", True, ["Connection: close"]),
        ("HTTP/1.0", False, ["Connection: keep-alive"]),
        ("HTTP/1.0", True, ["Connection: close"]),
    ],
)
def test_connection_field(version, close, expected):
    """The client is told what becomes of the connection when it cannot know."""
    lines = fields(HTTPResponse(), request(version=version), close)
    assert [line for line in lines if line.startswith("Connection")] == expected


@pytest.mark.parametrize(
    "field",
    [("A", "b\r\nC: d"), ("A", "b\nC: d"), ("A", "b\rC"), ("A\r\nB", "c"), ("A", "\0"), ("A", "€")],
)
def test_field_that_would_break_out(field):
    """A field cannot smuggle in another one, or an answer."""
    with pytest.raises(ValueError):
        HeadWriter("name").head(HTTPResponse(headers=[field]), request(), close=False)


def test_unknown_status():
    """A status without a standard phrase has one all the same."""
    assert fields(HTTPResponse(299), request())[0] == "HTTP/1.1 299 Unknown"


def test_date():
    """Date is the time of now as IMF-fixdate (RFC 9110 section 5.6.7)."""
    data, _ = HeadWriter("name").head(HTTPResponse(), request(), close=False)
    found = re.search(rb"\r\nDate: (\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT)\r\n", data)
    assert found is not None
    assert abs(parsedate_to_datetime(found[1].decode()).timestamp() - time.time()) < 2


def test_date_moves(monkeypatch):
    """What is kept of a head is made anew every second."""
    writer = HeadWriter("name")
    monkeypatch.setattr(time, "time", lambda: 1.5)
    first, _ = writer.head(HTTPResponse(), request(), close=False)
    monkeypatch.setattr(time, "time", lambda: 2.5)
    second, _ = writer.head(HTTPResponse(), request(), close=False)
    assert b"Thu, 01 Jan 1970 00:00:01 GMT" in first
    assert b"Thu, 01 Jan 1970 00:00:02 GMT" in second


def test_a_stream_of_known_length():
    """Such a stream has a length and no chunks; without one it is chunked as any other."""
    known = HTTPResponse(200, body=Stream(iter([b"abc"]), 3))
    assert "Content-Length: 3" in fields(known, request())
    assert HeadWriter("name").head(known, request(), False)[1] is False
    assert HeadWriter("name").head(HTTPResponse(200, body=Stream((), None)), request(), False)[1]


def test_fields_that_stand_on_every_answer_are_added() -> None:
    """Unless another server has given it; two answers that differ in this only are kept apart."""
    writer = HeadWriter("name", lambda: StandingFields({"X-Every": "1"}))
    for _ in range(2):
        assert b"X-Every: 1" in writer.head(HTTPResponse(), request(), False)[0]
        assert b"X-Every" not in writer.head(ForeignResponse(), request(), False)[0]


def test_the_cookie_of_one_visitor_stands_last():
    """Where the heads of others are the same up to it."""
    writer, kind = HeadWriter("name"), ("Content-Type", "text/html")
    plain, _ = writer.head(HTTPResponse(200, [kind]), request(), close=False)
    for value in ("a=1", "a=2"):
        found, _ = writer.head(
            HTTPResponse(200, [kind, ("Set-Cookie", value)]), request(), close=False
        )
        assert found == plain[:-2] + f"Set-Cookie: {value}\r\n\r\n".encode()


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\0b"])
def test_a_cookie_that_would_break_out(value):
    """It is refused as any other field is."""
    with pytest.raises(ValueError):
        HeadWriter("name").head(HTTPResponse(200, [("Set-Cookie", value)]), request(), close=False)
