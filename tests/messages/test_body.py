"""A request body, wherever it is kept."""

from __future__ import annotations

import io

import pytest

from quick_htag.errors import BodyRefused
from quick_htag.messages.body import EMPTY, Body, RefusedBody


@pytest.fixture(params=["memory", "file"])
def body(request) -> Body:
    """The same body in both places."""
    return Body(b"hello" if request.param == "memory" else io.BytesIO(b"hello"))


def test_read(body):
    """All of it, again and again."""
    assert (body.read(), body.read(), body.length) == (b"hello", b"hello", 5)


def test_open(body):
    """A file at its start, each time."""
    assert body.open().read(2) == b"he"
    assert body.open().read() == b"hello"


def test_close():
    """The file is closed with the body; memory has nothing to close."""
    file = io.BytesIO(b"hello")
    body = Body(file)
    body.close()
    body.close()
    assert file.closed
    EMPTY.close()
    assert EMPTY.read() == b""


def test_known_length():
    """A length that is known is not looked up."""
    assert Body(io.BytesIO(b"hello"), 5).length == 5


def test_refused():
    """Whoever asks for a refused body gets the reason; closing it is harmless."""
    error = BodyRefused(413, "too large")
    body = RefusedBody(error)
    for ask in (body.read, body.open):
        with pytest.raises(BodyRefused) as caught:
            ask()
        assert caught.value is error
    body.close()
    assert body.length == 0
