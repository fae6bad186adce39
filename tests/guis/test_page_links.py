"""Polls and posted events of pages, beside their websockets."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest


def post(world: Any, visitor: Any, *texts: str) -> Any:
    """The answer to posted events."""
    page = visitor.page["page"]
    return json.loads(world.host.links.events(world.mount, visitor.session, page, list(texts)))


def test_posted_events_are_handled_in_order(world: Any, click: Any) -> None:
    """A batch is acknowledged as a whole, on the connection too."""
    visitor = world.visit()
    assert post(world, visitor, click(1), click(2), click(3)) == {"m": ['{"ack":3}']}
    visitor.channel.wait(lambda channel: {"done": 3} in channel.sent)
    assert [payload["value"] for payload in visitor.channel.payloads()] == [1, 2, 3]
    assert {"ack": 3} in visitor.channel.sent


def test_an_event_on_two_ways_runs_once(world: Any, click: Any) -> None:
    """Posted, and sent again on a websocket, and the other way round."""
    visitor = world.visit()
    post(world, visitor, click(1))
    visitor.receiver.received(click(1))
    visitor.receiver.received(click(2))
    post(world, visitor, click(1), click(2))
    visitor.channel.wait(lambda channel: {"done": 2} in channel.sent)
    assert visitor.app.value == 2


def test_events_need_no_connection(world: Any, click: Any) -> None:
    """What is posted while the way back is broken is handled, and told later."""
    visitor = world.visit()
    visitor.receiver.closed(1006, "")
    assert post(world, visitor, click(1)) == {"m": ['{"ack":1}']}
    channel, _ = world.connect(visitor.session, visitor.page)
    channel.wait(lambda channel: {"done": 1} in channel.sent)
    assert channel.sent[0] == {"hello": 1}


@pytest.mark.parametrize(
    "texts", [["nonsense"], [], ['{"n":2,"p":{}}'], ['{"n":1,"p":{}}', "[]"]], ids=str
)
def test_what_is_no_event_is_1008(world: Any, texts: list[str]) -> None:
    """As on a websocket."""
    assert post(world, world.visit(), *texts)["close"][0] == 1008


def test_too_large_an_event_is_1009(worlds: Any) -> None:
    """As on a websocket; in bytes."""
    world = worlds(websocket_max_message=100)
    assert post(world, world.visit(), "ü" * 51)["close"][0] == 1009


def test_an_unknown_page_is_told_so(world: Any, click: Any) -> None:
    """With the code that tells whether the session is known."""
    links, session = world.host.links, world.session()
    for owner, code in ((session, 4004), (None, 4001)):
        answer = json.loads(links.events(world.mount, owner, "nonsense", [click(1)]))
        assert answer["close"][0] == code
        got: list[Any] = []
        links.connect(world.mount, owner, "nonsense", 0, "peer").park(got.append)
        assert json.loads(got[0])["close"][0] == code
    world.timer.advance(0.0)
    assert len(links) == 0


def test_a_page_by_polls(world: Any, click: Any) -> None:
    """Greeting, acknowledgement, payload and end of an event."""
    session = world.session()
    page = world.open(session)
    links = world.host.links
    texts: list[str] = []
    came = threading.Event()

    def take(data: bytes) -> None:
        texts.extend(json.loads(data)["m"])
        came.set()

    links.connect(world.mount, session, page["page"], page["seen"], "peer").park(take)
    [info] = world.host.sessions_snapshot()
    assert info.transport == "poll"
    [name] = [key[2] for key in links._polled]
    links.events(world.mount, session, page["page"], [click(1)])
    number = 0
    while '{"done":1}' not in texts:
        number += 1
        came.clear()
        body = links.poll(session, page["page"], name, number)
        body.park(take)
        while not came.wait(0.01):
            world.timer.advance(0.01)
    assert texts == ['{"hello":0}', '{"ack":1}', '{"n":1,"p":{"value": 1}}', '{"done":1}']


def test_a_poll_of_another_session_finds_nothing(world: Any) -> None:
    """Page and name are not enough."""
    session = world.session()
    page = world.open(session)
    links = world.host.links
    links.connect(world.mount, session, page["page"], page["seen"], "peer")
    [name] = [key[2] for key in links._polled]
    answer = links.poll(world.session(), page["page"], name, 1)
    assert json.loads(answer)["close"] == [1006, ""]


def test_nothing_piles_up(world: Any) -> None:
    """Pages that connect again and again, and leave, are forgotten."""
    session = world.session()
    page = world.open(session)
    links = world.host.links
    for _ in range(50):
        links.connect(world.mount, session, page["page"], page["seen"], "peer")
    world.timer.advance(100.0)
    assert len(links) == 0
    assert world.host._table.live()[0].pages.connected == 0


def test_events_on_two_ways_at_once_keep_their_order(world: Any, click: Any) -> None:
    """However the threads meet, each event runs once and in its turn."""
    visitor = world.visit()
    texts = [click(number) for number in range(1, 201)]

    def send() -> None:
        for text in texts:
            visitor.receiver.received(text)

    thread = threading.Thread(target=send)
    thread.start()
    for at in range(0, 200, 10):
        post(world, visitor, *texts[: at + 10])
    thread.join()
    visitor.channel.wait(lambda channel: {"done": 200} in channel.sent)
    values = [payload["value"] for payload in visitor.channel.payloads()]
    assert values == list(range(1, 201))
