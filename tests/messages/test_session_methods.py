"""What a request has of its visitor, without the layer that gives it; see middleware.sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from quick_htag.errors import ConfigurationError
from quick_htag.messages.request import Request


@pytest.mark.parametrize(
    "use",
    [
        lambda request: request.session,
        lambda request: request.login("ann"),
        Request.logout,
        Request.rotate_session,
    ],
)
def test_without_sessions_there_is_a_clear_error(use: Callable[[Request], Any]) -> None:
    """Whoever forgot the layer is told so."""
    with pytest.raises(ConfigurationError, match="sessions"):
        use(Request("GET", "/"))


def test_without_sessions_nobody_has_logged_in() -> None:
    """A question that can be answered."""
    assert Request("GET", "/").user is None
