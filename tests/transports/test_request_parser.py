"""What is a request head, and what is refused with which status."""

from __future__ import annotations

import pytest

from quick_htag.errors import ProtocolError
from quick_htag.settings import Settings
from quick_htag.transports.request_parser import Head, HeadParser


def parse(data: bytes, **settings: int) -> Head:
    """The head that is all of ``data``."""
    parsed = HeadParser(Settings(**settings)).parse(bytearray(data))
    assert parsed is not None, "the head is not complete"
    assert parsed[1] == len(data)
    return parsed[0]


def refused(data: bytes, **settings: int) -> int:
    """The status with which ``data`` is refused, whatever follows."""
    with pytest.raises(ProtocolError) as caught:
        HeadParser(Settings(**settings)).parse(bytearray(data))
    return caught.value.status


def get(*lines: bytes, start: bytes = b"GET / HTTP/1.1") -> bytes:
    """A head with a Host and some more lines."""
    return b"\r\n".join([start, b"Host: x", *lines, b"", b""])


def post(*lines: bytes) -> bytes:
    """The head of a POST."""
    return get(*lines, start=b"POST / HTTP/1.1")


def test_simple_head():
    """Method, target, version and fields are what was sent."""
    head = parse(b"GET /a/b?c=d HTTP/1.1\r\nHost: example.org:80\r\nX-Y:  z \t\r\n\r\n")
    assert head[:3] == ("GET", "/a/b?c=d", "HTTP/1.1")
    assert head.headers.pairs() == (("Host", "example.org:80"), ("X-Y", "z"))
    assert (head.content_length, head.keep_alive, head.expects_continue) == (0, True, False)


def test_end_of_head_is_told():
    """What follows the head is not touched."""
    data = get() + b"GET /next"
    parsed = HeadParser(Settings()).parse(data)
    assert parsed is not None
    assert data[parsed[1] :] == b"GET /next"


def test_every_cut_of_a_head_is_incomplete():
    """A head that arrives byte by byte is neither taken nor refused before its end."""
    data = b"\r\n" + post(b"Content-Length: 3", b"A: b")
    parser = HeadParser(Settings())
    for end in range(len(data)):
        assert parser.parse(data[:end]) is None
    assert parser.parse(data) is not None


@pytest.mark.parametrize("size", ["max_request_line", "max_header_bytes", "max_header_count"])
def test_head_of_just_the_right_size(size):
    """A head at a limit is taken in every cut; one byte or field more is not."""
    data = get(b"A: b", b"C: d")
    line_end = data.index(b"\r\n")
    exact = {
        "max_request_line": line_end,
        "max_header_bytes": len(data) - 2 - line_end - 2,
        "max_header_count": 3,
    }[size]
    parser = HeadParser(Settings(**{size: exact}))
    assert all(parser.parse(data[:end]) is None for end in range(len(data)))
    assert parser.parse(data) is not None
    assert refused(data, **{size: exact - 1}) == (414 if size == "max_request_line" else 431)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_methods(method):
    """These methods are known."""
    assert parse(get(start=f"{method} / HTTP/1.1".encode())).method == method


@pytest.mark.parametrize("method", [b"TRACE", b"CONNECT", b"BREW", b"get"])
def test_unknown_method(method):
    """Another method is not implemented; methods are case-sensitive."""
    assert refused(get(start=method + b" / HTTP/1.1")) == 501


@pytest.mark.parametrize(
    "line",
    [
        b"GET /",  # HTTP/0.9
        b"GET / HTTP/1.1 ",
        b" GET / HTTP/1.1",
        b"GET  / HTTP/1.1",
        b"GET\t/ HTTP/1.1",
        b"GET / a HTTP/1.1",
        b"GET /\x00 HTTP/1.1",
        b"GET /\x7f HTTP/1.1",
        b"GET /\xc3\xa4 HTTP/1.1",
        b"GET / http/1.1",
        b"GET / HTTP/1",
        b"G\xc3\xa4T / HTTP/1.1",
        b"GET / HTTPS/1.1",
        b"GET /\r HTTP/1.1",
        b"hello",
    ],
)
def test_malformed_request_line(line):
    """A line that is not quite a request line is refused, complete or not."""
    expected = 505 if line == b"GET / HTTP/1" else 400
    assert refused(get(start=line)) == expected
    assert refused(line + b"\r\nHost: x\r\n") == expected


