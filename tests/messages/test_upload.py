"""Uploaded files as files."""

from __future__ import annotations

import gc
import io
import json

import pytest

from quick_htag.messages.upload import Upload


def _upload(data: bytes, memory: int = 1000) -> Upload:
    upload = Upload("name.txt", "text/plain", memory)
    upload.write(data)
    upload.seek(0)
    return upload


@pytest.mark.parametrize("memory", [1, 1000])
def test_reads_like_a_file(memory: int) -> None:
    """Reading, lines, position and size are those of a binary file, in memory or on disk."""
    with _upload(b"one\ntwo\nthree", memory) as upload:
        assert upload.readline() == b"one\n"
        assert upload.tell() == 4
        assert list(upload) == [b"two\n", b"three"]
        assert upload.seek(-5, io.SEEK_END) == 8
        assert upload.read(2) == b"th"
        assert upload.size == 13


def test_getvalue_keeps_the_position() -> None:
    """As with ``io.BytesIO``, all of it can be had at any time."""
    with _upload(b"abc") as upload:
        upload.read(1)
        assert (upload.getvalue(), upload.read()) == (b"abc", b"bc")


def test_goes_through_the_standard_library() -> None:
    """Code that takes a binary file takes an upload."""
    upload = _upload('{"a": "é"}'.encode())
    assert json.load(io.TextIOWrapper(upload, "utf-8")) == {"a": "é"}
    buffer = bytearray(3)
    assert (_upload(b"abcdef").readinto(buffer), buffer) == (3, b"abc")


@pytest.mark.parametrize("memory", [1, 1000])
def test_dropping_it_frees_it(memory: int) -> None:
    """Nobody has to close an upload: no warning when it is dropped, on disk or not."""
    upload = _upload(b"abc", memory)
    del upload
    gc.collect()  # a warning would fail the test


def test_close_is_final() -> None:
    """A closed upload is not read."""
    upload = _upload(b"abc")
    upload.close()
    upload.close()
    with pytest.raises(ValueError):
        upload.read()
