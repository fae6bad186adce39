"""An event of a page on its way through an app."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..engines.base import Payload
    from .pages import Page

Origin = tuple[str, int]
"""The loaded document an event was given to, as "page/document", and its number there."""


class Event:
    """What one task of an app handles.

    Attributes:
        page: whose event it is.
        number: of the event.
        message: what the page has sent.
        origin: the document it was given to first, and its number there; None: this one.
        document: names the loaded document that has sent it.
        earlier: it has begun in an earlier app, so it is not handled.
        begun: its handler has been called.

    """

    __slots__ = ("begun", "document", "earlier", "message", "number", "origin", "page")

    def __init__(
        self,
        page: Page,
        number: int,
        message: Payload,
        origin: Origin | None = None,
        document: str = "",
        earlier: bool = False,
        begun: bool = False,
    ) -> None:
        self.page = page
        self.number = number
        self.message = message
        self.origin = origin
        self.document = document
        self.earlier = earlier
        self.begun = begun

    @property
    def given(self) -> Origin:
        """The document it was given to by its user, and its number there."""
        name = f"{self.page.id}/{self.document}" if self.document else self.page.id
        return name, self.number
