"""Several values in one answer, read back with parsers of others."""

from __future__ import annotations

import io
from email.message import Message
from email.parser import BytesParser
from pathlib import Path

from quick_htag.messages.body import Body
from quick_htag.messages.forms import parse_body
from quick_htag.messages.multipart_response import MultipartResponse


def _parts(response: MultipartResponse) -> dict[str, Message]:
    kind = response.header("content-type") or ""
    message = BytesParser().parsebytes(f"Content-Type: {kind}\n\n".encode() + response.content())
    return {part.get_filename() or "": part for part in message.get_payload()}  # type: ignore


def test_types_of_parts() -> None:
    """Text and bytes are text, files are bytes, the rest is JSON."""
    parts = _parts(MultipartResponse({"t": "é", "b": b"x", "j": {"a": 1}, "f": io.BytesIO(b"f")}))
    assert {name: part.get_content_type() for name, part in parts.items()} == {
        "t": "text/plain",
        "b": "text/plain",
        "j": "application/json",
        "f": "application/octet-stream",
    }
    assert parts["t"].get_payload(decode=True) == "é".encode()
    assert parts["j"].get_payload(decode=True) == b'{\n  "a": 1\n}'


def test_head() -> None:
    """The boundary is quoted, and different each time."""
    response = MultipartResponse({})
    assert (response.status, response.code) == (200, 200)
    assert response.header("content-type") == response.get_ctype("text/plain")
    assert response.get_ctype() == f'multipart/form-data; boundary="{response.boundary}"'
    assert len(response.boundary) == len("qsboundary") + 32
    assert response.boundary != MultipartResponse({}).boundary


def test_names_are_escaped() -> None:
    """A name cannot end its line; our own parser reads it back."""
    response = MultipartResponse({'a"\r\nX: y': "1"})
    _, files = parse_body(response.get_ctype(), Body(response.content()))
    assert [*files] == ['a"\r\nX: y']


def test_files_are_sent_from_the_start_and_closed(tmp_path: Path) -> None:
    """A file is rewound, streamed and closed."""
    (tmp_path / "f").write_bytes(b"12345" * 50_000)
    file = (tmp_path / "f").open("rb")
    file.read(2)
    response = MultipartResponse({"f": file})
    assert not isinstance(response.body, bytes)
    assert _parts(response)["f"].get_payload(decode=True) == b"12345" * 50_000
    assert file.closed


def test_an_answer_nobody_takes_closes_its_files() -> None:
    """Also when it is given up before it begins."""
    file = io.BytesIO()
    MultipartResponse({"f": file}).discard()
    assert file.closed


def test_text_files() -> None:
    """A file of text is sent as UTF-8."""
    assert _parts(MultipartResponse({"f": io.StringIO("é")}))["f"].get_payload(decode=True)


def test_a_copy_has_the_same_parts() -> None:
    """And fields of its own: an endpoint's answer gets those of the request."""
    answer = MultipartResponse({"a": 1})
    other = answer.copy()
    other.headers.append(("X-More", "1"))
    assert type(other) is MultipartResponse
    assert (other.boundary, other.content()) == (answer.boundary, answer.content())
    assert answer.header("X-More") is None
