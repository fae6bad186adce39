"""Uploaded files as files."""

from __future__ import annotations

import gc
import hashlib
import io
import json
from collections.abc import Iterator

import pytest

from quick_htag.messages.spool import Spool
from quick_htag.messages.upload import Upload, safe_file_name


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


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("a.txt", "a.txt"),
        ("", ""),
        ("../../etc/passwd", "passwd"),
        (r"..\..\boot.ini", "boot.ini"),
        (r"C:\dir\a.txt", "a.txt"),
        ("/abs/", ""),
        ("..", ""),
        (".htaccess", "htaccess"),
        (" a.txt. ", "a.txt"),
        ("a.txt:stream", "a.txt_stream"),
        ('a<b>"c|d?e*.txt', "a_b__c_d_e_.txt"),
        ("con", "_con"),
        ("LPT1.txt", "_LPT1.txt"),
        ("a\0b\r\nc.txt", "abc.txt"),
        ("gpj\u202eexe.txt", "gpjexe.txt"),
        ("naïve 😀.txt", "naïve 😀.txt"),
        ("e\u0301.txt", "\xe9.txt"),
        ("b\udcff.txt", "b.txt"),
    ],
)
def test_safe_file_name(given: str, safe: str) -> None:
    """No path, nothing hidden, no device, no stream, nothing that cannot be seen."""
    assert safe_file_name(given) == safe
    assert (Upload(given).filename, Upload(given).raw_filename) == (safe, given)


@pytest.mark.parametrize(
    ("given", "end"),
    [
        ("x" * 300 + ".tar.gz", "x.gz"),
        ("é" * 300 + ".txt", "é.txt"),
        ("a." + "x" * 300, "x"),
        ("x" * 300, "x"),
    ],
)
def test_long_names_are_cut(given: str, end: str) -> None:
    """What remains fits into any file system, with its extension."""
    safe = safe_file_name(given)
    assert 190 < len(safe.encode()) <= 200
    assert safe.endswith(end)


@pytest.fixture
def lent() -> Iterator[Upload]:
    """An upload that lies in the file of a body."""
    spool = Spool(io.BytesIO(b"--head--content--tail--"))
    upload = Upload("a.txt", memory=4)
    upload.keep_in(spool.part(8, 7, keep=True), 7)
    spool.close()
    yield upload
    upload.close()


def test_a_lent_file_reads_as_its_own(lent: Upload) -> None:
    """It has the content and nothing around it, also after the body has ended."""
    assert (lent.size, lent.read(3), lent.tell()) == (7, b"con", 3)
    assert lent.getvalue() == b"content"
    assert lent.read() == b"tent"


def test_writing_to_a_lent_file_changes_nothing_else(lent: Upload) -> None:
    """It becomes a copy, at the same position."""
    lent.seek(3)
    assert lent.write(b"TENT!") == 5
    assert (lent.size, lent.getvalue()) == (8, b"conTENT!")


def test_the_hash(lent: Upload) -> None:
    """It is that of the content, wherever the position is, and follows what is written."""
    lent.seek(2)
    assert lent.sha256 == hashlib.sha256(b"content").hexdigest()
    assert lent.tell() == 2
    lent.write(b"N")
    assert lent.sha256 == hashlib.sha256(b"coNtent").hexdigest()
