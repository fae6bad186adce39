"""The answers with pages of a folder: what a browser may do with them, and what it may not."""

from __future__ import annotations

from typing import Final

from ..messages.response import HTTPResponse

_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; "
    "form-action 'self'; script-src {0}"
)
_HEADERS: Final = (
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("X-Frame-Options", "SAMEORIGIN"),
)


def page_answer(page: str, status: int = 200, *, nonce: str = "") -> HTTPResponse:
    """A page that runs no script but the one with the nonce, and loads nothing from elsewhere."""
    policy = _POLICY.format(f"'nonce-{nonce}'" if nonce else "'none'")
    headers = [("Content-Security-Policy", policy), *_HEADERS]
    return HTTPResponse.html(page, status, headers=headers)


def text_answer(data: bytes) -> HTTPResponse:
    """A text that is nothing else, whatever it looks like."""
    return HTTPResponse(200, [("Content-Type", "text/plain; charset=utf-8"), *_HEADERS], data)
