"""The ways of pages to apps in processes: what comes is passed on, and so is what goes back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ..guis.poll_link import LOST, poll_answer
from ..guis.receiver import GONE, TRY_LATER, UNKNOWN, Farewell
from ..messages.later_body import LaterBody
from .host_session import FIELD, take, told
from .link import LinkLost, Value

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ..guis.services import Mount
    from ..interfaces import Channel, Receiver
    from ..stores.session import Session
    from .residents import Residents
    from .seat import Seat

_TIMEOUT: Final = 20.0  # seconds until an event is acknowledged; a page waits as long
_EARLY: Final = 1000  # messages of a page whose process is being looked for


class ServerLines:
    """A ``guis.hosting.Lines`` over processes. Any thread; nothing here waits.

    Args:
        residents: the processes.
        executor: looks for those that other web processes have started.
        hold: seconds after which a poll is answered.

    """

    def __init__(self, residents: Residents, executor: Executor, hold: float) -> None:
        self._residents = residents
        self._executor = executor
        self._hold = hold

    def receiver(
        self, mount: Mount, session: Session | None, page_id: str, seen: int, document: str = ""
    ) -> Receiver:
        if session is None:
            return Farewell()
        value = {"page": page_id, "seen": seen, "document": document}
        return _Line(partial(self._reach, session), value)

    def events(
        self,
        mount: Mount,
        session: Session | None,
        page_id: str,
        texts: list[str] | None,
        document: str = "",
    ) -> bytes | LaterBody:
        value = {"page": page_id, "texts": texts, "document": document}
        return self._ask(session, "events", value, _TIMEOUT)

    def connect(
        self,
        mount: Mount,
        session: Session | None,
        page_id: str,
        seen: int,
        address: str,
        document: str = "",
    ) -> bytes | LaterBody:
        value = {"page": page_id, "seen": seen, "address": address, "document": document}
        return self._ask(session, "connect", value, self._hold + _TIMEOUT)

    def poll(
        self, session: Session | None, page_id: str, name: str, number: int
    ) -> bytes | LaterBody:
        value = {"page": page_id, "name": name, "number": number}
        return self._ask(session, "poll", value, self._hold + _TIMEOUT)

    def _ask(
        self, session: Session | None, name: str, value: Value, timeout: float
    ) -> bytes | LaterBody:
        if session is None:
            return poll_answer([], GONE)
        theirs = told(session)
        if theirs is not None:
            value[FIELD] = theirs
        poll = _Poll(session, name, value, timeout)
        self._reach(session, poll.go)
        return poll.body

    def _reach(self, session: Session, go: Callable[[Seat | None], object]) -> None:
        """Call ``go`` with the process of a visitor, now or when it is found; None: he has none."""
        seat = self._residents.at(session.uid)
        if seat is not None or not self._residents.may_be_elsewhere:
            go(seat)
            return
        with suppress(RuntimeError):  # the server stops
            self._executor.submit(lambda: go(self._residents.seek(session)))


class _Line:
    """A ``Receiver``, and its conversation with the process."""

    def __init__(
        self, reach: Callable[[Callable[[Seat | None], object]], object], value: Value
    ) -> None:
        self._reach = reach
        self._value = value
        self._lock = threading.Lock()  # guards all that follows
        self._channel: Channel | None = None
        self._seat: Seat | None = None
        self._talk = 0
        self._early: list[str | bytes] = []  # came before the process was found
        self._over = False

    # -- the page ----------------------------------------------------------------------------------

    def opened(self, channel: Channel) -> None:
        self._channel = channel
        self._reach(self._go)

    def received(self, message: str | bytes) -> None:
        with self._lock:
            if self._seat is None:
                if len(self._early) < _EARLY:
                    self._early.append(message)
                return
        self._pass_on(message)

    def pinged(self) -> None:
        """Let the app say that the line is alive."""
        seat = self._seat
        if seat is not None and seat.usable:
            seat.link.give(self._talk, b"")

    def closed(self, code: int, reason: str) -> None:
        with self._lock:
            self._over = True
            seat = self._seat
        if seat is not None:
            with suppress(LinkLost):
                seat.link.end(self._talk, close=[code, reason])

    # -- the process -------------------------------------------------------------------------------

    def _go(self, seat: Seat | None) -> None:
        channel = self._channel
        assert channel is not None
        if seat is None:
            channel.close(*UNKNOWN)
            return
        value = {**self._value, "transport": channel.transport, "address": channel.address}
        with self._lock:
            if self._over:
                return
            self._seat = seat
            self._talk = seat.link.begin("line", value, self)
            early, self._early = self._early, []
            for message in early:  # before anything that comes meanwhile
                self._pass_on(message)

    def _pass_on(self, message: str | bytes) -> None:
        assert self._seat is not None
        link = self._seat.link
        if isinstance(message, str):
            link.say(self._talk, message)
        else:
            link.give(self._talk, message or b"?")  # which no page sends
        self._seat.life.watch()

    def said(self, text: str) -> None:
        assert self._channel is not None
        self._channel.send(text)

    def got(self, data: bytes) -> None:
        """Nothing comes."""

    def ended(self, value: Value | None) -> None:
        assert self._channel is not None
        self._channel.close(*_reason(self._seat, value))


class _Poll:
    """A request that is answered by the process."""

    def __init__(self, session: Session, name: str, value: Value, timeout: float) -> None:
        self._session = session
        self.body = LaterBody(timeout, lambda: poll_answer([], LOST), self._left)
        self._name = name
        self._value = value
        self._seat: Seat | None = None
        self._talk = 0

    def go(self, seat: Seat | None) -> None:
        """Ask the process; None: there is none."""
        if seat is None:
            self.body.deliver(poll_answer([], UNKNOWN))
            return
        self._seat = seat
        self._talk = seat.link.begin(self._name, self._value, self)
        if self._name == "events":
            seat.life.watch()

    def _left(self) -> None:
        if self._seat is not None:
            with suppress(LinkLost):
                self._seat.link.end(self._talk)

    def said(self, text: str) -> None:
        """Nothing is said."""

    def got(self, data: bytes) -> None:
        """Nothing comes."""

    def ended(self, value: Value | None) -> None:
        if value is not None and "body" in value:
            take(self._session, self._value.get(FIELD), value.get(FIELD))
            self.body.deliver(str(value["body"]).encode())
        else:
            self.body.deliver(poll_answer([], _reason(self._seat, value)))


def _reason(seat: Seat | None, value: dict[str, Any] | None) -> tuple[int, str]:
    """Why a connection of a page ends."""
    if value is None:
        assert seat is not None
        return seat.farewell
    if "close" in value:
        code, reason = value["close"]
        return int(code), str(reason)
    return TRY_LATER, "the app does not take it"
