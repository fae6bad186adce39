"""The pages of one instance: which are connected, which events arrived, which are done."""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..names import secret_name
from ..outbox import promise, settle
from .codec import PLAIN

if TYPE_CHECKING:
    from ..deadline import Clock
    from ..interfaces import Channel
    from ..outbox import Outbox
    from .codec import Codec

PAGE_LIMIT = 64  # pages of one instance; the oldest unconnected one makes room
_DONE_KEPT = 1000  # finished events told again after a reconnect, or some more; a page has no
# more unfinished

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
        done: numbers of the last events handled; below zero: an earlier app had begun them.
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
        self.id = secret_name()
        self.channel: Channel | None = None
        self.ready = False
        self.last = 0
        self.budget = float("inf")  # cut down to the limit when the first event is counted
        self.counted = 0.0
        self.documents: tuple[str, ...] = ()
        self.done: list[int] | tuple[()] = ()
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

    def addressee(self, page_id: str | None) -> str | None:
        """Id of the page to be told what this one has caused.

        Another one than itself when it is not connected, and one that was loaded after it is: it
        was loaded again.

        Args:
            page_id: None: no page has caused it. Then it is the page that was used last, without
                any event that was loaded last, of those that are connected if any is.

        """
        with self._lock:
            used = None if self._latest is None else self._latest.id
            page = self._pages.get(page_id or used or "")
            if page is not None and page.channel is not None:
                return page.id
            for one in reversed(self._pages.values()):
                if one is page and page_id is not None:
                    break  # those before it are other tabs
                if one.channel is not None:
                    return one.id
            last = page.id if page is not None else next(reversed(self._pages), None)
            return page_id or last

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
        self,
        page: Page,
        channel: Channel | None,
        number: int,
        document: str = "",
        *,
        begins: bool = False,
    ) -> Verdict:
        """Judge an event, acknowledge it, and count it as pending when it is new.

        Args:
            page: the page.
            channel: the connection it came on; None: it was posted.
            number: of the event.
            document: names the loaded document that has posted it.
            begins: a new one begins now, and is acknowledged by who begins it if it does not end
                at once, which says more.

        """
        with self._lock:
            if channel is None:
                if not _is(page, document):
                    return Verdict.FOREIGN
            elif page.channel is not channel:
                return Verdict.STALE  # it comes again on the newer connection
            now, expected = self._clock(), page.last + 1
            if number > expected:
                return Verdict.BROKEN
            verdict = Verdict.REPEATED
            if number == expected:
                if self.pending >= self._max_pending:
                    return Verdict.CROWDED
                if self._max_rate and not self._may_spend(page, now):
                    return Verdict.HURRIED
                self.pending += 1
                page.last = number
                self._latest = page
                self.last_event = now
                verdict = Verdict.NEW
            self.last_active = now
            if not begins or verdict is not Verdict.NEW:
                self._acknowledge(page)
            return verdict

    def acknowledge(self, page: Page) -> None:
        """Tell a page which of its events have arrived."""
        with self._lock:
            self._acknowledge(page)

    def finished(self, page: Page, number: int, *, earlier: bool = False) -> None:
        """An event has been handled; ``earlier``: not here, for an earlier app had begun it."""
        told = -number if earlier else number
        with self._lock:
            self.pending -= 1
            done = page.done = page.done or []
            done.append(told)
            if len(done) > 2 * _DONE_KEPT:
                del done[:_DONE_KEPT]
            if page.channel is None or not page.ready:
                return
            if number == page.last:
                settle(page.channel, _done(told))
            else:
                page.channel.send(_done(told))

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

    def _acknowledge(self, page: Page) -> None:
        if page.channel is not None:  # mostly it is done in a moment, which says more
            promise(page.channel, f'{{"ack":{page.last}}}')

    def _may_spend(self, page: Page, now: float) -> bool:
        """Whether the rate of events allows another one: a bucket that fills up with time.

        It holds as many as may wait, because a page that was away sends all it has at once.
        """
        size = max(self._max_pending, self._max_rate)
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
    page.documents = (*page.documents, document)
    return True


def _repeat_done(page: Page, channel: Channel) -> None:
    """Tell again which events are done: the message may have been lost with the connection."""
    for number in page.done:
        channel.send(_done(number))


def _done(number: int) -> str:
    """What a page is told of an event that was handled."""
    return f'{{"done":{number}}}' if number > 0 else f'{{"done":{-number},"earlier":true}}'
