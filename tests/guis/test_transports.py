"""Which transports there are for a page."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.errors import ConfigurationError
from quick_htag.guis.transports import TRANSPORTS, chosen, narrowed


@pytest.mark.parametrize(
    ("transport", "transports", "found"),
    [
        (None, None, TRANSPORTS),
        ("sse", None, ("sse",)),
        ("ws", None, ("websocket",)),
        ("http", None, ("poll",)),
        (None, ["poll", "websocket"], ("websocket", "poll")),
        (None, {"sse"}, ("sse",)),
    ],
)
def test_what_is_chosen(transport: Any, transports: Any, found: tuple[str, ...]) -> None:
    """One or some, in their own order; the short names of htag count."""
    assert chosen(transport, transports) == found


@pytest.mark.parametrize(
    ("transport", "transports"),
    [("carrier", None), (None, []), (None, ["sse", "x"]), ("sse", ["sse"]), (None, "sse")],
)
def test_what_cannot_work_is_refused(transport: Any, transports: Any) -> None:
    """With a message that says what to do."""
    with pytest.raises(ConfigurationError, match="transport"):
        chosen(transport, transports)


@pytest.mark.parametrize(
    ("mode", "left"),
    [
        (None, TRANSPORTS),
        ("sse", ("sse", "poll")),
        ("http", ("poll",)),
        ("nonsense", TRANSPORTS),
    ],
)
def test_the_cookie_begins_further_down(mode: str | None, left: tuple[str, ...]) -> None:
    """As the cookie of htag 2 does."""
    assert narrowed(TRANSPORTS, mode) == left


def test_the_cookie_cannot_leave_nothing() -> None:
    """What the app does not have is not offered."""
    assert narrowed(("websocket",), "http") == ("websocket",)
    assert narrowed(("websocket", "poll"), "sse") == ("poll",)
