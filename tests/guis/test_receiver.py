"""What a page sends is checked first."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.guis.receiver import Farewell, decode


@pytest.mark.parametrize(
    "message",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        '{"n":1}',
        '{"n":1,"p":[]}',
        '{"n":"1","p":{}}',
        '{"n":true,"p":{}}',
        '{"n":1.0,"p":{}}',
        '{"n":0,"p":{}}',
        '{"n":-1,"p":{}}',
        '{"n":1,"p":{},"x":1}',
        '{"n":1,"p":{"a":NaN}}',
        '{"n":1,"p":{},"of":null}',
        '{"n":1,"p":{},"of":["page"]}',
        '{"n":1,"p":{},"of":["page",0]}',
        '{"n":1,"p":{},"of":[1,1]}',
        '{"n":1,"p":{},"of":["' + "x" * 65 + '",1]}',
        '{"n":1,"p":' + '{"a":' * 100_000,
        '{"n":' + "9" * 10_000 + ',"p":{}}',
        b'{"n":1,"p":{}}',
    ],
    ids=lambda message: str(message)[:20],
)
def test_anything_else_is_no_event(message: str | bytes) -> None:
    """Only an object with a positive number and an object is taken."""
    assert decode(message) is None


def test_an_event_is_decoded() -> None:
    """Number, payload and origin of an event."""
    assert decode('{"n":7,"p":{"a":[1,null]}}') == (7, {"a": [1, None]}, None)
    text = '{"n":7,"p":{},"of":["earlier",3]}'
    assert decode(text) == (7, {}, ("earlier", 3))


@pytest.mark.parametrize("message", ["nonsense", b"binary", '{"n":3,"p":{}}'])
def test_a_broken_message_is_1008(world: Any, message: str | bytes) -> None:
    """The connection is closed; what follows on it is not heard."""
    visitor = world.visit()
    visitor.receiver.received(message)
    visitor.receiver.received('{"n":1,"p":{"do":"add"}}')
    assert visitor.channel.code() == 1008
    assert visitor.channel.sent == [{"hello": 0}]


def test_too_many_events_are_1013(worlds: Any, click: Any) -> None:
    """A page that floods a blocked app is cut off; what was not taken comes again later."""
    visitor = worlds(max_pending_events=3).visit()
    for number in range(1, 6):
        visitor.receiver.received(click(number, "sleep"))
    assert visitor.channel.code() == 1013


def test_an_event_is_acknowledged_handled_and_done(world: Any, click: Any) -> None:
    """What a page sees for one click, in this order."""
    visitor = world.visit()
    visitor.receiver.received(click(1))
    visitor.channel.wait(lambda channel: {"done": 1} in channel.sent)
    assert visitor.channel.sent == [
        {"hello": 0},
        {"ack": 1},
        {"n": 1, "p": {"value": 1}},
        {"done": 1},
    ]


def test_a_message_may_be_taken_and_begun_later(world: Any, click: Any) -> None:
    """By whoever reads it on the thread of the app; what is refused has nothing to begin."""
    visitor = world.visit()
    begins = [visitor.receiver.take(one) for one in (click(1), "nonsense", click(2))]
    for begin in begins:
        begin()
    visitor.channel.wait(lambda channel: channel.closed)
    assert visitor.channel.code() == 1008
    assert visitor.channel.sent[:2] == [{"hello": 0}, {"ack": 1}]


def test_an_event_sent_again_runs_once(world: Any, click: Any) -> None:
    """A page that resends after a cut does not click twice."""
    visitor = world.visit()
    visitor.receiver.received(click(1))
    visitor.receiver.closed(1006, "")
    channel, receiver = world.connect(visitor.session, visitor.page)
    receiver.received(click(1))
    receiver.received(click(2))
    channel.wait(lambda channel: {"done": 2} in channel.sent)
    assert visitor.app.value == 2
    assert channel.sent[0] == {"hello": 1}


def test_farewell_closes_with_4001(channel: Any) -> None:
    """A page nobody knows is told that its session is over."""
    receiver = Farewell()
    receiver.opened(channel)
    receiver.received("x")
    receiver.closed(4001, "")
    assert channel.code() == 4001


def test_too_many_events_a_second_make_the_page_wait(worlds: Any, click: Any) -> None:
    """The page is told to come back later; nothing is lost or skipped."""
    world = worlds(max_event_rate=10.0, max_pending_events=20)
    visitor = world.visit()
    for number in range(1, 21):
        visitor.receiver.received(click(number))
    visitor.channel.wait(lambda channel: {"done": 20} in channel.sent)
    visitor.receiver.received(click(21))
    assert visitor.channel.closed == (1013, "too many events a second")
    world.clock.advance(0.5)
    channel, receiver = world.connect(visitor.session, visitor.page)
    for number in range(21, 26):
        receiver.received(click(number))
    channel.wait(lambda channel: {"done": 25} in channel.sent)
    assert channel.closed is None
    receiver.received(click(26))
    assert channel.code() == 1013


def test_a_page_is_told_of_pings(worlds: Any) -> None:
    """It can notice that they do not come any more."""
    visitor = worlds(websocket_ping_interval=15.0).visit()
    visitor.receiver.pinged()
    assert visitor.channel.sent[-1] == {"alive": 15.0}
