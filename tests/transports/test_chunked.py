"""Chunked coding, taken away and put on."""

from __future__ import annotations

import pytest

from quick_htag.errors import ProtocolError
from quick_htag.transports.chunked import LAST_CHUNK, ChunkedDecoder, chunk

BODY = b"5\r\nhello\r\n1;name=value\r\n \r\nA ; x\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"


def refused(data: bytes) -> int:
    """The status with which ``data`` is refused."""
    with pytest.raises(ProtocolError) as caught:
        ChunkedDecoder().feed(bytearray(data))
    return caught.value.status


def test_whole_body():
    """Chunks, extensions and trailers; what follows is left."""
    decoder, data = ChunkedDecoder(), bytearray(BODY + b"GET /")
    assert decoder.feed(data) == b"hello 0123456789"
    assert decoder.done
    assert data == b"GET /"


@pytest.mark.parametrize(
    "extension", [b";a", b" ; a = b", b";a;b=c", b';a=""', b';a="b; c"', rb';a="\"\\"', b";a=\t1"]
)
def test_extensions(extension):
    """Extensions of every form mean nothing (section 7.1.1)."""
    data = bytearray(b"1" + extension + b"\r\na\r\n0" + extension + b"\r\n\r\n")
    assert ChunkedDecoder().feed(data) == b"a"


def test_byte_by_byte():
    """Bytes may come one at a time."""
    decoder, data, found = ChunkedDecoder(), bytearray(), b""
    for number in BODY:
        assert not decoder.done
        data.append(number)
        found += decoder.feed(data)
    assert decoder.done
    assert found == b"hello 0123456789"


def test_nothing_is_held_back():
    """The beginning of a large chunk is given at once and does not stay in the buffer."""
    decoder, data = ChunkedDecoder(), bytearray(b"ffff\r\nabc")
    assert decoder.feed(data) == b"abc"
    assert not data


def test_nothing_follows_the_end():
    """A decoder that is done takes nothing more."""
    decoder = ChunkedDecoder()
    decoder.feed(bytearray(LAST_CHUNK))
    data = bytearray(b"1\r\na\r\n")
    assert decoder.feed(data) == b""
    assert len(data) == 6


@pytest.mark.parametrize(
    "data",
    [
        b"-1\r\n",
        b"+1\r\n",
        b"0x1\r\n",
        b"g\r\n",
        b"\r\n",
        b"1 \r\n",
        b" 1\r\n",
        b"5\nhello\n",
        b"5;a\nb\r\n",
        b"5;a\rb\r\n",
        b"5;\x00\r\n",
        b"5;\r\n",
        b"5;=b\r\n",
        b"5;a=\r\n",
        b"5;a=b c\r\n",
        b"5;a \r\n",
        b'5;a="b\r\n',
        b'5;a="b"c\r\n',
        b"5,5\r\n",
        b"1" * 16 + b"\r\n",
        b"5\r\nhelloX\r\n",
        b"5\r\nhello\n0",
        b"0\r\n bad: x\r\n",
        b"0\r\nbad\r\n",
        b"0\r\na: b\nc: d\r\n",
    ],
)
def test_malformed(data):
    """What is not clearly chunked coding is refused."""
    assert refused(data) == 400


def test_long_extension():
    """Extensions nobody reads are limited, complete or not."""
    assert refused(b"1;" + b"a" * 300 + b"\r\na\r\n") == 400
    assert refused(b"1;" + b"a" * 300) == 400


def test_endless_size():
    """A size of many digits is refused before its line ends."""
    assert refused(b"0" * 300) == 400


def test_many_trailers():
    """The trailer section is limited as a whole and before it ends."""
    assert refused(b"0\r\n" + b"a: b\r\n" * 2000) == 431
    assert refused(b"0\r\n" + b"a" * 9000) == 431


@pytest.mark.parametrize("data", [b"a", b"x" * 255, b"y" * 70_000])
def test_chunk(data):
    """What is coded is what is decoded."""
    assert ChunkedDecoder().feed(bytearray(chunk(data) + chunk(data) + LAST_CHUNK)) == data * 2
