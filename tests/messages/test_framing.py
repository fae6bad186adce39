"""The header field that says who may frame a page."""

from __future__ import annotations

import pytest

from quick_htag.errors import ConfigurationError
from quick_htag.messages.framing import LOOPBACK, checked_ancestors, frame_field


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (None, ("X-Frame-Options", "SAMEORIGIN")),
        ([], ("Content-Security-Policy", "frame-ancestors 'none'")),
        ("*", ("Content-Security-Policy", "frame-ancestors 'self' *")),
        (
            ["https://example.org", "https://*.example.org:8443"],
            (
                "Content-Security-Policy",
                "frame-ancestors 'self' https://example.org https://*.example.org:8443",
            ),
        ),
        (
            ["vscode-webview:"],
            ("Content-Security-Policy", "frame-ancestors 'self' vscode-webview:"),
        ),
        (
            LOOPBACK,
            (
                "Content-Security-Policy",
                "frame-ancestors 'self' http://localhost:* http://127.0.0.1:*",
            ),
        ),
    ],
)
def test_the_field(given: list[str] | None, field: tuple[str, str]) -> None:
    """Nobody named is the old field; origins, and this one itself, are the new one."""
    assert frame_field(checked_ancestors(given)) == field


@pytest.mark.parametrize(
    "wrong",
    [
        "example.org",
        "'self'",
        "https://a b",
        "https://a;sandbox",
        "https://a,b",
        "https://a\r\nX: 1",
    ],
)
def test_nothing_else_gets_into_the_field(wrong: str) -> None:
    """What is no origin is refused, since it could begin another directive or field."""
    with pytest.raises(ConfigurationError, match="origins such as"):
        checked_ancestors([wrong])


def test_a_number_is_no_origin() -> None:
    """A mistake is told as one."""
    with pytest.raises(ConfigurationError, match="not 8080"):
        checked_ancestors([8080])  # type: ignore[list-item]
