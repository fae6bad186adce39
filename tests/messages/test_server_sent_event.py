"""Events as handlers give them."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.errors import ConfigurationError
from quick_htag.messages.server_sent_event import ServerSentEvent, event_bytes


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("plain", b"data: plain\n\n"),
        ("two\nlines", b"data: two\ndata: lines\n\n"),
        ({"a": [1, None]}, b'data: {"a":[1,null]}\n\n'),
        (7, b"data: 7\n\n"),
        ("ü\ud800", "data: ü?\n\n".encode()),
        (ServerSentEvent("x"), b"data: x\n\n"),
        (
            ServerSentEvent({"a": 1}, event="tick", id="7", retry=2.5),
            b'event: tick\nid: 7\nretry: 2500\ndata: {"a":1}\n\n',
        ),
        (ServerSentEvent("", id=7), b"id: 7\ndata: \n\n"),  # type: ignore[arg-type]
    ],
)
def test_an_event_as_it_is_sent(value: Any, sent: bytes) -> None:
    """A str as it is, all else as JSON, and the fields of a ServerSentEvent."""
    assert event_bytes(value) == sent


def test_what_no_event_is_made_of() -> None:
    """The handler is told, rather than the page sent something it cannot read."""
    with pytest.raises(TypeError):
        event_bytes(b"bytes")
    with pytest.raises(ValueError, match="JSON"):
        event_bytes({"a": float("nan")})
    with pytest.raises(ConfigurationError):
        event_bytes(ServerSentEvent("x", event="a\ndata: b"))
