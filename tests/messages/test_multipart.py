"""Multipart forms, as browsers and others send them."""

from __future__ import annotations

import gc
import hashlib
import io
import random
import tempfile
import time
from pathlib import Path

import pytest

from quick_htag.errors import HTTPError
from quick_htag.messages.body import Body
from quick_htag.messages.multipart import FormLimits, is_clear, parse_multipart, parse_options
from quick_htag.messages.upload import Upload
from quick_htag.settings import Settings

TEXT = b'Content-Disposition: form-data; name="t"\r\n\r\n'
FILE = b'Content-Disposition: form-data; name="f"; filename="a.bin"\r\n\r\n'
BROWSER = (
    b"------WebKitFormBoundary7MA4YWxk\r\n"
    b'Content-Disposition: form-data; name="title"\r\n\r\n'
    b"Gr\xc3\xbc\xc3\x9fe\r\n"
    b"------WebKitFormBoundary7MA4YWxk\r\n"
    b'Content-Disposition: form-data; name="doc"; filename="a %22b%22.txt"\r\n'
    b"Content-Type: text/plain\r\n\r\n"
    b"line\r\nline\r\n\r\n"
    b"------WebKitFormBoundary7MA4YWxk\r\n"
    b'Content-Disposition: form-data; name="none"; filename=""\r\n'
    b"Content-Type: application/octet-stream\r\n\r\n\r\n"
    b"------WebKitFormBoundary7MA4YWxk--\r\n"
)


