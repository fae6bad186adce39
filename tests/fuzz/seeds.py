"""What a fuzzer may begin with, since it does not come upon whole requests by itself."""

from __future__ import annotations

NO_CUTS = b"\0"

REQUESTS = (
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /a?b=c HTTP/1.1\r\nHost: a:80\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
    b"PUT / HTTP/1.1\r\nHost: [::1]\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
    b"OPTIONS * HTTP/1.0\r\n\r\n",
    b"GET http://h:1/p HTTP/1.1\r\nHost: a\r\nX: y\r\nX: z\r\n\r\nGET / HTTP/1.1\r\n",
)
CHUNKS = (b"5\r\nhello\r\n0\r\n\r\n", b"A;x=y\r\n0123456789\r\n0\r\nX: y\r\n\r\nrest", b"0\r\n\r\n")
ANSWERS = (
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
    b"HTTP/1.0 304 Not Modified\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
)
FORM = (
    b'~\nContent-Disposition: form-data; name="a"\n\n1'
    b'~\nContent-Disposition: form-data; name="f"; filename="x"\nContent-Type: text/plain\n\nxyz~--'
)
CHARSET = b'~\nContent-Disposition: form-data; name="a"\nContent-Type: x; charset=utf-16\n\n1~--'


def _field(text: bytes) -> bytes:
    """As ``Feed.text`` and ``Feed.field`` take it: its size comes first, a flag last."""
    return bytes([len(text)]) + text


SEEDS: dict[str, tuple[bytes, ...]] = {
    "head": tuple(cuts + data for data in REQUESTS for cuts in (NO_CUTS, b"\2\0\5\0\x15")),
    "chunked": tuple(cuts + data for data in CHUNKS for cuts in (NO_CUTS, b"\2\0\2\0\7")),
    "frames": (
        b"\0\0\2\0\0\5hello\1\1\0\2\x88\0\1",
        b"\1\0\7\0\3\2\0\2\xc3\xa4\1\7\0\1a\1\5\0\1\xc3\1",
        b"\0\1\1\x09\0\7\xf2\x48\xcd\xc9\xc9\x07\0\1",
        b"\0\1\0\xc1\x87\0\0\0\0\xf2\x48\xcd\xc9\xc9\x07\0",
    ),
    "answer_head": tuple(NO_CUTS + b"\0" + data for data in ANSWERS),
    "multipart": (b"\7\0" + FORM, b"\1\0" + CHARSET),
    "json_body": (
        b'{"a": [1, 2.5e3, "x\\u0041", null, true]}',
        b"[[[[1]]]]",
        b"12345678901234567890",
    ),
    "forwarded": (
        b"\0" + _field(b'for=1.2.3.4;proto=https;host="a", for="[::1]:80"') + _field(b"/a/b"),
        b"\1" + _field(b"1.2.3.4, unknown, 10.0.0.1:80") + _field(b"/a"),
    ),
    "odd_fields": tuple(
        bytes([0, len(text)]) + text
        for text in (
            b"gzip;q=0.5, *;q=0, br",
            b"Sat, 01 Jan 2022 00:00:00 +0100",
            b"https://example.org:8443",
            b"permessage-deflate; client_max_window_bits=10; server_no_context_takeover",
            b'multipart/form-data; boundary="a\\"b"; charset=utf-8',
        )
    ),
    "page": (b"\0\xc8\0\0", b"\0\xc8\1\1\xff\x05[1,2]"),
}
