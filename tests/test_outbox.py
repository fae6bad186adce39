"""Numbered payloads and their replay."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from quick_htag.outbox import Outbox
from quick_htag.settings import Settings


class Channel:
    """Keeps what it is sent."""

    transport = "websocket"
    address = ""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.closed: tuple[int, str] | None = None

    def send(self, text: str) -> None:
        self.sent.append(json.loads(text))

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)

    def numbers(self) -> list[int]:
        return [message["n"] for message in self.sent]


def _filled(count: int, **settings: Any) -> Outbox:
    outbox = Outbox(Settings(**settings))
    for number in range(1, count + 1):
        assert outbox.send(f'{{"value":{number}}}') == number
    return outbox


@pytest.mark.parametrize("seen", range(6))
def test_replay_after_a_cut_at_every_point(seen: int) -> None:
    """A page gets what follows the last payload it has seen, once, then what is new."""
    outbox, channel = _filled(5), Channel()
    assert outbox.attach(channel, seen)
    outbox.send("{}")
    assert channel.numbers() == list(range(seen + 1, 7))


def test_a_payload_keeps_its_number_and_content() -> None:
    """A replayed payload is what was sent."""
    outbox, channel = _filled(2), Channel()
    outbox.attach(channel, 1)
    assert channel.sent == [{"n": 2, "p": {"value": 2}}]


@pytest.mark.parametrize("seen", [0, 1, 6, 99, -1])
def test_too_old_or_from_the_future_needs_a_redraw(seen: int) -> None:
    """When the ring does not reach back, or the number is unknown, nothing is replayed."""
    outbox, channel = _filled(5, replay_messages=3), Channel()
    assert not outbox.attach(channel, seen)
    outbox.send("{}")
    assert channel.sent == []


def test_the_ring_is_bounded_by_bytes() -> None:
    """Large payloads push old ones out; one beyond the limit is not kept at all."""
    outbox = _filled(3, replay_bytes=100)
    outbox.send('{"text":"' + "ü" * 30 + '"}')
    assert not outbox.attach(Channel(), 2)
    assert outbox.attach(Channel(), 3)
    outbox.send('{"text":"' + "x" * 100 + '"}')
    assert not outbox.attach(Channel(), 4)
    assert outbox.attach(Channel(), 5)


def test_a_redraw_attaches_at_the_current_number() -> None:
    """After the full payload come the next ones."""
    outbox, channel = _filled(5, replay_messages=3), Channel()
    assert outbox.send_full(channel, '{"all":1}') == 5
    outbox.send("{}")
    assert channel.sent == [{"n": 5, "p": {"all": 1}, "full": True}, {"n": 6, "p": {}}]


def test_every_attached_channel_gets_everything() -> None:
    """Two pages are mirrored; a detached one is not."""
    outbox, first, second = _filled(0), Channel(), Channel()
    outbox.attach(first, 0)
    outbox.attach(second, 0)
    outbox.send("{}")
    outbox.detach(first)
    outbox.send("{}")
    assert (first.numbers(), second.numbers()) == ([1], [1, 2])


def test_numbers_stay_in_order_with_many_threads() -> None:
    """Whatever threads send, a channel sees consecutive numbers."""
    outbox, channel = _filled(0), Channel()
    outbox.attach(channel, 0)
    threads = [
        threading.Thread(target=lambda: [outbox.send("{}") for _ in range(200)]) for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert channel.numbers() == list(range(1, 1001))


def test_a_closed_outbox_takes_nothing() -> None:
    """Closing closes the channels, and those that come later; sending gives 0."""
    outbox, channel, late = _filled(1), Channel(), Channel()
    outbox.attach(channel, 1)
    outbox.close(4001, "gone")
    outbox.close(1000, "again")
    assert outbox.send("{}") == 0
    assert outbox.attach(late, 0)
    assert outbox.send_full(late, "{}") == 0
    assert channel.closed == late.closed == (4001, "gone")
    assert channel.sent == late.sent == []


def test_owners_get_their_own_payload() -> None:
    """Under the same number, at once and in a replay."""
    outbox, mine, other = Outbox(Settings()), Channel(), Channel()
    outbox.attach(mine, 0, "me")
    outbox.attach(other, 0, "you")
    outbox.send('{"for":"all"}', {"me": '{"for":"me"}'})
    late = Channel()
    outbox.attach(late, 0, "me")
    assert [channel.sent for channel in (mine, other, late)] == [
        [{"n": 1, "p": {"for": "me"}}],
        [{"n": 1, "p": {"for": "all"}}],
        [{"n": 1, "p": {"for": "me"}}],
    ]


@pytest.mark.parametrize("payload", ['{"for":"all"}', '{"for":"ü"}', "{}", "[]", ""])
@pytest.mark.parametrize("own", [["me"], ["me", "you"], [""], []])
@pytest.mark.parametrize("goes_on", [True, False])
def test_a_replay_says_what_was_sent(payload: str, own: list[str], goes_on: bool) -> None:
    """To every owner, whether his own payload goes on where that for all ends, or is another."""
    outbox, texts = Outbox(Settings()), {}
    rest = '"answer":1}' if payload == "{}" else ',"answer":1}'
    theirs = payload[:-1] + rest if goes_on and payload else '{"other":"one"}'
    for owner in ("me", "you", ""):
        outbox.attach(TextChannel(texts.setdefault(("sent", owner), [])), 0, owner)
    outbox.send(payload, dict.fromkeys(own, theirs))
    for owner in ("me", "you", ""):
        outbox.attach(TextChannel(texts.setdefault(("again", owner), [])), 0, owner)
        assert texts["again", owner] == texts["sent", owner]
        assert texts["sent", owner] == [f'{{"n":1,"p":{theirs if owner in own else payload}}}']


class TextChannel(Channel):
    """Notes the texts."""

    def __init__(self, texts: list[str]) -> None:
        super().__init__()
        self.send = texts.append  # type: ignore[assignment]


class LaterChannel(Channel):
    """Notes what may wait for the next message."""

    def __init__(self) -> None:
        super().__init__()
        self.soon: list[str] = []

    def send_soon(self, text: str) -> None:
        self.soon.append(text)


def test_what_is_followed_may_wait_for_it() -> None:
    """For the owner who gets more in a moment; all others get it at once."""
    outbox, mine, other, plain = Outbox(Settings()), LaterChannel(), LaterChannel(), Channel()
    for channel, owner in ((mine, "me"), (other, "you"), (plain, "me")):
        outbox.attach(channel, 0, owner)
    outbox.send("{}", followed="me")
    assert (mine.numbers(), mine.soon) == ([], ['{"n":1,"p":{}}'])
    assert other.numbers() == plain.numbers() == [1]
