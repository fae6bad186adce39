"""What is saved: its kinds, what each says of itself, and its end."""

from __future__ import annotations

import io
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from quick_htag.guis.attachment import attached
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import Request


def answer(attachment: Any, method: str = "GET", **fields: str) -> Any:
    """The answer to a request with these fields."""
    return attachment.answer(Request(method, "/", Headers(fields.items())))


@pytest.mark.parametrize("data", ["text", b"text", bytearray(b"text"), memoryview(b"text")])
def test_what_is_in_memory(data: Any) -> None:
    """Text and bytes have ranges, and a tag of their own each."""
    one, other = attached(data, "a.txt"), attached(data, "a.txt")
    assert answer(one).content() == b"text"
    assert answer(one, range="bytes=1-2").content() == b"ex"
    assert answer(one).header("ETag") != answer(other).header("ETag")


def test_a_text_is_never_a_path(tmp_path: pathlib.Path) -> None:
    """A visitor's words cannot name a file of the server."""
    path = tmp_path / "secret"
    path.write_text("secret")
    assert answer(attached(str(path))).content() == str(path).encode()


def test_a_file_is_read_when_it_is_asked_for(tmp_path: pathlib.Path) -> None:
    """Nothing is open until then, and it is named after the path."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")
    attachment = attached(path)
    path.write_bytes(b"new")
    response = answer(attachment)
    assert response.header("Content-Disposition") == 'attachment; filename="a.csv"'
    assert response.header("Content-Type") == "text/csv; charset=utf-8"
    assert response.content() == b"new"


def test_a_relative_path_stays_the_file(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the program changes its folder before the file is fetched."""
    (tmp_path / "a").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    attachment = attached(pathlib.Path("a"))
    monkeypatch.chdir("/")
    assert answer(attachment).content() == b"x"


def test_a_file_that_is_not_there(tmp_path: pathlib.Path) -> None:
    """The handler is told at once; so it is of a folder."""
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(FileNotFoundError):
            attached(path)


def test_a_range_that_is_not_there_closes_the_file(tmp_path: pathlib.Path) -> None:
    """An unclosed file would be a warning, which is an error here."""
    path = tmp_path / "a"
    path.write_bytes(b"x")
    with pytest.raises(Exception, match="416"):
        answer(attached(path), range="bytes=5-")


def test_what_comes_piece_by_piece() -> None:
    """Bytes and texts of an iterable, and what an open file has from where it is."""
    file = io.BytesIO(b"0123")
    file.seek(2)
    for source in ([b"2", "3"], iter(["23"]), file, (one for one in "23")):
        attachment = attached(source)
        assert attachment.once
        assert answer(attachment).content() == b"23"
    assert file.closed


def test_head_takes_nothing() -> None:
    """A HEAD request leaves the pieces for who fetches them."""
    attachment = attached(iter(["a"]))
    answer(attachment, "HEAD").discard()
    assert answer(attachment).content() == b"a"


def test_a_generator_nobody_fetches_is_closed() -> None:
    """It can release what it has; closing again is harmless."""
    ended = []

    def rows() -> Iterator[str]:
        try:
            yield "a"
            yield "b"
        finally:
            ended.append(True)

    source = rows()
    next(source)
    attachment = attached(source)
    attachment.close()
    attachment.close()
    assert ended == [True]


@pytest.mark.parametrize("wrong", [None, 5, {"a": 1}, object()])
def test_what_cannot_be_saved(wrong: Any) -> None:
    """The developer is told what can."""
    with pytest.raises(TypeError, match=r"bytes, str, a pathlib.Path, .*, not"):
        attached(wrong)
