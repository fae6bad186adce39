"""How pages reach their apps: by a receiver for what stays open, by polls, by posted events."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

# What takes the connections and the events of pages is imported when the first one comes: the page
# is out by then.

if TYPE_CHECKING:
    from ..deadline import Clock
    from ..interfaces import Receiver, Timer
    from ..messages.backlog import Backlog
    from ..messages.later_body import LaterBody
    from ..settings import Settings
    from ..stores.session import Session
    from .instance import GuiInstance
    from .pages import Page
    from .poll_link import PollLink
    from .services import Mount

TOO_LARGE = (1009, "the message is too large")

Found = tuple["GuiInstance", "Page"]
Find = Callable[["Mount", "Session | None", str], "Found | None"]


class PageLinks:
    """The ways of one server's pages to their apps. Any thread; nothing here waits.

    Every method takes the mount, the session of the request (None: it has none, or an expired one)
    and the id of the page as the request has it.

    Args:
        find: the instance and the page of these three.
        settings: limits and timeouts.
        timer: calls back when a page has stopped polling.
        clock: the monotonic clock.
        backlog: what waits for all slow clients of the server.

    """

    def __init__(
        self, find: Find, settings: Settings, timer: Timer, clock: Clock, backlog: Backlog
    ) -> None:
        self._find = find
        self._backlog = backlog
        self._timer = timer
        self._clock = clock
        self._settings = settings
        self._lock = threading.Lock()  # guards the table
        self._polled: dict[tuple[str, ...], PollLink] = {}  # by session, page id and name

    def __len__(self) -> int:
        """How many connections are made of polls."""
        return len(self._polled)

    def receiver(
        self, mount: Mount, session: Session | None, page_id: str, seen: int, document: str = ""
    ) -> Receiver:
        """Who takes a connection of a page; one that says goodbye when the page is unknown.

        Args:
            mount: see the class.
            session: see the class.
            page_id: see the class.
            seen: number of the last payload the page has applied.
            document: names the loaded document.

        """
        from .receiver import Farewell, PageReceiver

        found = self._find(mount, session, page_id)
        if found is None:
            return Farewell(known=session is not None)
        return PageReceiver(*found, seen, document)

    def events(
        self,
        mount: Mount,
        session: Session | None,
        page_id: str,
        texts: list[str] | None,
        document: str = "",
    ) -> bytes:
        """Take events that were posted; the answer, see ``poll_answer``.

        Args:
            mount: see the class.
            session: see the class.
            page_id: see the class.
            texts: the events; None: the body was not understood.
            document: names the loaded document.

        """
        from .poll_link import poll_answer
        from .receiver import Farewell, take_posted

        found = self._find(mount, session, page_id)
        if found is None:
            return poll_answer([], Farewell(known=session is not None).reason)
        instance, page = found
        messages = texts or [""]
        sizes = (len(text.encode("utf-8", "replace")) for text in messages)
        largest = self._settings.websocket_max_message
        refused = TOO_LARGE if max(sizes) > largest else None
        refused = refused or take_posted(instance, page, messages, document)
        if refused is not None:
            return poll_answer([], refused)
        return poll_answer([page.codec.answer(f'{{"ack":{page.last}}}')])

    def connect(
        self,
        mount: Mount,
        session: Session | None,
        page_id: str,
        seen: int,
        address: str,
        document: str = "",
    ) -> LaterBody:
        """The first poll of a new connection.

        Args:
            mount: see the class.
            session: see the class.
            page_id: see the class.
            seen: number of the last payload the page has applied.
            address: host of the client.
            document: names the loaded document.

        """
        from .poll_link import Limits, PollLink

        receiver = self.receiver(mount, session, page_id, seen, document)
        settings = self._settings
        limits = Limits(
            settings.websocket_ping_interval,
            settings.websocket_ping_timeout,
            settings.websocket_max_queue,
        )
        owner = "" if session is None else session.uid

        def forget(link: PollLink) -> None:
            with self._lock:
                self._polled.pop((owner, page_id, link.name), None)

        link = PollLink(receiver, address, limits, self._timer, self._clock, self._backlog, forget)
        with self._lock:
            self._polled[owner, page_id, link.name] = link
        return link.start()

    def poll(
        self, session: Session | None, page_id: str, name: str, number: int
    ) -> LaterBody | bytes:
        """The next poll of a connection; bytes: the connection is gone.

        Args:
            session: see the class.
            page_id: see the class.
            name: of the connection.
            number: of the poll.

        """
        from .poll_link import LOST, poll_answer

        with self._lock:
            link = self._polled.get(("" if session is None else session.uid, page_id, name))
        return poll_answer([], LOST) if link is None else link.poll(number)
