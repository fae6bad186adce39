"""What a page sends on its websocket, checked before anything is done with it."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from .pages import Page, Verdict

if TYPE_CHECKING:
    from ..interfaces import Channel
    from .instance import GuiInstance

BAD_MESSAGE = 1008
GONE = (4001, "the session has ended")


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def decode(message: str | bytes) -> tuple[int, dict[str, Any]] | None:
    """The number and payload of an event; None when the message is not of that form."""
    if not isinstance(message, str):
        return None
    try:
        value = _DECODER.decode(message)
    except (ValueError, RecursionError):  # no JSON, or nested beyond measure
        return None
    if not isinstance(value, dict) or value.keys() != {"n", "p"}:
        return None
    number, payload = value["n"], value["p"]
    if type(number) is not int or number < 1 or not isinstance(payload, dict):
        return None
    return number, payload


class PageReceiver:
    """A ``Receiver``: one connection of one page. On the sidecar thread, never blocks.

    Args:
        instance: the app of the page.
        page: the page.
        seen: number of the last payload it has applied.

    """

    def __init__(self, instance: GuiInstance, page: Page, seen: int) -> None:
        self._instance = instance
        self._page = page
        self._seen = seen
        self._channel: Channel | None = None
        self._refused = False

    def opened(self, channel: Channel) -> None:
        self._channel = channel
        instance = self._instance
        if not instance.pages.connect(self._page, channel, self._seen):
            instance.post(partial(instance.redraw, self._page, channel))
        instance.post(instance.page_connected)

    def received(self, message: str | bytes) -> None:
        channel = self._channel
        if channel is None or self._refused:
            return
        event = decode(message)
        if event is None:
            self._refuse("a message must be an event")
            return
        number, payload = event
        verdict = self._instance.pages.accept(self._page, channel, number)
        if verdict is Verdict.NEW:
            self._instance.take_event(self._page, number, payload)
        elif verdict is Verdict.BROKEN:
            self._refuse("an event is missing")
        elif verdict is Verdict.CROWDED:
            self._refuse("too many events are waiting")

    def closed(self, code: int, reason: str) -> None:
        if self._channel is not None:
            self._instance.page_disconnected(self._page, self._channel)

    def _refuse(self, reason: str) -> None:
        assert self._channel is not None
        self._refused = True
        self._channel.close(BAD_MESSAGE, reason)


class Farewell:
    """A ``Receiver`` for a page whose session or instance is gone: says so and closes."""

    def opened(self, channel: Channel) -> None:
        channel.close(*GONE)

    def received(self, message: str | bytes) -> None:
        """What such a page says is not heard."""

    def closed(self, code: int, reason: str) -> None:
        """Nothing was held."""
