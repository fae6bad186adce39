"""Messages in another form on their way."""

from __future__ import annotations

from typing import Any

from quick_htag.guis.codec import PLAIN, coded
from quick_htag.guis.receiver import take_event


class Backwards:
    """A codec for tests."""

    def encode(self, text: str, send: Any) -> None:
        send(self.answer(text))

    def answer(self, text: str) -> str:
        return text[::-1]

    def decode(self, text: str) -> str:
        return text[::-1]


def test_the_plain_form_costs_nothing(channel: Any) -> None:
    """A channel without a codec is itself."""
    assert coded(channel, PLAIN) is channel


def test_texts_are_encoded_on_the_way_out(channel: Any) -> None:
    """Closes are not."""
    sent: list[str] = []
    channel.send = sent.append
    wrapped = coded(channel, Backwards())
    wrapped.send("abc")
    wrapped.close(4001, "gone")
    assert sent == ["cba"]
    assert channel.closed == (4001, "gone")
    assert (wrapped.transport, wrapped.address) == (channel.transport, channel.address)


def test_a_page_with_a_codec(world: Any, click: Any) -> None:
    """Its events are decoded, and what is none then is refused."""
    visitor = world.visit()
    [instance] = world.host._table.live()
    page = instance.pages.find(visitor.page["page"])
    page.codec = Backwards()
    assert take_event(instance, page, click(1)[::-1]) is None
    assert take_event(instance, page, click(2)) == (1008, "a message must be an event")
    visitor.channel.wait(lambda channel: channel.payloads())
