"""Header fields: case, order, several values, cookies, and what may be sent."""

from __future__ import annotations

import pytest

from quick_htag.errors import ConfigurationError
from quick_htag.messages.headers import Headers, check_field, parse_cookies


@pytest.fixture
def headers() -> Headers:
    """A field, and another one twice."""
    return Headers([("Host", "x"), ("Accept", "a, B"), ("accept", ",c")])


def test_names_in_any_case(headers):
    """A field is found in any case."""
    assert headers["HOST"] == headers.get("host") == "x"
    assert "hOst" in headers


def test_missing_field(headers):
    """What is not there is None, a default or an error, as with any mapping."""
    assert headers.get("nothing") is None
    assert headers.get("nothing", "default") == "default"
    assert "nothing" not in headers
    assert 5 not in headers
    with pytest.raises(KeyError):
        headers["nothing"]


def test_values_are_joined(headers):
    """Several lines of a field are one list (RFC 9110 section 5.3), and can be told apart."""
    assert headers["accept"] == "a, B, ,c"
    assert headers.get_all("Accept") == ["a, B", ",c"]
    assert headers.get_all("nothing") == []


def test_tokens(headers):
    """The members of a list in lower case, empty ones left out."""
    assert headers.tokens("accept") == ["a", "b", "c"]
    assert headers.tokens("nothing") == []


def test_white_space_of_tokens():
    """Around members are spaces and tabs; other white space makes it another word."""
    assert Headers([("A", " a\t,\tb ")]).tokens("a") == ["a", "b"]
    assert Headers([("A", "\xa0a,\x85b")]).tokens("a") == ["\xa0a", "\x85b"]


def test_mapping(headers):
    """It is a mapping of lower-case names, each once."""
    assert dict(headers) == {"host": "x", "accept": "a, B, ,c"}
    assert len(headers) == 2


def test_pairs_as_they_came(headers):
    """The lines are kept with their case and order."""
    assert headers.pairs()[2] == ("accept", ",c")
    assert repr(Headers([("A", "b")])) == "Headers([('A', 'b')])"


@pytest.mark.parametrize(("name", "value"), [("A-b", "c d"), ("x", ""), ("X!", "\xe4\t~")])
def test_field_that_may_be_sent(name, value):
    """A token and visible text may be sent."""
    assert check_field(name, value) == (name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("", "x"),
        ("A b", "x"),
        ("A:", "x"),
        ("A\n", "x"),
        ("\xe4", "x"),
        ("A", "x\r\nB: c"),
        ("A", "x\n"),
        ("A", "\0"),
        ("A", "\x7f"),
        ("A", "€"),
    ],
)
def test_field_that_must_not_be_sent(name, value):
    """A line break, a control character or one outside Latin-1 is refused."""
    with pytest.raises(ConfigurationError):
        check_field(name, value)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a=b", {"a": "b"}),
        ("a=b; c=d=e;f=", {"a": "b", "c": "d=e", "f": ""}),
        ('a="b c"', {"a": "b c"}),
        ("a=1; a=2", {"a": "1"}),
        ("junk; a=b; =c; x y=z; [a]=1", {"a": "b"}),
        ('a="', {"a": '"'}),
        ("", {}),
    ],
)
def test_cookies(line, expected):
    """Cookies are found among whatever else there is; of two the first counts."""
    assert parse_cookies(Headers([("Cookie", line)])) == expected


def test_cookies_of_several_lines():
    """Cookies may come on several lines (RFC 9113 section 8.2.3)."""
    assert parse_cookies(Headers([("Cookie", "a=b"), ("cookie", "c=d")])) == {"a": "b", "c": "d"}


@pytest.mark.parametrize(
    "name", ["If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range"]
)
def test_a_condition_is_seen(name: str) -> None:
    """Of any kind; nothing else is one."""
    assert Headers([("Host", "x"), (name, "y")]).has_conditions
    assert Headers([("Range", "bytes=0-1")]).has_conditions
    assert not Headers([("Host", "x"), ("Cookie", "y")]).has_conditions


def test_an_empty_cookie_field_is_none() -> None:
    """There is nothing to read."""
    assert Headers([("cookie", "a=1")]).has_cookies
    assert not Headers([("Cookie", "")]).has_cookies