class Trickle(io.BytesIO):
    """Gives a few bytes per read, so that everything lies across two reads."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(7, size) if size and size > 0 else size)


def _parse(data: bytes, boundary: str = "x", limits: FormLimits | None = None) -> tuple:
    return parse_multipart(io.BytesIO(data), boundary, limits or FormLimits())


def _status(data: bytes, boundary: str = "x", limits: FormLimits | None = None) -> int:
    with pytest.raises(HTTPError) as caught:
        _parse(data, boundary, limits)
    return caught.value.status


@pytest.mark.parametrize("reader", [io.BytesIO, Trickle])
def test_browser_form(reader: type[io.BytesIO]) -> None:
    """Fields, files and a file input left empty, whatever the size of the reads."""
    fields, files = parse_multipart(reader(BROWSER), "----WebKitFormBoundary7MA4YWxk", FormLimits())
    assert fields == {"title": "Grüße"}
    assert {name: (file.filename, file.size) for name, file in files.items()} == {
        "doc": ("a _b_.txt", 12),
        "none": ("", 0),
    }
    assert files["doc"].read() == b"line\r\nline\r\n"
    assert files["doc"].content_type == "text/plain"


def test_no_room_for_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that cannot be stored is our trouble, 507, and no bug of the endpoint."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    data = b"--x\r\n" + FILE + b"0123456789\r\n--x--"
    assert _status(data, limits=FormLimits(file_memory=5)) == 507
    assert _parse(data)[1]["f"].size == 10


@pytest.mark.parametrize("reader", [io.BytesIO, Trickle])
@pytest.mark.parametrize("value", [b"--xy", b"--x y\r\n--xz", b"\r\n--xy", b"\r\n", b""])
def test_content_that_looks_like_a_delimiter(reader: type[io.BytesIO], value: bytes) -> None:
    """It stays as it is, also at the begin of the content, where the headers have just ended."""
    data = b"--x\r\n" + TEXT + value + b"\r\n--x--"
    assert parse_multipart(reader(data), "x", FormLimits())[0] == {"t": value.decode()}


@pytest.mark.parametrize(
    "data",
    [
        b"--x\r\n" + TEXT + b"v\r\n--x--\r\n",
        b"--x\r\n" + TEXT + b"v\r\n--x--",
        b"preamble\r\n--x\r\n" + TEXT + b"v\r\n--x--\r\nepilogue --x",
        b"\r\n--x  \t\r\n" + TEXT + b"v\r\n--x--  \r\n",
        b"--x\r\ncontent-disposition:form-data;name=t\r\n\r\nv\r\n--x--",
        b'--x\r\nContent-Disposition: form-data;\r\n name="t"\r\n\r\nv\r\n--x--',
        b"--x\r\n" + TEXT + b"first\r\n--x\r\n" + TEXT + b"v\r\n--x--",
    ],
    ids=["plain", "no-final-crlf", "pre-epilogue", "padding", "unquoted", "folded", "last-wins"],
)
def test_legal_spellings(data: bytes) -> None:
    """What the standards allow is understood."""
    assert _parse(data) == ({"t": "v"}, {})


def test_filename_decides() -> None:
    """A type does not make a file, and a file needs no type."""
    typed = TEXT.replace(b"\r\n\r\n", b"\r\nContent-Type: text/plain\r\n\r\n")
    fields, files = _parse(b"--x\r\n" + typed + b"v\r\n--x\r\n" + FILE + b"data\r\n--x--")
    assert fields == {"t": "v"}
    assert (files["f"].read(), files["f"].content_type) == (b"data", "application/octet-stream")


def test_name_after_filename() -> None:
    """The order of the parameters means nothing."""
    head = b'Content-Disposition: form-data; filename="q"; name="f"\r\n\r\n'
    assert list(_parse(b"--x\r\n" + head + b"\r\n--x--")[1]) == ["f"]


@pytest.mark.parametrize("like", [b"--xy", b"--x?", b"--x--more", b"--x -", b"--"])
def test_lines_like_a_boundary_are_content(like: bytes) -> None:
    """Only a whole line ends a part."""
    content = b"a\r\n" + like + b"\r\nb"
    _, files = _parse(b"--x\r\n" + FILE + content + b"\r\n--x--")
    assert files["f"].getvalue() == content


def test_part_without_content() -> None:
    """A part may end with its headers."""
    assert _parse(b'--x\r\nContent-Disposition: form-data; name="t"\r\n\r\n--x--')[0] == {"t": ""}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (rb"C:\dir\a.txt", "a.txt"),
        (b"../../etc/passwd", "passwd"),
        (rb"say \"hi\".txt", "say _hi_.txt"),
        ("naïve.txt".encode(), "naïve.txt"),
        (b"a;b=c.txt", "a;b=c.txt"),
    ],
)
def test_filename_is_a_name(given: bytes, kept: str) -> None:
    """Folders are cut off, quotes and semicolons understood."""
    head = b'Content-Disposition: form-data; name="f"; filename="' + given + b'"\r\n\r\n'
    assert _parse(b"--x\r\n" + head + b"\r\n--x--")[1]["f"].filename == kept


def test_filename_as_sent() -> None:
    """Whoever wants to know gets the name with everything in it."""
    head = b'Content-Disposition: form-data; name="f"; filename="../%22a%22.txt"\r\n\r\n'
    assert _parse(b"--x\r\n" + head + b"\r\n--x--")[1]["f"].raw_filename == '../"a".txt'


def test_too_large_file_is_413() -> None:
    """A file has a limit of its own; the text is that of quick_server."""
    data = b"--x\r\n" + FILE + b"y" * 101 + b"\r\n--x--"
    with pytest.raises(HTTPError) as caught:
        _parse(data, limits=FormLimits(file=100))
    assert caught.value.status == 413
    assert caught.value.detail == "Uploaded file is too large! 101 > 100"
    assert _parse(data, limits=FormLimits(file=101))[1]["f"].size == 101


def test_limits_of_a_server() -> None:
    """Every limit of a form is a setting."""
    settings = Settings(
        max_form_parts=1,
        max_part_headers=2,
        max_form_text=3,
        max_file_size=4,
        upload_memory=5,
        max_body_size=6,
        max_json_size=7,
        max_json_depth=8,
        max_json_digits=9,
        hash_uploads=True,
    )
    assert FormLimits.of(settings) == FormLimits(1, 2, 3, 4, 5, 6, 7, 8, 9, True)
    assert FormLimits.of(Settings()) == FormLimits()


def test_extended_filename() -> None:
    """Some clients encode the file name the way of RFC 8187."""
    head = b"Content-Disposition: form-data; name=f; filename*=utf-8''%E2%82%AC.txt\r\n\r\n"
    assert _parse(b"--x\r\n" + head + b"\r\n--x--")[1]["f"].filename == "€.txt"


def test_charset_of_a_field() -> None:
    """A field may have another character set than UTF-8."""
    head = TEXT.replace(b"\r\n\r\n", b"\r\nContent-Type: text/plain; charset=latin-1\r\n\r\n")
    assert _parse(b"--x\r\n" + head + b"\xe9\r\n--x--")[0] == {"t": "é"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"--x",
        b"--x\r\n",
        b"--x\r\n" + TEXT + b"never ends",
        b"--x\r\n" + TEXT + b"cut\r\n--x",
        b"--x\r\n\r\nno headers\r\n--x--",
        b"--x\r\nContent-Type: text/plain\r\n\r\nno name\r\n--x--",
        b"--x\r\nContent-Disposition: attachment; name=t\r\n\r\n\r\n--x--",
        b"--x\r\n" + TEXT + b"\xff\r\n--x--",
        b"--x\r\nX: " + b"y" * 17_000 + b"\r\n" + TEXT + b"\r\n--x--",
        b"--x\r\nno colon\r\n" + TEXT + b"\r\n--x--",
        b"--x\r\nX : y\r\n" + TEXT + b"\r\n--x--",
        b"--x\r\nX: \0\r\n" + TEXT + b"\r\n--x--",
        b"--x\r\nX: a\nY: b\r\n" + TEXT + b"\r\n--x--",
        b"--x\r\n" + TEXT[:-2] + TEXT + b"\r\n--x--",
        b"--x\r\nContent-Transfer-Encoding: base64\r\n" + TEXT + b"\r\n--x--",
        b"--x\r\nContent-Disposition: form-data; name=t; filename*=a.txt\r\n\r\n\r\n--x--",
        b"--x\r\nContent-Disposition: form-data; name=t; name=u\r\n\r\n\r\n--x--",
    ],
)
def test_broken_forms_are_400(data: bytes) -> None:
    """What is cut, nameless or overlong is the client's mistake."""
    assert _status(data) == 400


