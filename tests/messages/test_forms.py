"""Query strings and bodies."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from quick_htag.errors import BodyRefused, HTTPError
from quick_htag.messages.body import Body, RefusedBody
from quick_htag.messages.forms import FormLimits, parse_body, parse_json, parse_query


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a=1&b=2", {"a": "1", "b": "2"}),
        ("a=1&a=2", {"a": "2"}),
        ("flag", {"flag": True}),
        ("flag=", {"flag": ""}),
        ("", {}),
        ("&", {}),
        ("a=1&", {"a": "1"}),
        ("=x&=", {}),
        ("a+b=c+d%2B", {"a b": "c d+"}),
        ("a=b=c", {"a": "b=c"}),
        ("%C3%A9=%F0%9F%98%80", {"é": "😀"}),
        ("a=%ff&b=%zz", {"a": "\ufffd", "b": "%zz"}),
    ],
)
def test_query(text: str, values: dict[str, str | bool]) -> None:
    """Pairs, flags, "+" and escapes; nameless items are dropped and the last of a name wins."""
    assert parse_query(text) == values


@pytest.mark.parametrize(
    "data", [b"{", b"\xff", b"{'a': 1}", b"", b"9" * 5000, b"[" * 100_000, b'{"secret": }']
)
def test_bad_json_is_400(data: bytes) -> None:
    """What is no JSON, or too much of it, is the client's mistake and is not repeated."""
    with pytest.raises(HTTPError) as caught:
        parse_json(data)
    assert caught.value.status == 400
    assert "secret" not in caught.value.detail


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON; charset=utf-8", " application/json ;x"]
)
def test_json_body(kind: str) -> None:
    """A JSON body may be of any type; the content type is compared without case."""
    assert parse_body(kind, Body(b"[1, NaN]"))[0][0] == 1


def test_urlencoded_body() -> None:
    """A form body follows the rules of the query."""
    kind = "application/x-www-form-urlencoded; charset=UTF-8"
    assert parse_body(kind, Body(b"a=1+2&flag")) == ({"a": "1 2", "flag": True}, {})


def test_multipart_body() -> None:
    """A multipart body gives fields and files."""
    data = (
        b'--x\r\nContent-Disposition: form-data; name="t"\r\n\r\ntext\r\n'
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nfile\r\n--x--'
    )
    post, files = parse_body('Multipart/Form-Data; Boundary="x"', Body(io.BytesIO(data)))
    assert (post, files["f"].read()) == ({"t": "text"}, b"file")


def test_unknown_type_is_not_parsed() -> None:
    """Other bodies are the endpoint's to read."""
    assert parse_body("text/csv", Body(b"{}")) == ({}, {})


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", ""])
def test_no_body_is_empty(kind: str) -> None:
    """Without a body there is nothing to be wrong."""
    assert parse_body(kind, Body()) == ({}, {})


def test_refused_body_says_why() -> None:
    """A body that the server did not take ends the request."""
    with pytest.raises(BodyRefused):
        parse_body("application/json", RefusedBody(BodyRefused(413)))


@pytest.mark.parametrize("body", [b"a" * 101, b"&" * 10])
def test_large_forms_are_413(body: bytes) -> None:
    """Neither the size nor the number of fields is unlimited."""
    with pytest.raises(HTTPError) as caught:
        parse_body("application/x-www-form-urlencoded", Body(body), FormLimits(parts=10, text=100))
    assert caught.value.status == 413


@pytest.mark.parametrize("data", [b"[" * 200 + b"]" * 200, b'{"a":' * 200 + b"1" + b"}" * 200])
def test_json_may_be_this_deep(data: bytes) -> None:
    """Lists and objects inside of each other, up to the limit."""
    assert parse_json(data) == json.loads(data)


@pytest.mark.parametrize("data", [b"[" * 201 + b"]" * 201, b'{"a":' * 201 + b"1" + b"}" * 201])
def test_deep_json_is_400(data: bytes) -> None:
    """Beyond it, code that walks through the value would fail: it is refused before."""
    with pytest.raises(HTTPError, match="levels") as caught:
        parse_json(data)
    assert caught.value.status == 400


def test_wide_json_is_not_deep() -> None:
    """Many lists beside each other are no trouble, nor are brackets in text."""
    assert len(parse_json(b"[" + b"[]," * 500 + b"[]]")) == 501
    assert parse_json(b'"' + b"[" * 500 + b'"') == "[" * 500


@pytest.mark.parametrize(("digits", "sign"), [(1000, b""), (1000, b"-")])
def test_long_numbers(digits: int, sign: bytes) -> None:
    """A number has its limit of digits, the sign not counted."""
    assert parse_json(sign + b"9" * digits) == int(sign + b"9" * digits)
    with pytest.raises(HTTPError, match="digits") as caught:
        parse_json(b"[" + sign + b"9" * (digits + 1) + b"]")
    assert caught.value.status == 400


def test_digits_in_text_are_text() -> None:
    """Only numbers are limited."""
    assert parse_json(b'["' + b"9" * 5000 + b'", 1]') == ["9" * 5000, 1]


def test_total_is_not_for_forms_with_files() -> None:
    """A server that takes large files takes no larger JSON for that."""
    limits = FormLimits(total=10)
    form = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nfile\r\n--x--'
    assert parse_body("multipart/form-data; boundary=x", Body(form), limits)[1]["f"].size == 4
    with pytest.raises(HTTPError) as caught:
        parse_body("application/json", Body(b"[1,2,3,4,5,6]"), limits)
    assert caught.value.status == 413


def test_json_has_a_limit_of_its_own() -> None:
    """As objects it takes many times its size; a file of that size may be sent as a form."""
    limits = FormLimits(json_size=7)
    assert parse_body("application/json", Body(b"[1,2,3]"), limits)[0] == [1, 2, 3]
    with pytest.raises(HTTPError, match="413"):
        parse_body("application/json", Body(b"[1,2,3] "), limits)


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"])
@pytest.mark.parametrize("value", [{"a": "ü"}, ["\ud800"], 7, "x"])
def test_json_in_any_unicode(coding: str, value: Any) -> None:
    """As the standard library takes it."""
    data = json.dumps(value).encode(coding)
    assert parse_json(data) == value == json.loads(data)


@pytest.mark.parametrize("data", [b"{", b"[\0]", b"{\xff}", b'["\xed\xa0\x80"]', b"", b"\0{"])
def test_odd_bytes_are_taken_as_json_takes_them(data: bytes) -> None:
    """What it refuses is 400."""
    try:
        expected = json.loads(data)
    except ValueError:
        with pytest.raises(HTTPError):
            parse_json(data)
    else:
        assert parse_json(data) == expected
