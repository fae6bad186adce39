"""What a page sends, on whatever transport, checked before anything is done with it."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ..errors import SealBroken
from .codec import coded
from .pages import TAKEN, Page, Verdict

if TYPE_CHECKING:
    from ..interfaces import Channel
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


_KEYS: Final = ({"n", "p"}, {"n", "p", "of"})
_LONGEST_ID: Final = 64  # characters of the id of a page


class Event(NamedTuple):
    """What a page sends.

    Attributes:
        number: of the event; consecutive, from 1.
        payload: for the app.
        origin: the page whose user has done it, and its number there, if this page has taken the
            place of that one; None: it is its own.

    """

    number: int
    payload: dict[str, Any]
    origin: tuple[str, int] | None = None


def decode(message: str | bytes) -> Event | None:
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


def _decode_spaced(message: str) -> Event | None:
    """The event in a message that does not begin with it."""
    try:
        return _event(_DECODER.decode(message))
    except (ValueError, RecursionError):
        return None


def _event(value: Any) -> Event | None:
    if not isinstance(value, dict) or value.keys() not in _KEYS:
        return None
    number, payload = value["n"], value["p"]
    if not _is_number(number) or not isinstance(payload, dict):
        return None
    if "of" not in value:
        return Event(number, payload)
    origin = value["of"]
    if not isinstance(origin, list) or len(origin) != 2:
        return None
    page_id, its_number = origin
    if not isinstance(page_id, str) or len(page_id) > _LONGEST_ID or not _is_number(its_number):
        return None
    return Event(number, payload, (page_id, its_number))


def _is_number(value: object) -> bool:
    return type(value) is int and value >= 1


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
        return _take(instance, page, message, channel, document)


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
            refusal = _take(instance, page, message, None, document)
            if refusal is not None:
                return refusal
        page.posted = posted
        return None


def _take(
    instance: GuiInstance,
    page: Page,
    message: str | bytes,
    channel: Channel | None,
    document: str,
) -> Refusal | None:
    if channel is not None and page.channel is not channel:
        return None  # it comes again on the newer connection, maybe it has come already
    event = None
    if isinstance(message, str):
        try:
            event = decode(page.codec.decode(message))
        except SealBroken as error:
            instance.warn(f"a message of its page was refused: {error}")
            return BAD_MESSAGE, "a message must be sealed"
    if event is None:
        return BAD_MESSAGE, "a message must be an event"
    verdict = instance.pages.accept(page, channel, event.number, document)
    if verdict is Verdict.NEW:
        instance.take_event(page, *event, document)
    return _REFUSALS.get(verdict)


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
            instance.app.desk.connected(self._page.id)
        else:
            instance.post(partial(instance.app.redraw, self._page, channel))
        instance.post(instance.app.connected)

    def received(self, message: str | bytes) -> None:
        channel = self._channel
        if channel is None or self._refused:
            return
        refusal = take_event(self._instance, self._page, message, channel, self._document)
        if refusal is not None:
            self._refused = True
            channel.close(*refusal)

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
