"""Folds middleware around a handler."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..interfaces import Handler, Middleware


def fold(middleware: Sequence[Middleware], handler: Handler) -> Handler:
    """``handler`` wrapped by all of ``middleware``; the first of them is the outermost."""
    for wrap in reversed(middleware):
        handler = wrap(handler)
    return handler
