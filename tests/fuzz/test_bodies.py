"""Bodies: forms, files and JSON, well-formed, nearly so, and not at all."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz import checks_bodies as bodies

DISPOSITIONS = st.sampled_from(
    [
        'form-data; name="a"',
        'form-data; name="a"; filename="x.txt"',
        "form-data; name=a; filename=",
        'form-data; name="%22"; filename="..\\\\..\\\\x"',
        "form-data",
        'attachment; name="a"',
        "form-data; name=a; filename*=utf-8''%2e%2e%2fx",
        'form-data; name="a\\"b"',
        "",
    ]
).map(str.encode)
TYPES = st.sampled_from(
    [
        b"",
        b"Content-Type: text/plain; charset=utf-16\r\n",
        b"Content-Type: x; charset=idna\r\n",
        b"content-type: text/plain; charset=\xff\r\n",
        b"X:\r\n y\r\n",
    ]
)
CONTENT = st.binary(max_size=60) | st.sampled_from([b"\r\n--b", b"\r\n", b"--b--", b"x" * 450])
PARTS = st.builds(
    lambda disposition, kind, content: (
        b"Content-Disposition: " + disposition + b"\r\n" + kind + b"\r\n" + content
    ),
    DISPOSITIONS | st.binary(max_size=20),
    TYPES,
    CONTENT,
)


@st.composite
def forms(draw: Any) -> bytes:
    """A form with the boundary "b", mostly whole."""
    parts = draw(st.lists(PARTS, max_size=8))
    end = draw(st.sampled_from([b"--", b"--", b"--\r\n", b"", b"-"]))
    start = draw(st.sampled_from([b"", b"", b"preamble", b"\r\n"]))
    lines = b"".join(b"\r\n--b\r\n" + part for part in parts) + b"\r\n--b" + end
    return start + lines[2 if not start else 0 :]


@given(forms() | st.binary(max_size=300), st.integers(1, 40))
def test_a_form_means_the_same_however_it_arrives(data: bytes, size: int) -> None:
    """From memory, from a file, and as it dribbles in; or it is refused."""
    bodies.check_multipart(data, "b", size)


@given(forms(), st.text(max_size=80))
def test_any_boundary(data: bytes, boundary: str) -> None:
    """One that cannot be one is refused."""
    bodies.check_multipart(data, boundary, 7)


@given(
    st.text(max_size=60) | st.lists(st.sampled_from("a&=+%;%41%zz\xe9"), max_size=30).map("".join)
)
def test_a_query_is_read_as_by_hand(text: str) -> None:
    """Nothing in it is an error."""
    bodies.check_query(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
TOKENS = st.lists(
    st.sampled_from([*'[]{},:"0-9.eE', "null", '"a"', "\\u", "NaN", "1" * 40, "[" * 20, "]" * 20]),
    max_size=40,
).map(lambda pieces: "".join(pieces).encode())


@given(TOKENS | st.binary(max_size=40))
def test_json_is_what_python_takes_for_it(data: bytes) -> None:
    """Less deep, with fewer digits, and else refused."""
    bodies.check_json(data)


@given(JSON)
def test_json_is_written_as_python_writes_it(value: Any) -> None:
    """Apart from numbers that JSON has not."""
    bodies.check_json_text(value)


@given(st.text(max_size=300) | st.text("./\\:CON1nul \0\u202e\xe9", max_size=30))
def test_the_name_of_an_upload_is_made_harmless(name: str) -> None:
    """Whatever it was."""
    bodies.check_file_name(name)