@pytest.mark.parametrize("name", ["unknown", "punycode", "idna", "rot13", "zlib", "utf-7", "hex"])
def test_no_character_set(name: str) -> None:
    """Python has codecs that are none, and some that take quadratic time."""
    head = TEXT.replace(b"\r\n\r\n", b"\r\nContent-Type: text/plain; charset=%b\r\n\r\n")
    data = b"--x\r\n" + head % name.encode() + b"a" * 500_000 + b"\r\n--x--"
    started = time.thread_time()
    assert _status(data) == 400
    assert time.thread_time() - started < 10


@pytest.mark.parametrize(
    "name",
    ["UTF-8", "utf8", "latin-1", "ISO-8859-15", "windows-1252", "Shift_JIS", "euc-jp", "big5"],
)
def test_character_sets(name: str) -> None:
    """What programs have written texts in."""
    head = TEXT.replace(b"\r\n\r\n", b"\r\nContent-Type: text/plain; charset=%b\r\n\r\n")
    assert _parse(b"--x\r\n" + head % name.encode() + b"a\r\n--x--")[0] == {"t": "a"}


@pytest.mark.parametrize("boundary", ["", "x" * 201, "é", "x ", "a\tb", "a\0"])
def test_bad_boundary_is_400(boundary: str) -> None:
    """A form needs a boundary that can be one."""
    assert _status(b"", boundary) == 400


def test_too_many_parts_are_413() -> None:
    """The number of parts is limited."""
    data = b"".join(b"--x\r\n" + TEXT + b"\r\n" for _ in range(4)) + b"--x--"
    assert _status(data, limits=FormLimits(parts=3)) == 413


def test_too_much_text_is_413() -> None:
    """All text fields together are limited, as they are in memory."""
    data = b"".join(b"--x\r\n" + TEXT + b"y" * 60 + b"\r\n" for _ in range(2)) + b"--x--"
    assert _status(data, limits=FormLimits(text=100)) == 413


def test_large_file_goes_to_disk() -> None:
    """Beyond the limit the content is not in memory, and complete."""
    content = random.Random(1).randbytes(300_000)
    limits = FormLimits(file_memory=1000)
    _, files = _parse(b"--x\r\n" + FILE + content + b"\r\n--x--", limits=limits)
    assert files["f"].getvalue() == content
    assert files["f"]._file._rolled  # nothing public tells


