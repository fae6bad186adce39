"""The seam between what answers requests and where the instances of an app live.

``GuiHost`` keeps them on threads of this process; a host whose instances are in processes of their
own does the same by asking those. Handlers and adapters know nothing but what is in this file.
Everything may be called on any thread, and nothing but ``open_page`` waits for an app.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ..interfaces import Receiver
    from ..messages.later_body import LaterBody
    from ..messages.request import Request
    from ..messages.response import HTTPResponse
    from ..messages.upload import Upload
    from ..stores.session import Session
    from .services import Mount


class Lines(Protocol):
    """How pages and their instances tell each other something.

    ``session`` is that of the request; None: it has none, or an expired one. Whoever has no such
    page gets an answer that says so, as the transport tells a close.
    """

    def receiver(
        self, mount: Mount, session: Session | None, page_id: str, seen: int, document: str = ""
    ) -> Receiver:
        """Subscribe to pushes: takes a connection of a page, and the events that come on it.

        Args:
            mount: where the app is bound.
            session: see the class.
            page_id: of the page, which is its token.
            seen: number of the last payload the page has applied.
            document: names the loaded document.

        """

    def events(
        self,
        mount: Mount,
        session: Session | None,
        page_id: str,
        texts: list[str] | None,
        document: str = "",
    ) -> bytes | LaterBody:
        """Take events that were posted; ``texts`` None: they were not understood."""

    def connect(
        self,
        mount: Mount,
        session: Session | None,
        page_id: str,
        seen: int,
        address: str,
        document: str = "",
    ) -> bytes | LaterBody:
        """Open a connection made of polls; the answer to the first of them."""

    def poll(
        self, session: Session | None, page_id: str, name: str, number: int
    ) -> bytes | LaterBody:
        """The next poll of the connection ``name``."""


class Taker(Protocol):
    """What takes the files of a page; see ``desk.Field``."""

    max_size: int | None
    """Bytes of the largest file; None: what the server takes."""

    def take(self, upload: Upload, page: str) -> bool:
        """A file has arrived from a page; False: the app has ended."""


class Offered(Protocol):
    """Something an app has offered to save; see ``attachment.Attachment``."""

    def answer(self, request: Request) -> HTTPResponse:
        """The answer to a GET, see ``attachment.Attachment``."""


class Offers(Protocol):
    """What apps have offered to save."""

    def take(self, owner: str | None, token: str, *, continues: bool) -> Offered | None:
        """What to send; None: there is nothing for this session, or not any more."""

    def peek(self, owner: str | None, token: str) -> Offered | None:
        """What would be sent; it stays on offer."""


class Hosting(Protocol):
    """Where the instances of an app live."""

    max_message: int
    """Bytes of the largest message of a page."""

    @property
    def links(self) -> Lines:
        """The ways of pages to their instances."""

    @property
    def downloads(self) -> Offers:
        """What is offered to save."""

    @property
    def closing(self) -> bool:
        """Whether the server stops: no app is built any more."""

    def open_page(self, mount: Mount, request: Request, session: Session) -> str:
        """The document for a page request; blocks until the app has rendered it.

        Raises:
            AppFailed: the app raised.
            NoCapacity: a limit is reached.
            HTTPError: 503 when the app takes too long, or the server stops.

        """

    def field(self, mount: Mount, session: Session | None, page_id: str, key: str) -> Taker | None:
        """What takes the files of a page, by its name; None: there is none."""

    def reset(self, mount: Mount, session: Session | None) -> bool:
        """End what a session has of an app, so that its next page starts anew."""
