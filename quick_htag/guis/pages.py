"""The pages of one instance: which are connected, which events arrived, which are done."""

from __future__ import annotations

import enum
import secrets
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..outbox import send_soon
from .codec import PLAIN

if TYPE_CHECKING:
    from ..deadline import Clock
    from ..interfaces import Channel
    from ..outbox import Outbox
    from .codec import Codec

PAGE_LIMIT = 64  # pages of one instance; the oldest unconnected one makes room
_DONE_KEPT = 1000  # finished events told again after a reconnect; a page has no more unfinished
_ID_BYTES = 24

REPLACED = (1000, "the page has a newer connection")
CROWDED = (4001, "too many pages of this app are open")
TAKEN = (4004, "another copy of the page is in use")  # it loads itself anew

_COPIES = 16  # documents that may be one page, one after the other


def _nothing() -> None:
    """Nobody is interested."""


class Verdict(enum.Enum):
    """What to do with an event."""

    NEW = enum.auto()
    REPEATED = enum.auto()
    BROKEN = enum.auto()
    CROWDED = enum.auto()
    HURRIED = enum.auto()
    STALE = enum.auto()
    FOREIGN = enum.auto()


class Page:
    """One page load; its fields belong to the table it is in.

    Attributes:
        id: names the page, and is the token it connects with.
        channel: its connection; None: not connected.
        ready: payloads reach the channel; False while a redraw is on its way.
        last: number of the last event received.
        documents: names of the loaded documents that were this page, the current one last. There
            are several when a browser shows a copy of what it had loaded, as of a restored tab.
        done: what the page was told of the last events handled.
        budget: events it may still send at once, as of the time ``counted``.
        codec: the form of its messages.
        posted: stands for the events it has posted last; None: it has posted none. Guarded by
            ``intake``.
        intake: held while an event is judged and handed on, so that two transports of the page
            keep the order; not the table's.

    """

    __slots__ = (
        "budget",
        "channel",
        "codec",
        "counted",
        "documents",
        "done",
        "id",
        "intake",
        "last",
        "posted",
        "ready",
    )

    def __init__(self) -> None:
        self.id = secrets.token_urlsafe(_ID_BYTES)
        self.channel: Channel | None = None
        self.ready = False
        self.last = 0
        self.budget = float("inf")  # cut down to the limit when the first event is counted
        self.counted = 0.0
        self.documents: list[str] = []
        self.done: deque[str] = deque(maxlen=_DONE_KEPT)
        self.codec: Codec = PLAIN
        self.posted: int | None = None
        self.intake = threading.Lock()


