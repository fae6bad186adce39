"""What passes between a host and its instances."""

from __future__ import annotations

import pytest

from quick_htag.guis.services import Rendered


def test_a_rendered_page_does_not_change() -> None:
    """Its number belongs to its text."""
    rendered = Rendered("id", "<html>", "", 3)
    with pytest.raises(AttributeError):
        rendered.seen = 4  # type: ignore[misc]