@pytest.mark.parametrize(
    "data",
    [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        get(start=b"GET / HTTP/2.0"),
        get(start=b"GET / HTTP/0.9"),
        get(start=b"GET / HTTP/3"),
        get(start=b"GET / HTTP/10.1"),
    ],
)
def test_other_versions(data):
    """Another version of HTTP is told so."""
    assert refused(data) == 505


def test_later_minor_version():
    """HTTP/1.2 would be answered as 1.1 (RFC 9110 section 2.5)."""
    assert parse(get(start=b"GET / HTTP/1.2")).version == "HTTP/1.1"


@pytest.mark.parametrize(
    "line",
    [
        b"A : b",
        b" A: b",
        b"A: b\r\n folded",
        b"A: b\r\n\tfolded",
        b"A: \x00",
        b"A: b\x00c",
        b"A: \x7f",
        b"A: b\x0bc",
        b"A: b\rc",
        b"A: b\nC: d",
        b"no colon",
        b": empty name",
        b"N\xc3\xa4me: x",
        b"(A): b",
        b"A: b\r",
    ],
)
def test_malformed_field(line):
    """A field line that two readers could read differently is refused."""
    assert refused(get(line)) == 400


@pytest.mark.parametrize(
    "data",
    [b"GET / HTTP/1.1\nHost: x\n\n", b"GET / HTTP/1.1\r\nA: b\n", b"GET / HTTP/1.1\rHost", b"\n"],
)
def test_bare_line_ends(data):
    """A lone CR or LF is refused at once, not when time is up."""
    assert refused(data) == 400


@pytest.mark.parametrize("data", [b"\x16\x03\x01\x02\x00\x01", b"\x00", b"\xff\xfe", b" "])
def test_first_byte_tells(data):
    """A TLS hello and other noise is refused with its first bytes."""
    assert refused(data) == 400


def test_value_keeps_obs_text():
    """Bytes above 127 in a value are kept as Latin-1."""
    assert parse(get(b"A: \xe4\tb")).headers["a"] == "\xe4\tb"


def test_empty_lines_before_the_request():
    """A few empty lines before a request are passed over (RFC 9112 section 2.2), not many."""
    parser = HeadParser(Settings())
    assert parser.parse(b"\r\n" * 4 + get()) is not None
    assert parser.parse(b"\r\n" * 4) is None
    assert refused(b"\r\n" * 5) == 400


def test_host_is_needed():
    """A request of HTTP/1.1 has a Host, one of HTTP/1.0 need not."""
    assert refused(b"GET / HTTP/1.1\r\n\r\n") == 400
    assert parse(b"GET / HTTP/1.0\r\n\r\n").version == "HTTP/1.0"