class PageTable:
    """The pages of one instance. Any thread.

    Args:
        outbox: where channels are attached; its lock is taken inside ours.
        max_pending: events that may wait for their turn.
        clock: the monotonic clock.
        changed: told when a page has connected, or has lost its connection; under our lock, so
            it must neither wait nor call back.
        max_rate: events a second of one page, on average; 0: no limit.

    """

    def __init__(
        self,
        outbox: Outbox,
        max_pending: int,
        clock: Clock,
        changed: Callable[[], object] = _nothing,
        max_rate: float = 0.0,
    ) -> None:
        self._outbox = outbox
        self._max_pending = max_pending
        self._clock = clock
        self._changed = changed
        self._max_rate = max_rate
        # guards everything below and the fields of every page; under it, the outbox and the
        # channels are called, which never call back
        self._lock = threading.Lock()
        self._pages: dict[str, Page] = {}  # the oldest first
        self._closing: tuple[int, str] | None = None
        self.pending = 0  # events received and not finished
        self._latest: Page | None = None  # whose event was the last one
        self.connected = 0  # pages with a connection
        self.ever_connected = False
        self.last_active = clock()  # monotonic time of the last sign of life, in seconds
        self.last_event = self.last_active  # ... and of the last event or page load

    def __len__(self) -> int:
        return len(self._pages)

    def add(self) -> Page | None:
        """A new page; None when the instance has ended."""
        with self._lock:
            if self._closing is not None:
                return None
            if len(self._pages) >= PAGE_LIMIT:
                self._make_room()
            page = Page()
            self._pages[page.id] = page
            self.last_active = self.last_event = self._clock()
            return page

    def find(self, page_id: str) -> Page | None:
        """The page with this id."""
        with self._lock:
            return self._pages.get(page_id)

    def is_connected(self, page_id: str | None) -> bool:
        """Whether the page with this id is connected."""
        with self._lock:
            page = None if page_id is None else self._pages.get(page_id)
            return page is not None and page.channel is not None

    def latest(self) -> str | None:
        """Id of the page that was used last; without any event, of the one loaded last."""
        with self._lock:
            if self._latest is not None and self._latest.id in self._pages:
                return self._latest.id
            connected = [one.id for one in self._pages.values() if one.channel is not None]
            return next(iter(connected[-1:] or list(self._pages)[-1:]), None)

    def connect(self, page: Page, channel: Channel, seen: int, document: str = "") -> bool:
        """A page has (re)connected: greet it and replay what it missed.

        Args:
            page: the page.
            channel: its new connection, which replaces the one before.
            seen: number of the last payload it has applied.
            document: names the loaded document that connects.

        Returns:
            False when the page must be redrawn, see ``redraw``. When the instance has ended, the
            page made room for another, or another copy of it is in use, the channel is closed.

        """
        with self._lock:
            if self._closing is not None:
                channel.close(*self._closing)
                return True
            if self._pages.get(page.id) is not page:
                channel.close(*CROWDED)
                return True
            if not _may_be(page, document):
                channel.close(*TAKEN)
                return True
            if page.channel is None:
                self.connected += 1
                self._changed()
            else:
                self._outbox.detach(page.channel)
                page.channel.close(*REPLACED)
            self.ever_connected = True
            self.last_active = self._clock()
            page.channel = channel
            channel.send(f'{{"hello":{page.last}}}')
            page.ready = self._outbox.attach(channel, seen, page.id)
            if page.ready:
                _repeat_done(page, channel)
            return page.ready

    def redraw(self, page: Page, channel: Channel, render: Callable[[], str]) -> None:
        """Send a page everything anew. On the session's thread, where nothing changes meanwhile.

        Args:
            page: the page.
            channel: the connection that asked; nothing happens when it is gone.
            render: gives the payload.

        """
        if page.channel is not channel:
            return
        payload = render()  # may send payloads itself, so our lock is not held
        with self._lock:
            if page.channel is channel and self._outbox.send_full(channel, payload, page.id):
                page.ready = True
                _repeat_done(page, channel)

    def disconnect(self, page: Page, channel: Channel) -> bool:
        """A connection is gone; True when it was the current one of its page."""
        with self._lock:
            self._outbox.detach(channel)
            if page.channel is not channel:
                return False
            self._release(page)
            self.last_active = self._clock()
            return True

    def accept(
        self, page: Page, channel: Channel | None, number: int, document: str = ""
    ) -> Verdict:
        """Judge an event, acknowledge it, and count it as pending when it is new.

        Args:
            page: the page.
            channel: the connection it came on; None: it was posted.
            number: of the event.
            document: names the loaded document that has posted it.

        """
        with self._lock:
            if channel is None and not _is(page, document):
                return Verdict.FOREIGN
            if channel is not None and page.channel is not channel:
                return Verdict.STALE  # it comes again on the newer connection
            if number > page.last + 1:
                return Verdict.BROKEN
            if number == page.last + 1:
                if self.pending >= self._max_pending:
                    return Verdict.CROWDED
                if self._max_rate and not self._may_spend(page):
                    return Verdict.HURRIED
                self.pending += 1
                page.last = number
                self._latest = page
                self.last_event = self._clock()
                verdict = Verdict.NEW
            else:
                verdict = Verdict.REPEATED
            if page.channel is not None:
                # nearly always the event is done in a moment, and both are one packet
                send_soon(page.channel, f'{{"ack":{page.last}}}')
            self.last_active = self._clock()
            return verdict

    def finished(self, page: Page, number: int, *, earlier: bool = False) -> None:
        """An event has been handled; ``earlier``: not here, for an earlier app had begun it."""
        note = ',"earlier":true' if earlier else ""
        message = f'{{"done":{number}{note}}}'
        with self._lock:
            self.pending -= 1
            page.done.append(message)
            if page.channel is not None and page.ready:
                page.channel.send(message)

    def addresses(self) -> list[str]:
        """Hosts of the connected pages."""
        with self._lock:
            return [page.channel.address for page in self._pages.values() if page.channel]

    def transport(self) -> str:
        """How the pages are connected, or "-"."""
        with self._lock:
            names = {page.channel.transport for page in self._pages.values() if page.channel}
            return "/".join(sorted(names)) or "-"

    def close(self, code: int, reason: str) -> bool:
        """Close every connection and take no more pages; False when that was done before."""
        with self._lock:
            if self._closing is not None:
                return False
            self._closing = (code, reason)
            self._outbox.close(code, reason)
            for page in self._pages.values():
                if page.channel is not None:
                    page.channel.close(code, reason)  # also those that wait for a redraw
                    self._release(page)
            self._pages.clear()
            return True

    # -- the lock is held --------------------------------------------------------------------------

    def _may_spend(self, page: Page) -> bool:
        """Whether the rate of events allows another one: a bucket that fills up with time.

        It holds as many as may wait, because a page that was away sends all it has at once.
        """
        now, size = self._clock(), max(self._max_pending, self._max_rate)
        left = min(size, page.budget + (now - page.counted) * self._max_rate)
        page.counted = now
        page.budget = left - 1.0 if left >= 1.0 else left
        return left >= 1.0

    def _release(self, page: Page) -> None:
        page.channel = None
        page.ready = False
        self.connected -= 1
        self._changed()

    def _make_room(self) -> None:
        victim = next((page for page in self._pages.values() if page.channel is None), None)
        if victim is None:
            victim = next(iter(self._pages.values()))
            assert victim.channel is not None
            self._outbox.detach(victim.channel)
            victim.channel.close(*CROWDED)
            self._release(victim)
        del self._pages[victim.id]


def _is(page: Page, document: str) -> bool:
    """Whether a document is the page at present; the lock is held."""
    return not page.documents or page.documents[-1] == document


def _may_be(page: Page, document: str) -> bool:
    """Whether a document is the page from now on; the lock is held.

    A copy takes its place when the line of the other has ended. That one would not know the events
    of the copy, so it loads itself anew when it is back.
    """
    if page.documents and _is(page, document):
        return True
    if page.channel is not None or document in page.documents or len(page.documents) >= _COPIES:
        return False
    page.documents.append(document)
    return True


def _repeat_done(page: Page, channel: Channel) -> None:
    """Tell again which events are done: the message may have been lost with the connection."""
    for message in page.done:
        channel.send(message)
