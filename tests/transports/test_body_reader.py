"""A request body is collected in memory, then in a file, up to its limit."""

from __future__ import annotations

import contextlib
import errno
import io
import tempfile

import pytest

from quick_htag.errors import ProtocolError
from quick_htag.messages.body import Body
from quick_htag.transports.body_reader import BodyReader


def test_body_with_a_length():
    """The body ends after its length; what follows is left."""
    reader, buffer = BodyReader(5, 100, 100), bytearray(b"hel")
    assert not reader.feed(buffer)
    assert not buffer
    buffer += b"loGET"
    assert reader.feed(buffer)
    assert buffer == b"GET"
    body = reader.body()
    assert (body.read(), body.length) == (b"hello", 5)


def test_chunked_body():
    """The coding tells the end."""
    reader, buffer = BodyReader(None, 100, 100), bytearray(b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\nGET")
    assert reader.feed(buffer)
    assert reader.body().read() == b"hello"
    assert buffer == b"GET"


def test_empty_chunked_body():
    """A chunked body may be empty."""
    reader = BodyReader(None, 0, 0)
    assert reader.feed(bytearray(b"0\r\n\r\n"))
    assert reader.body().length == 0


def test_chunked_body_too_large():
    """A chunked body is refused as soon as it is too large; nothing of it is kept."""
    reader = BodyReader(None, 4, 2)
    with pytest.raises(ProtocolError) as caught:
        reader.feed(bytearray(b"5\r\nhello"))
    assert caught.value.status == 413
    assert reader.body().length == 0


def test_received_counts_the_body():
    """Neither the coding nor what follows counts."""
    reader = BodyReader(None, 100, 100)
    reader.feed(bytearray(b"5;extension\r\nhel"))
    assert reader.received == 3


@pytest.mark.parametrize("size", [10, 11])
def test_large_body_is_a_file(size):
    """More than the memory limit goes to a file, which is closed with the body."""
    reader = BodyReader(size, 100, 10)
    assert not reader.feed(bytearray(b"x" * 9))
    assert reader.feed(bytearray(b"x" * (size - 9)))
    body = reader.body()
    assert body.read() == b"x" * size
    assert isinstance(body.open(), io.BytesIO) is (size == 10)
    file = body.open()
    body.close()
    assert file.closed is (size == 11)


def test_close_drops_the_file(monkeypatch):
    """A body that never completes leaves no file behind."""
    files = []
    make = tempfile.TemporaryFile
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: files.append(make()) or files[0])
    reader = BodyReader(100, 100, 10)
    reader.feed(bytearray(b"x" * 20))
    reader.close()
    reader.close()
    assert files[0].closed


class FullDisk(io.BytesIO):
    """Takes a little, as a buffered file does, and fails to write it."""

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


class NoDisk(FullDisk):
    def write(self, data: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def _collect(reader: BodyReader, data: bytes) -> Body:
    assert reader.feed(bytearray(data))
    return reader.body()


@pytest.mark.parametrize("file", [FullDisk, NoDisk])
def test_no_room(monkeypatch, file):
    """A full disk is 507 and not a client that has gone, even when it shows at the very end."""
    monkeypatch.setattr(tempfile, "TemporaryFile", file)
    reader = BodyReader(20, 100, 10)
    with pytest.raises(ProtocolError) as caught:
        _collect(reader, b"x" * 20)
    assert caught.value.status == 507
    assert isinstance(caught.value.__cause__, OSError)
    reader.close()


def test_too_many_open_files(monkeypatch):
    """No file to be had is 507 as well."""

    def fail():
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(tempfile, "TemporaryFile", fail)
    with pytest.raises(ProtocolError) as caught:
        BodyReader(20, 100, 10).feed(bytearray(b"x" * 20))
    assert caught.value.status == 507


class Watch:
    """Notes what it is told."""

    def __init__(self):
        self.told = []

    def received(self, count):
        self.told.append(count)

    def ended(self, *, complete):
        self.told.append(complete)


def test_a_watched_body_is_told_of():
    """Every piece, and once that it is complete."""
    reader, watch = BodyReader(5, 100, 100), Watch()
    reader.watch = watch
    reader.feed(bytearray(b"hel"))
    reader.feed(bytearray(b"lo"))
    reader.body()
    reader.close()
    assert watch.told == [3, 5, True]


def test_a_watched_body_that_is_given_up():
    """Once that it has failed: broken off, or too large."""
    for limit, data in ((100, b"3\r\nhel\r\n"), (4, b"5\r\nhello\r\n")):
        reader, watch = BodyReader(None, limit, 100), Watch()
        reader.watch = watch
        with contextlib.suppress(ProtocolError):
            reader.feed(bytearray(data))
        reader.close()
        reader.close()
        assert watch.told[-1] is False
        assert watch.told.count(False) == 1