def test_search_is_linear() -> None:
    """Content made of what looks like boundaries takes time in proportion to its size."""

    def seconds(copies: int) -> float:
        data = b"--xxxx\r\n" + FILE + b"\r\n--xxx" * copies + b"\r\n--xxxx--"
        started = time.thread_time()  # of the processor: other programs do not count
        _parse(data, "xxxx")
        return time.thread_time() - started

    short, long = (min(seconds(copies) for _ in range(3)) for copies in (80_000, 800_000))
    assert long < 40 * max(short, 0.005)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Text/HTML", ("text/html", {})),
        ('a/b; Charset="U\\"x" ; B=c', ("a/b", {"charset": 'U"x', "b": "c"})),
        ("a/b; boundary=1; boundary=2", ("a/b", {"boundary": "1"})),
        ('a; x="unclosed', ("a", {"x": '"unclosed'})),
        ("", ("", {})),
    ],
)
def test_options(value: str, expected: tuple[str, dict[str, str]]) -> None:
    """Parameters quoted or not, names without case, the first of a name."""
    assert parse_options(value) == expected


@pytest.mark.parametrize(
    ("value", "clear"),
    [
        ("a", True),
        ('a; b="c"; d=e', True),
        ('a ; b = "c;d=" ; e=f g;', True),
        ('a; b="c\\""', True),
        ("a; b=1; B=2", False),
        ('a; b="c', False),
        ('a; b="c"d', False),
        ('a; b=c"d"', False),
        ("a; b", False),
        ('a; b="c"; ; d=e', False),
        ('a; b="c"' + " " * 16_000 + "x", False),
        ("a; b=" + " " * 16_000 + '"', False),
        ("a" + ";b= " * 4_000 + '"', False),
    ],
)
def test_clear_options(value: str, clear: bool) -> None:
    """What can be read in two ways is told, and that takes no time."""
    started = time.thread_time()
    assert is_clear(value) is clear
    assert time.thread_time() - started < 1


def form_of_files(*contents: bytes) -> bytes:
    """A form with files f0, f1, ..."""
    parts = [
        b'--x\r\nContent-Disposition: form-data; name="f%d"; filename="%d"\r\n\r\n%s\r\n'
        % (number, number, content)
        for number, content in enumerate(contents)
    ]
    return b"preamble\r\n" + b"".join(parts) + b"--x--\r\n"


@pytest.mark.parametrize("around", [0, 65_500, 65_536, 131_000])
def test_large_files_stay_in_the_body(around: int) -> None:
    """They are read where they lie, wherever the pieces end that are read; others are copied."""
    contents = (b"a" * around, b"\r\n--y" * 50_000, b"", b"tiny", bytes(range(256)) * 500)
    body = Body(io.BytesIO(form_of_files(*contents)))
    limits = FormLimits(file_memory=1000)
    files = parse_multipart(body.open(), "x", limits, body.spool)[1]
    body.close()
    assert tuple(file.read() for file in files.values()) == contents
    assert [file._lent for file in files.values()] == [around > 0, True, False, False, True]


def test_the_body_is_released_with_its_files() -> None:
    """The file is closed when the last upload is; one that is too large keeps nothing."""
    file = io.BytesIO(form_of_files(b"a" * 100, b"b" * 200))
    body = Body(file)
    files = parse_multipart(body.open(), "x", FormLimits(file_memory=10), body.spool)[1]
    with pytest.raises(HTTPError):
        parse_multipart(body.open(), "x", FormLimits(file_memory=10, file=150), body.spool)
    body.close()
    assert not file.closed
    files.clear()
    gc.collect()
    assert file.closed


def test_the_hash_is_known_when_it_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The files are not read again for it."""
    body = Body(io.BytesIO(form_of_files(b"a" * 5000, b"b")))
    limits = FormLimits(file_memory=10, digest=True)
    files = parse_multipart(body.open(), "x", limits, body.spool)[1]
    monkeypatch.setattr(Upload, "read", None)
    expected = [hashlib.sha256(data).hexdigest() for data in (b"a" * 5000, b"b")]
    assert [file.sha256 for file in files.values()] == expected


@pytest.mark.parametrize(
    "charset", ["idna", "Punycode", "unicode_escape", "UTF-7", "rot13", "a\0b"]
)
def test_what_is_no_character_set_is_refused(charset: str) -> None:
    """Python knows more than there are, and takes minutes for a megabyte of some."""
    body = (
        f'--b\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: x; charset="{charset}"'
    )
    data = f"{body}\r\n\r\n{'a' * 400_000}\r\n--b--".encode()
    with pytest.raises(HTTPError, match="400"):
        parse_multipart(io.BytesIO(data), "b", FormLimits())