@pytest.mark.parametrize(
    "host",
    [b"a b", b"a/b", b"user@a", b"a:b", b"a, b", b"[::1", b"a\xe4", b"a\r\nHost: a", b"a?b", b"a#"],
)
def test_malformed_host(host):
    """A Host that is none, or two of them, are refused in both versions."""
    assert refused(b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n") == 400
    assert refused(b"GET / HTTP/1.0\r\nHost: " + host + b"\r\n\r\n") == 400


@pytest.mark.parametrize("host", [b"%zz", b"a%2", b"[]", b"[1.2.3.4]", b"[1::2::3]", b"[::g]"])
def test_host_that_only_looks_like_one(host):
    """Percent signs and brackets must hold what they promise (RFC 3986 section 3.2.2)."""
    assert refused(b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n") == 400


@pytest.mark.parametrize("host", [b"", b"a", b"a%2D", b"a.b:80", b"127.0.0.1", b"[::1]:80", b"a:"])
def test_hosts(host):
    """These are hosts."""
    assert parse(b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n").headers["host"] == host.decode()


def test_absolute_target():
    """A target in absolute form names the host itself (RFC 9112 section 3.2.2)."""
    head = parse(get(b"A: b", start=b"GET http://other:81/p?q HTTP/1.1"))
    assert head.target == "/p?q"
    assert head.headers.pairs() == (("Host", "other:81"), ("A", "b"))
    assert parse(get(start=b"GET http://other?q HTTP/1.1")).target == "/?q"


@pytest.mark.parametrize(
    "target",
    [
        b"http://",
        b"http://a b/",
        b"ftp://a/",
        b"http://u@a/",
        b"http://:80/",
        b"http://[::x]/",
        b"a",
        b"*",
        b"/#x",
        b"?",
    ],
)
def test_malformed_target(target):
    """Another target is refused, a fragment too; so are both with HTTP/1.0."""
    assert refused(get(start=b"GET " + target + b" HTTP/1.1")) == 400


def test_asterisk_target():
    """OPTIONS may ask about the server as a whole, in absolute form too (section 3.2.4)."""
    assert parse(get(start=b"OPTIONS * HTTP/1.1")).target == "*"
    assert parse(get(start=b"OPTIONS http://x HTTP/1.1")).target == "*"
    assert parse(get(start=b"OPTIONS http://x/ HTTP/1.1")).target == "/"
    assert parse(get(start=b"OPTIONS http://x?a HTTP/1.1")).target == "/?a"


def test_https_target():
    """What belongs to https is answered through TLS only (RFC 9110 section 7.4)."""
    data = get(start=b"GET https://x/a HTTP/1.1")
    assert refused(data) == 421
    parsed = HeadParser(Settings(), secure=True).parse(data)
    assert parsed is not None
    assert parsed[0].target == "/a"


@pytest.mark.parametrize("method", [b"GET", b"POST", b"DELETE"])
def test_content_length(method):
    """A length is taken with any method."""
    head = parse(get(b"content-length: 0012", start=method + b" / HTTP/1.1"))
    assert head.content_length == 12


@pytest.mark.parametrize(
    "value",
    [b"-1", b"+1", b"1.0", b"0x1", b"a", b"", b"1 2", b"1, 1", b"1_0", b"\xb2", b"9" * 19],
)
def test_malformed_content_length(value):
    """A length that is not one decimal number is refused."""
    assert refused(post(b"Content-Length: " + value)) == 400


@pytest.mark.parametrize("second", [b"3", b"4"])
def test_repeated_content_length(second):
    """Two lengths are refused, even when they agree."""
    assert refused(post(b"Content-Length: 3", b"content-length: " + second)) == 400


def test_body_without_length():
    """No length means no body in HTTP/1.1 and is refused in HTTP/1.0 (RFC 1945 section 8.3)."""
    assert parse(post()).content_length == 0
    assert refused(b"POST / HTTP/1.0\r\n\r\n") == 411
    assert parse(b"GET / HTTP/1.0\r\n\r\n").content_length == 0


@pytest.mark.parametrize("value", [b"chunked", b"Chunked", b" CHUNKED "])
def test_chunked(value):
    """Chunked coding leaves the length open."""
    assert parse(post(b"Transfer-Encoding:" + value)).content_length is None


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (b"gzip, chunked", 501),
        (b"xyz , chunked", 501),
        (b"gzip", 400),
        (b"chunked, gzip", 400),
        (b"chunked, chunked", 400),
        (b"identity", 400),
        (b"chunked,", 400),
        (b"", 400),
        (b"chunked;a=b", 400),
        (b"\x0bchunked", 400),
        (b"\xa0chunked", 400),
        (b"\x85chunked", 400),
    ],
)
def test_other_codings(value, status):
    """Another coding is not implemented; one whose end cannot be found is refused."""
    assert refused(post(b"Transfer-Encoding: " + value)) == status


def test_repeated_transfer_encoding():
    """Two coding fields count as one list."""
    assert refused(post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked")) == 400


def test_length_and_coding():
    """Both ways to tell the length at once are an attack."""
    assert refused(post(b"Content-Length: 3", b"Transfer-Encoding: chunked")) == 400
    assert refused(post(b"Transfer-Encoding: chunked", b"Content-Length: 3")) == 400


def test_coding_in_http_1_0():
    """HTTP/1.0 has no transfer codings (RFC 9112 section 6.1)."""
    assert refused(b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400


def test_expectation():
    """100-continue is understood, in HTTP/1.0 passed over, and anything else refused."""
    assert parse(post(b"Content-Length: 1", b"Expect: 100-Continue")).expects_continue
    old = b"POST / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n"
    assert not parse(old).expects_continue
    assert refused(get(b"Expect: a miracle")) == 417


@pytest.mark.parametrize(
    ("version", "line", "kept"),
    [
        (b"1.1", b"A: b", True),
        (b"1.1", b"Connection: close", False),
        (b"1.1", b"Connection: keep-alive, Close", False),
        (b"1.1", b"Connection: a\r\nConnection: close", False),
        (b"1.1", b"Connection: closed", True),
        (b"1.0", b"A: b", False),
        (b"1.0", b"Connection: Keep-Alive", True),
        (b"1.0", b"Connection: keep-alive, close", False),
    ],
)
def test_keep_alive(version, line, kept):
    """HTTP/1.1 keeps the connection unless told otherwise, HTTP/1.0 only when asked."""
    assert parse(get(line, start=b"GET / HTTP/" + version)).keep_alive is kept


def test_long_request_line():
    """A long request line is refused before it has ended."""
    line = b"GET /" + b"a" * 100
    assert refused(line, max_request_line=100) == 414
    assert refused(get(start=line + b" HTTP/1.1"), max_request_line=100) == 414


def test_many_bytes_of_fields():
    """A large header section is refused before it has ended."""
    data = get(b"A: " + b"b" * 100)
    assert refused(data, max_header_bytes=100) == 431
    assert refused(data[:-5], max_header_bytes=100) == 431


def test_many_fields():
    """Too many fields are refused before the header section has ended."""
    data = get(*[b"A: b"] * 10)
    assert refused(data, max_header_count=10) == 431
    assert refused(data[:-2], max_header_count=10) == 431


def test_repeated_fields_are_read_once():
    """The same header section again gives the same fields, without being parsed again."""
    parser = HeadParser(Settings())
    first, second, third = (
        parser.parse(data) for data in (get(b"A: b"), get(b"A: b"), get(b"A: c"))
    )
    assert first is not None
    assert second is not None
    assert third is not None
    assert first[0].headers is second[0].headers
    assert third[0].headers["a"] == "c"


def test_repeated_fields_still_depend_on_the_line():
    """A known header section is judged anew with another version."""
    parser = HeadParser(Settings())
    data = b"%b / HTTP/%b\r\nA: b\r\n\r\n"
    assert parser.parse(data % (b"GET", b"1.0")) is not None
    with pytest.raises(ProtocolError):
        parser.parse(data % (b"GET", b"1.1"))
    with pytest.raises(ProtocolError):
        parser.parse(data % (b"POST", b"1.0"))


def test_large_header_section_is_not_kept():
    """An idle connection does not hold a large header section."""
    parser = HeadParser(Settings())
    data = get(b"A: " + b"b" * 20_000)
    first, second = parser.parse(data), parser.parse(data)
    assert first is not None
    assert second is not None
    assert first[0].headers is not second[0].headers


def test_a_repeated_head_before_a_body():
    """What was learnt of a head holds for the same bytes again, whatever follows."""
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n"
    parser = HeadParser(Settings())
    first = parser.parse(bytearray(head + b"abc"))
    assert first is not None
    assert first[1] == len(head)
    assert parser.parse(bytearray(head + b"\r\n\r")) == first
    assert parser.parse(bytearray(head)) == first


def test_the_begin_of_a_known_head_is_no_head():
    """It may go on in another way."""
    parser = HeadParser(Settings())
    head = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    assert parser.parse(bytearray(head)) is not None
    assert parser.parse(bytearray(head[:-1])) is None
    assert parser.parse(bytearray(head[:-2] + b"A: b\r\n\r\n")) is not None
