"""What a page sends, on whatever transport, checked before anything is done with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ..errors import SealBroken
from .codec import PLAIN, coded
from .pages import TAKEN, Page, Verdict

if TYPE_CHECKING:
    from ..interfaces import Channel
    from .event import Event
    from .instance import GuiInstance

Refusal = tuple[int, str]
"""Close code and reason."""

BAD_MESSAGE = 1008
TRY_LATER = 1013  # RFC 6455's registry of close codes
GONE = (4001, "the session has ended")
UNKNOWN = (4004, "the page must be loaded again")  # its session lives, its app is another one

_REFUSALS = {
    Verdict.BROKEN: (BAD_MESSAGE, "an event is missing"),
    # not the end: the page connects again a little later, and sends what was not taken again
    Verdict.CROWDED: (TRY_LATER, "too many events are waiting"),
    Verdict.HURRIED: (TRY_LATER, "too many events a second"),
    Verdict.FOREIGN: TAKEN,
}


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


_DECODER: Final[Any] = json.JSONDecoder(parse_constant=_no_constant)
_SCAN: Final = _DECODER.scan_once


_LONGEST_ID: Final = 64  # characters of the id of a page


Taken = tuple[int, dict[str, Any], "tuple[str, int] | None"]
"""What a page sends: the number of the event, which are consecutive from 1; a payload for the app;
the page whose user has done it, and its number there, if this page has taken the place of that one,
else None."""


def decode(message: str | bytes) -> Taken | None:
    """The event in a message; None when the message is not of that form."""
    if not isinstance(message, str):
        return None
    try:
        value, end = _SCAN(message, 0)  # without a look for spaces around it: 2 us
        if end != len(message):
            value = _DECODER.decode(message)
    except StopIteration:  # no value begins there
        return _decode_spaced(message)
    except (ValueError, RecursionError):  # no JSON, or nested beyond measure
        return None
    return _event(value)


def _decode_spaced(message: str) -> Taken | None:
    """The event in a message that does not begin with it."""
    try:
        return _event(_DECODER.decode(message))
    except (ValueError, RecursionError):
        return None


def _event(value: Any) -> Taken | None:
    if type(value) is not dict or "n" not in value or "p" not in value:
        return None
    number, payload = value["n"], value["p"]
    if type(number) is not int or number < 1 or type(payload) is not dict:
        return None
    return (number, payload, None) if len(value) == 2 else _with_origin(number, payload, value)


def _with_origin(number: int, payload: dict[str, Any], value: dict[str, Any]) -> Taken | None:
    origin = value.get("of")
    if type(origin) is not list or len(origin) != 2 or len(value) != 3:
        return None
    page_id, its_number = origin
    if type(page_id) is not str or len(page_id) > _LONGEST_ID:
        return None
    if type(its_number) is not int or its_number < 1:
        return None
    return number, payload, (page_id, its_number)


def take_event(
    instance: GuiInstance,
    page: Page,
    message: str | bytes,
    channel: Channel | None = None,
    document: str = "",
) -> Refusal | None:
    """Judge a message of a page, and hand it to the app if it is a new event. Any thread.

    Args:
        instance: the app of the page.
        page: the page.
        message: as it came.
        channel: the connection it came on; None: it came on none, it was posted.
        document: names the loaded document that has sent it.

    Returns:
        close code and reason when the page is refused; None when it is not.

    """
    with page.intake:  # events of two transports must not overtake each other
        refusal, event = _take(instance, page, message, channel, document)
    if event is not None and not instance.begin(event):
        instance.pages.acknowledge(page)
    return refusal


def take_posted(
    instance: GuiInstance, page: Page, messages: list[str], document: str = ""
) -> Refusal | None:
    """The same for events that were posted together. Any thread.

    A browser that finds its connection broken may send a request again by itself (RFC 9110,
    section 9.2.2). The repeat has nothing new, and sealed messages are not taken twice.

    Args:
        instance: the app of the page.
        page: the page.
        messages: as they came.
        document: names the loaded document that has sent them.

    """
    posted = hash(tuple(messages))
    with page.intake:
        if posted == page.posted:
            return None
        for message in messages:
            refusal, event = _take(instance, page, message, None, document)
            if refusal is not None:
                return refusal
            if event is not None:  # the session thread has posted it
                instance.pages.acknowledge(page)
                instance.post(partial(instance.begin, event))
        page.posted = posted
        return None


def _take(
    instance: GuiInstance,
    page: Page,
    message: str | bytes,
    channel: Channel | None,
    document: str,
) -> tuple[Refusal | None, Event | None]:
    """Why the page is refused, and what is to be begun, see ``GuiInstance.take_event``."""
    if channel is not None and page.channel is not channel:
        return None, None  # it comes again on the newer connection, maybe it has come already
    event = None
    if isinstance(message, str):
        try:
            plain = message if page.codec is PLAIN else page.codec.decode(message)
        except SealBroken as error:
            instance.warn(f"a message of its page was refused: {error}")
            return (BAD_MESSAGE, "a message must be sealed"), None
        event = decode(plain)
    if event is None:
        return (BAD_MESSAGE, "a message must be an event"), None
    number, payload, origin = event
    begins = instance.is_free()
    verdict = instance.pages.accept(page, channel, number, document, begins=begins)
    if verdict is not Verdict.NEW:
        return _REFUSALS.get(verdict), None
    return None, instance.take_event(page, number, payload, origin, document, begins=begins)


def _nothing() -> None:
    """There is nothing to be called."""


class PageReceiver:
    """A ``Receiver``: one connection of one page. Never blocks.

    Args:
        instance: the app of the page.
        page: the page.
        seen: number of the last payload it has applied.
        document: names the loaded document.

    Attributes:
        home: see ``Receiver``.

    """

    def __init__(self, instance: GuiInstance, page: Page, seen: int, document: str = "") -> None:
        self._instance = instance
        self._page = page
        self._seen = seen
        self._document = document
        self._channel: Channel | None = None
        self._refused = False
        self._alive = f'{{"alive":{instance.ping_interval}}}'
        self.home = instance.home

    def opened(self, channel: Channel) -> None:
        self._channel = channel = coded(channel, self._page.codec)
        instance = self._instance
        if instance.pages.connect(self._page, channel, self._seen, self._document):
            instance.app.page_connected(self._page.id)
        else:
            instance.post(partial(instance.app.redraw, self._page, channel))
        instance.post(instance.app.connected)

    def received(self, message: str | bytes) -> None:
        event = self._judged(message)
        if event is not None and not self._instance.begin(event):
            self._instance.pages.acknowledge(self._page)

    def take(self, message: str) -> Callable[[], object]:
        """Take a message; what is to be called then. Any thread, one at a time."""
        event = self._judged(message)
        if event is None:
            return _nothing
        self._instance.pages.acknowledge(self._page)  # others see to it while the app is busy
        return partial(self._instance.begin, event)

    def _judged(self, message: str | bytes) -> Event | None:
        channel = self._channel
        if channel is None or self._refused:
            return None
        with self._page.intake:
            refusal, event = _take(self._instance, self._page, message, channel, self._document)
        if refusal is not None:
            self._refused = True
            channel.close(*refusal)
        return event

    def pinged(self) -> None:
        """Say that the line is alive: scripts neither see a ping nor that it does not come."""
        if self._channel is not None:
            self._channel.send(self._alive)

    def closed(self, code: int, reason: str) -> None:
        if self._channel is not None:
            self._instance.page_disconnected(self._page, self._channel)


class Farewell:
    """A ``Receiver`` for a page whose session or instance is gone: says so and closes.

    Args:
        known: the session lives; so the page can be had again, from another instance.

    """

    def __init__(self, *, known: bool = False) -> None:
        self.reason = UNKNOWN if known else GONE

    def opened(self, channel: Channel) -> None:
        channel.close(*self.reason)

    def received(self, message: str | bytes) -> None:
        """What such a page says is not heard."""

    def closed(self, code: int, reason: str) -> None:
        """Nothing was held."""
