"""An event is known by where its user has done it."""

from __future__ import annotations

from quick_htag.guis.event import Event
from quick_htag.guis.pages import Page


def test_an_event_is_known_by_document_and_number() -> None:
    """Copies of a page count for themselves."""
    page = Page()
    assert Event(page, 3, {}).given == (page.id, 3)
    assert Event(page, 3, {}, document="one").given == (f"{page.id}/one", 3)
