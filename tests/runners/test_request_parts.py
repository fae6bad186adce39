"""The parts of a request."""

from __future__ import annotations

import asyncio

import pytest

from quick_htag.messages.upload import Upload
from quick_htag.runners.request_parts import Address, FormFile, Query, State, Url


def test_a_url_knows_its_parts() -> None:
    """It is text all the same."""
    url = Url("https://a.example:8000/b?c=1")
    assert (url.scheme, url.hostname, url.port) == ("https", "a.example", 8000)
    assert (url.netloc, url.path, url.query) == ("a.example:8000", "/b", "c=1")
    assert url == "https://a.example:8000/b?c=1"


def test_a_query_has_text_only() -> None:
    """Blank values are kept, repeated names too."""
    query = Query.of("a=1&b&a=2&c=%20")
    assert query == {"a": "2", "b": "", "c": " "}
    assert query.getlist("a") == ["1", "2"]
    assert query.multi_items() == [("a", "1"), ("a", "2"), ("b", ""), ("c", " ")]


def test_an_address_has_names() -> None:
    """And is a pair."""
    assert Address("::1", 5).host == "::1"
    assert Address("::1", 5) == ("::1", 5)


def test_a_state_takes_notes() -> None:
    """What was not noted is an AttributeError."""
    state = State()
    state.user = "ann"
    assert state.user == "ann"
    with pytest.raises(AttributeError, match="other"):
        _ = state.other


def test_a_file_is_awaited() -> None:
    """Read, read again, closed."""

    async def use(file: FormFile) -> list[bytes]:
        first = await file.read(2)
        await file.seek(0)
        rest = await file.read()
        await file.close()
        return [first, rest]

    upload = Upload("a.txt", "text/plain")
    upload.write(b"text")
    upload.seek(0)
    file = FormFile(upload)
    assert (file.filename, file.content_type, file.size) == ("a.txt", "text/plain", 4)
    assert asyncio.run(use(file)) == [b"te", b"text"]
