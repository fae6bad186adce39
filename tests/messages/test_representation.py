"""All of something, or a part of it."""

from __future__ import annotations

import pytest

from quick_htag.errors import HTTPError
from quick_htag.messages.headers import Headers
from quick_htag.messages.representation import represented
from quick_htag.messages.request import Request
from quick_htag.messages.response import HTTPResponse

DATA = b"0123456789"


def answer(method: str = "GET", **fields: str) -> HTTPResponse:
    """The answer with ten bytes to a request with these fields."""
    headers = Headers([(name.replace("_", "-"), value) for name, value in fields.items()])
    request = Request(method, "/", headers)
    given = [("X-Given", "1")]
    return represented(
        request, given, len(DATA), '"tag"', 0.0, lambda start, size: DATA[start : start + size]
    )


def test_the_whole() -> None:
    """Without a range, and for HEAD, it is 200."""
    for response in (answer(), answer("HEAD", range="bytes=1-2")):
        assert (response.status, response.content()) == (200, DATA)
        assert dict(response.headers) == {"X-Given": "1"}


def test_a_part() -> None:
    """A range is 206, and says which part of how much."""
    response = answer(range="bytes=2-4", if_range='"tag"')
    assert (response.status, response.content()) == (206, b"234")
    assert dict(response.headers) == {"X-Given": "1", "Content-Range": "bytes 2-4/10"}


def test_a_part_of_something_else() -> None:
    """Who has the begin of another version gets the whole."""
    assert answer(range="bytes=2-4", if_range='"old"').status == 200


def test_nothing_of_it() -> None:
    """What begins behind the end is refused."""
    with pytest.raises(HTTPError) as caught:
        answer(range="bytes=10-")
    assert caught.value.status == 416
