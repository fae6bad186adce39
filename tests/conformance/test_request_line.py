"""RFC 9112 sections 2 and 3: empty lines, methods, targets in their four forms, versions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.conformance.raw import (
    CLOSED,
    EITHER,
    FRESH,
    HELLO,
    KEPT,
    Case,
    Raw,
    judge,
    params,
    request,
    still_answers,
)

if TYPE_CHECKING:
    from tests.conformance.raw import Address


def line(text: str | bytes) -> bytes:
    """A request with this request line."""
    return request(start=text)


BY_RULE = "a request line is method, target and version with one space between (section 3)"
NO_SLOPPY = "lenient splitting at white space is how two servers disagree (section 3)"
VERSIONS = "only HTTP/1.x can be answered in HTTP/1.1 (RFC 9110 section 15.6.6)"
UNKNOWN = "a method that no resource has is not implemented (RFC 9110 section 9.1)"
NOT_VCHAR = "a target has visible ASCII only (RFC 3986)"

CASES = [
    # -- what stands before it, section 2.2
    Case("9112-2.2-01", "one empty line before", b"\r\n" + FRESH, (200,), KEPT, "SHOULD ignore"),
    Case("9112-2.2-02", "four empty lines before", b"\r\n" * 4 + FRESH, (200,), KEPT, "ditto"),
    Case(
        "9112-2.2-03",
        "five empty lines before",
        b"\r\n" * 5 + FRESH,
        (400,),
        CLOSED,
        "nobody sends so many, and they cost time; waitress and nginx take any number",
    ),
    Case("9112-2.2-04", "bare LF before", b"\n" + FRESH, (400,), CLOSED, "CR LF ends lines here"),
    Case("9112-2.2-05", "bare CR before", b"\r" + FRESH, (400,), CLOSED, "a bare CR is invalid"),
    Case("9112-2.2-06", "space before", b" " + FRESH, (400,), CLOSED, BY_RULE),
    Case("9112-2.2-07", "tab before", b"\t" + FRESH, (400,), CLOSED, BY_RULE),
    Case("9112-2.2-08", "NUL before", b"\0" + FRESH, (400,), CLOSED, BY_RULE),
    Case("9112-2.2-09", "byte order mark", b"\xef\xbb\xbf" + FRESH, (400,), CLOSED, BY_RULE),
    Case(
        "9112-2.2-10",
        "all lines end with bare LF",
        FRESH.replace(b"\r\n", b"\n"),
        (400,),
        CLOSED,
        "MAY be recognized, and nginx does; whoever does not sees other requests",
    ),
    Case(
        "9112-2.2-11",
        "request line ends with bare LF",
        FRESH.replace(b"1.1\r\n", b"1.1\n"),
        (400,),
        CLOSED,
        "ditto",
    ),
    Case(
        "9112-2.2-12",
        "head ends with LF LF",
        FRESH.replace(b"\r\n\r\n", b"\n\n"),
        (400,),
        CLOSED,
        "ditto",
    ),
    Case(
        "9112-2.2-13",
        "head ends with CR LF LF",
        FRESH[:-2] + b"\n" + FRESH,
        (400,),
        CLOSED,
        "ditto",
    ),
    Case("9112-2.2-14", "request line ends with bare CR", b"GET / HTTP/1.1\rHost: a\r\n\r\n",
         (400,), CLOSED, "a bare CR is invalid (section 2.2)"),
    Case("9112-2.2-15", "all lines end with bare CR", FRESH.replace(b"\r\n", b"\r"), (400,),
         CLOSED, "ditto"),
    Case("9112-2.2-16", "CR CR LF ends the request line", FRESH.replace(b"1.1\r\n", b"1.1\r\r\n"),
         (400,), CLOSED, "ditto"),
    Case("9112-2.2-17", "CR CR LF ends the head", FRESH[:-2] + b"\r\r\n\r\n", (400,), CLOSED,
         "ditto"),
    Case("9112-2.2-18", "white space between request line and first field",
         b"GET /hello HTTP/1.1\r\n Host: test\r\n\r\n", (400,), CLOSED,
         "MUST be rejected or ignored: a field could hide there"),
    Case("9112-2.2-19", "a line of white space alone after the request line",
         b"GET /hello HTTP/1.1\r\n \r\nHost: test\r\n\r\n", (400,), CLOSED, "ditto"),
    Case("9112-2.2-20", "bytes of UTF-16", "GET /".encode("utf-16"), (400,), CLOSED, BY_RULE),
    # -- the line, section 3
    Case("9112-3-01", "two spaces after the method", line("GET  /hello HTTP/1.1"), (400,), CLOSED,
         NO_SLOPPY),
    Case("9112-3-02", "two spaces before the version", line("GET /hello  HTTP/1.1"), (400,),
         CLOSED, NO_SLOPPY),
    Case("9112-3-03", "tab after the method", line("GET\t/hello HTTP/1.1"), (400,), CLOSED,
         NO_SLOPPY),
    Case("9112-3-04", "tab before the version", line("GET /hello\tHTTP/1.1"), (400,), CLOSED,
         NO_SLOPPY),
    Case("9112-3-05", "vertical tab as separator", line("GET\v/hello HTTP/1.1"), (400,), CLOSED,
         NO_SLOPPY),
    Case("9112-3-06", "form feed as separator", line("GET\f/hello HTTP/1.1"), (400,), CLOSED,
         NO_SLOPPY),
    Case("9112-3-07", "bare CR as separator", line("GET\r/hello HTTP/1.1"), (400,), CLOSED,
         NO_SLOPPY),
    Case("9112-3-08", "space after the version", line("GET /hello HTTP/1.1 "), (400,), CLOSED,
         NO_SLOPPY),
    Case("9112-3-09", "space in the target", line("GET /hel lo HTTP/1.1"), (400,), CLOSED,
         "MUST NOT be repaired (section 3.2)"),
    Case("9112-3-10", "no target", line("GET HTTP/1.1"), (400,), CLOSED, BY_RULE),
    Case("9112-3-11", "empty target", line("GET  HTTP/1.1"), (400,), CLOSED, BY_RULE),
    Case("9112-3-12", "no method", line("/hello HTTP/1.1"), (400,), CLOSED, BY_RULE),
    Case("9112-3-13", "a word alone", line("GET"), (400,), CLOSED, BY_RULE),
    Case("9112-3-14", "four words", line("GET /hello x HTTP/1.1"), (400,), CLOSED, BY_RULE),
    Case("9112-3-15", "NUL in the target", line("GET /\0 HTTP/1.1"), (400,), CLOSED, NOT_VCHAR),
    Case("9112-3-16", "DEL in the target", line("GET /\x7f HTTP/1.1"), (400,), CLOSED, NOT_VCHAR),
    Case("9112-3-17", "UTF-8 in the target", line("GET /ä HTTP/1.1".encode()), (400,), CLOSED,
         NOT_VCHAR),
    Case("9112-3-18", "Latin-1 in the target", line(b"GET /\xe4 HTTP/1.1"), (400,), CLOSED,
         NOT_VCHAR),
    Case("9112-3-19", "request line of 8 KiB", line("GET /hello?" + "a" * 8172 + " HTTP/1.1"),
         (200,), KEPT, "8000 octets at least should be taken (section 3)"),
    Case("9112-3-20", "request line of a byte more", line("GET /hello?" + "a" * 8173 + " HTTP/1.1"),
         (414,), CLOSED, "settings.max_request_line"),
    Case("9112-3-21", "endless request line", b"GET /" + b"a" * 20_000, (414,), CLOSED,
         "it is refused before it ends"),
    Case("9112-3-22", "bytes without any line", b"a" * 20_000, (414,), CLOSED, "ditto"),
    Case("9112-3-23", "a whole response instead", b"HTTP/1.1 200 OK\r\n\r\n", (400,), CLOSED,
         BY_RULE),
    Case("9112-3-24", "field line first", b"Host: test\r\n\r\n", (400,), CLOSED, BY_RULE),
    # -- methods, section 3.1
    Case("9112-3.1-01", "unknown method", line("BREW /hello HTTP/1.1"), (501,), CLOSED, UNKNOWN),
    Case("9112-3.1-02", "lower case", line("get /hello HTTP/1.1"), (501,), CLOSED,
         "methods are case-sensitive"),
    Case("9112-3.1-03", "mixed case", line("Get /hello HTTP/1.1"), (501,), CLOSED, "ditto"),
    Case("9112-3.1-04", "every character of a token", line("!#$%&'*+-.^_`|~0aZ / HTTP/1.1"),
         (501,), CLOSED, UNKNOWN),
    Case("9112-3.1-05", "longer than all of ours", line("A" * 1000 + " /hello HTTP/1.1"), (501,),
         CLOSED, "SHOULD answer 501 (section 3)"),
    Case("9112-3.1-06", "longer than a line may be", line("A" * 9000 + " /hello HTTP/1.1"), (414,),
         CLOSED, "the limit of the line comes first"),
    Case("9112-3.1-07", "parenthesis", line("GE(T /hello HTTP/1.1"), (400,), CLOSED, "no token"),
    Case("9112-3.1-08", "colon", line("GET: /hello HTTP/1.1"), (400,), CLOSED, "no token"),
    Case("9112-3.1-09", "quotes", line('"GET" /hello HTTP/1.1'), (400,), CLOSED, "no token"),
    Case("9112-3.1-10", "NUL", line("GE\0T /hello HTTP/1.1"), (400,), CLOSED, "no token"),
    Case("9112-3.1-11", "letter beyond ASCII", line("GÄT /hello HTTP/1.1"), (400,), CLOSED,
         "no token"),
    Case("9112-3.1-12", "WebDAV", line("PROPFIND /hello HTTP/1.1"), (501,), CLOSED, UNKNOWN),
    # -- origin form, section 3.2.1
    Case("9112-3.2.1-01", "path", line("GET /hello HTTP/1.1"), (200,), KEPT, "the usual one"),
    Case("9112-3.2.1-02", "path with query", line("GET /hello?a=b&c HTTP/1.1"), (200,), KEPT, ""),
    Case("9112-3.2.1-03", "empty query", line("GET /hello? HTTP/1.1"), (200,), KEPT, ""),
    Case("9112-3.2.1-04", "question mark in the query", line("GET /hello?a?b HTTP/1.1"), (200,),
         KEPT, "the first one separates (RFC 3986 section 3.4)"),
    Case("9112-3.2.1-05", "encoded letter", line("GET /h%65llo HTTP/1.1"), (200,), KEPT,
         "is the letter (RFC 3986 section 6.2.2.2)"),
    Case("9112-3.2.1-06", "fragment", line("GET /hello#top HTTP/1.1"), (400,), CLOSED,
         "a target has none, and servers disagree what follows from one"),
    Case("9112-3.2.1-07", "fragment in the query", line("GET /hello?a#top HTTP/1.1"), (400,),
         CLOSED, "ditto"),
    Case("9112-3.2.1-08", "without slash", line("GET hello HTTP/1.1"), (400,), CLOSED,
         "none of the four forms"),
    Case("9112-3.2.1-09", "two slashes at the begin", line("GET //hello HTTP/1.1"), (404,), KEPT,
         "a path of its own, and no authority"),
    Case("9112-3.2.1-10", "question mark only", line("GET ?a HTTP/1.1"), (400,), CLOSED,
         "none of the four forms"),
    Case("9112-3.2.1-11", "backslash", line("GET \\hello HTTP/1.1"), (400,), CLOSED,
         "none of the four forms"),
    Case("9112-3.2.1-12", "bad percent encoding", line("GET /hello?a=%zz HTTP/1.1"), (200,), KEPT,
         "of a query, which is the endpoint's to read"),
    Case("9112-3.2.1-13", "dots that leave the root", line("GET /../../etc/passwd HTTP/1.1"),
         (404,), KEPT, "there is nothing above the root (RFC 3986 section 5.2.4)"),
    Case("9112-3.2.1-14", "encoded NUL in the path", line("GET /files/a%00.txt HTTP/1.1"), (404,),
         KEPT, "no file has such a name"),
    # -- absolute form, section 3.2.2
    Case("9112-3.2.2-01", "http", line("GET http://test/hello HTTP/1.1"), (200,), KEPT,
         "MUST be accepted"),
    Case("9112-3.2.2-02", "scheme in capitals", line("GET HTTP://test/hello HTTP/1.1"), (200,),
         KEPT, "schemes have no case (RFC 3986 section 3.1)"),
    Case("9112-3.2.2-03", "with port", line("GET http://test:80/hello HTTP/1.1"), (200,), KEPT, ""),
    Case("9112-3.2.2-04", "without path", line("GET http://test HTTP/1.1"), (404,), KEPT,
         'is "/" (section 3.2.1)'),
    Case("9112-3.2.2-05", "without path, with query", line("GET http://test?a HTTP/1.1"), (404,),
         KEPT, "ditto"),
    Case("9112-3.2.2-06", "Host differs", line("GET http://other/hello HTTP/1.1"), (200,), KEPT,
         "MUST be ignored in favour of the target"),
    Case("9112-3.2.2-07", "no Host", request(start="GET http://test/hello HTTP/1.1", host=False),
         (400,), CLOSED, "the field is needed all the same (section 3.2)"),
    Case("9112-3.2.2-08", "user name", line("GET http://me@test/hello HTTP/1.1"), (400,), CLOSED,
         "SHOULD be an error from an untrusted source (RFC 9110 section 4.2.4)"),
    Case("9112-3.2.2-09", "no authority", line("GET http:///hello HTTP/1.1"), (400,), CLOSED,
         "MUST be rejected (RFC 9110 section 4.2.1)"),
    Case("9112-3.2.2-10", "port without host", line("GET http://:80/hello HTTP/1.1"), (400,),
         CLOSED, "ditto"),
    Case("9112-3.2.2-11", "fragment", line("GET http://test/hello#a HTTP/1.1"), (400,), CLOSED, ""),
    Case("9112-3.2.2-12", "https on a plain port", line("GET https://test/hello HTTP/1.1"), (421,),
         CLOSED, "MUST be rejected unless it came through TLS (RFC 9110 section 7.4)"),
    Case("9112-3.2.2-13", "another scheme", line("GET ftp://test/hello HTTP/1.1"), (400,), CLOSED,
         "this is no gateway"),
    Case("9112-3.2.2-14", "one slash", line("GET http:/test/hello HTTP/1.1"), (400,), CLOSED, ""),
    Case("9112-3.2.2-15", "port of letters", line("GET http://test:a/hello HTTP/1.1"), (400,),
         CLOSED, ""),
    Case("9112-3.2.2-16", "IPv6", line("GET http://[::1]:80/hello HTTP/1.1"), (200,), KEPT, ""),
    Case("9112-3.2.2-17", "IPv6 that is none", line("GET http://[::g]/hello HTTP/1.1"), (400,),
         CLOSED, ""),
    Case("9112-3.2.2-18", "websocket scheme", line("GET ws://test/hello HTTP/1.1"), (400,), CLOSED,
         "a handshake names the resource with http (RFC 6455 section 4.1)"),
    # -- authority form, section 3.2.3
    Case("9112-3.2.3-01", "CONNECT", line("CONNECT test:443 HTTP/1.1"), (501,), CLOSED,
         "this is no proxy (RFC 9110 section 9.3.6)"),
    Case("9112-3.2.3-02", "GET", line("GET test:443 HTTP/1.1"), (400,), CLOSED,
         "this form is for CONNECT only"),
    Case("9112-3.2.3-03", "CONNECT with a path", line("CONNECT /hello HTTP/1.1"), (501,), CLOSED,
         ""),
    # -- asterisk form, section 3.2.4
    Case("9112-3.2.4-01", "OPTIONS", line("OPTIONS * HTTP/1.1"), (204,), KEPT,
         "about the server as a whole"),
    Case("9112-3.2.4-02", "GET", line("GET * HTTP/1.1"), (400,), CLOSED, "for OPTIONS only"),
    Case("9112-3.2.4-03", "HEAD", line("HEAD * HTTP/1.1"), (400,), CLOSED, "ditto"),
    Case("9112-3.2.4-04", "more than the star", line("OPTIONS *a HTTP/1.1"), (400,), CLOSED, ""),
    Case("9112-3.2.4-05", "OPTIONS in absolute form without path",
         line("OPTIONS http://test HTTP/1.1"), (204, ), KEPT,
         "is about the server as a whole, too"),
    # -- versions, section 2.3
    Case("9112-2.3-01", "1.0", line("GET /hello HTTP/1.0"), (200,), CLOSED, "not persistent"),
    Case("9112-2.3-02", "1.2", line("GET /hello HTTP/1.2"), (200,), KEPT,
         "a higher minor version is read as ours (RFC 9110 section 2.5)"),
    Case("9112-2.3-03", "1.9", line("GET /hello HTTP/1.9"), (200,), KEPT, "ditto"),
    Case("9112-2.3-04", "0.9 by name", line("GET /hello HTTP/0.9"), (505,), CLOSED, VERSIONS),
    Case("9112-2.3-05", "0.9 without a version", b"GET /hello\r\n", (400,), CLOSED,
         "no browser has sent it for decades; nginx answers it, without any head"),
    Case("9112-2.3-06", "2.0", line("GET /hello HTTP/2.0"), (505,), CLOSED, VERSIONS),
    Case("9112-2.3-07", "3.0", line("GET /hello HTTP/3.0"), (505,), CLOSED, VERSIONS),
    Case("9112-2.3-08", "2 without minor", line("GET /hello HTTP/2"), (505,), CLOSED, VERSIONS),
    Case("9112-2.3-09", "1 without minor", line("GET /hello HTTP/1"), (505,), CLOSED, VERSIONS),
    Case("9112-2.3-10", "two digits", line("GET /hello HTTP/1.10"), (505,), CLOSED,
         "a version has one digit on either side"),
    Case("9112-2.3-11", "leading zero", line("GET /hello HTTP/01.1"), (505,), CLOSED, "ditto"),
    Case("9112-2.3-12", "huge", line("GET /hello HTTP/1.9999999999999999999"), (505,), CLOSED,
         "ditto"),
    Case("9112-2.3-13", "lower case", line("GET /hello http/1.1"), (400,), CLOSED,
         "the name is case-sensitive"),
    Case("9112-2.3-14", "comma", line("GET /hello HTTP/1,1"), (400,), CLOSED, BY_RULE),
    Case("9112-2.3-15", "minus", line("GET /hello HTTP/-1.1"), (400,), CLOSED, BY_RULE),
    Case("9112-2.3-16", "letters", line("GET /hello HTTP/x.y"), (400,), CLOSED, BY_RULE),
    Case("9112-2.3-17", "another protocol", line("GET /hello ICY/1.1"), (400,), CLOSED, BY_RULE),
    Case("9112-2.3-18", "digit beyond ASCII", line("GET /hello HTTP/1.¹"), (400,), CLOSED,
         BY_RULE),
    Case("9112-2.3-19", "space inside", line("GET /hello HTTP/ 1.1"), (400,), CLOSED, BY_RULE),
    # -- other protocols on this port
    Case("9112-A-01", "HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0" * 9, (505,),
         CLOSED, "prior knowledge that is wrong"),
    Case("9112-A-02", "TLS 1.2 client hello", bytes.fromhex("16030100c8010000c40303") + b"\1" * 200,
         (400,), CLOSED, "told at the first byte"),
    Case("9112-A-03", "first byte of TLS", b"\x16", (400,), CLOSED, "ditto"),
    Case("9112-A-04", "SSL 2", b"\x80\x2e\x01\x03\x01" + b"\0" * 40, (400,), CLOSED, "ditto"),
    Case("9112-A-05", "SSH", b"SSH-2.0-OpenSSH_9.6\r\n", (400,), CLOSED, BY_RULE),
    Case("9112-A-06", "SMTP", b"EHLO example.org\r\n", (400,), CLOSED, BY_RULE),
    Case("9112-A-07", "SIP", line("OPTIONS sip:a@b SIP/2.0"), (400,), CLOSED, BY_RULE),
    Case("9112-A-08", "RTSP", line("DESCRIBE rtsp://test/a RTSP/1.0"), (400,), CLOSED, BY_RULE),
    Case("9112-A-09", "PROXY protocol 1", b"PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n" + FRESH, (400,),
         CLOSED, "nobody may tell an address here"),
    Case("9112-A-10", "PROXY protocol 2", b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + b"\0" * 12,
         (400,), CLOSED, "ditto"),
    Case("9112-A-11", "h2c upgrade",
         request("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"),
         (200,), KEPT, "an upgrade that is not understood is ignored (RFC 9110 section 7.8)"),
    # -- ends, section 8
    Case("9112-8-01", "nothing at all", b"", (), CLOSED, "no request, no answer", end=True),
    Case("9112-8-02", "end within the method", b"GE", (), CLOSED, "incomplete", end=True),
    Case("9112-8-03", "end within the target", b"GET /he", (), CLOSED, "incomplete", end=True),
    Case("9112-8-04", "end after the request line", b"GET /hello HTTP/1.1\r\n", (), CLOSED,
         "incomplete", end=True),
    Case("9112-8-05", "end within a field", b"GET /hello HTTP/1.1\r\nHos", (), CLOSED,
         "incomplete", end=True),
    Case("9112-8-06", "end before the last line feed", FRESH[:-1], (), CLOSED, "incomplete",
         end=True),
    Case("9112-8-07", "end after empty lines", b"\r\n\r\n", (), CLOSED, "no request", end=True),
    Case("9112-8-08", "end right after the head", FRESH, (200,), EITHER,
         "a client may close its side once it has asked", end=True),
]  # fmt: skip


@params(CASES)
def test_case(address: Address, case: Case) -> None:
    """Each has the answer the table says, and the server goes on."""
    judge(address, case)


@pytest.mark.parametrize(
    ("target", "host", "path", "query"),
    [
        ("/seen?a=b", "test", "/seen", "a=b"),
        ("http://Other:81/seen?a", "Other:81", "/seen", "a"),
        ("/seen?", "test", "/seen", ""),
        ("/seen?a=%2F", "test", "/seen", "a=%2F"),
        ("/%73een", "test", "/%73een", ""),
    ],
)
def test_target_is_seen(address: Address, target: str, host: str, path: str, query: str) -> None:
    """The application sees host, path and query of the target, in origin form (section 3.3)."""
    with Raw(address) as client:
        answer = client.send(line(f"GET {target} HTTP/1.1")).answer()
    assert json.loads(answer.body) == {"host": host, "path": path, "query": query}


@pytest.mark.parametrize("cut", range(1, len(FRESH)))
def test_head_in_two_pieces(address: Address, cut: int) -> None:
    """A head that comes in two segments is the same head, wherever it is cut (section 2.2)."""
    with Raw(address) as client:
        client.send(FRESH[:cut])
        assert client.send(FRESH[cut:]).answer().body == HELLO


def test_head_byte_by_byte(address: Address) -> None:
    """... and in as many segments as it has bytes."""
    with Raw(address) as client:
        for byte in FRESH:
            client.send(bytes([byte]))
        assert client.answer().body == HELLO
    still_answers(address)
