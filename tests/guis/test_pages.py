"""Pages of one instance: numbers in, numbers out."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.guis.pages import PAGE_LIMIT, TAKEN, PageTable, Verdict
from quick_htag.outbox import Outbox
from quick_htag.settings import Settings


@pytest.fixture
def outbox() -> Outbox:
    """Where the table attaches channels."""
    return Outbox(Settings(replay_messages=3))


@pytest.fixture
def table(outbox: Outbox, clock: Any) -> PageTable:
    """A table without pages that takes two pending events."""
    return PageTable(outbox, 2, clock)


def _connected(table: PageTable, channel: Any, seen: int = 0) -> Any:
    page = table.add()
    assert page is not None
    table.connect(page, channel, seen)
    return page


def test_a_page_is_greeted_first(table: PageTable, outbox: Outbox, channel: Any) -> None:
    """The first message tells how many events have arrived, then comes what was missed."""
    outbox.send("{}")
    _connected(table, channel)
    assert channel.sent == [{"hello": 0}, {"n": 1, "p": {}}]


def test_events_are_acknowledged_and_counted_once(table: PageTable, channel: Any) -> None:
    """The next number is new, an old one is acknowledged again and nothing more."""
    page = _connected(table, channel)
    verdicts = [table.accept(page, channel, number) for number in (1, 2, 1, 2)]
    assert verdicts == [Verdict.NEW, Verdict.NEW, Verdict.REPEATED, Verdict.REPEATED]
    assert [message["ack"] for message in channel.sent[1:]] == [1, 2, 2, 2]
    assert table.pending == 2


def test_an_event_that_begins_now_is_acknowledged_later(table: PageTable, channel: Any) -> None:
    """By who begins it, if need be; one that comes again is acknowledged as ever."""
    page = _connected(table, channel)
    verdicts = [table.accept(page, channel, number, begins=True) for number in (1, 1)]
    assert verdicts == [Verdict.NEW, Verdict.REPEATED]
    assert channel.sent[1:] == [{"ack": 1}]
    table.acknowledge(page)
    assert channel.sent[1:] == [{"ack": 1}, {"ack": 1}]


def test_a_gap_is_broken(table: PageTable, channel: Any) -> None:
    """A number after the next one means that an event is missing."""
    page = _connected(table, channel)
    assert table.accept(page, channel, 2) is Verdict.BROKEN
    assert page.last == 0


def test_too_many_pending_events(table: PageTable, channel: Any) -> None:
    """Beyond the limit an event is refused, until others are finished."""
    page = _connected(table, channel)
    verdicts = [table.accept(page, channel, number) for number in (1, 2, 3)]
    table.finished(page, 1)
    assert verdicts[2] is Verdict.CROWDED
    assert table.accept(page, channel, 3) is Verdict.NEW


def test_a_reconnect_knows_the_last_event(table: PageTable, channel: Any, new_channel: Any) -> None:
    """After a cut the greeting tells what has arrived, and which events are done."""
    page = _connected(table, channel)
    table.accept(page, channel, 1)
    table.disconnect(page, channel)
    table.finished(page, 1)
    again = new_channel()
    table.connect(page, again, 0)
    assert again.sent == [{"hello": 1}, {"done": 1}]


def test_the_last_thousand_are_told_again(table: PageTable, channel: Any) -> None:
    """What was done long ago is forgotten, and with it what it takes in memory."""
    page = _connected(table, channel)
    for number in range(1, 5001):
        table.accept(page, channel, number)
        table.finished(page, number, earlier=number % 2 == 0)
    again = type(channel)()
    table.connect(page, again, 0)
    told = again.sent[1:]
    assert 1000 <= len(told) <= 2000
    assert told[-2:] == [{"done": 4999}, {"done": 5000, "earlier": True}]


def test_a_second_connection_replaces_the_first(
    table: PageTable, outbox: Outbox, channel: Any, new_channel: Any
) -> None:
    """The first is closed and gets nothing more; its late events are not taken."""
    page = _connected(table, channel)
    second = new_channel()
    table.connect(page, second, 0)
    outbox.send("{}")
    assert channel.code() == 1000
    assert (channel.payloads(), second.payloads()) == ([], [{}])
    assert table.accept(page, channel, 1) is Verdict.STALE
    assert not table.disconnect(page, channel)
    assert table.connected == 1


def test_a_redraw_comes_before_anything_else(
    table: PageTable, outbox: Outbox, channel: Any
) -> None:
    """A page that is too far behind gets payloads and answers only after the full one."""
    for _ in range(5):
        outbox.send("{}")
    page = table.add()
    assert page is not None
    assert not table.connect(page, channel, 0)
    table.accept(page, channel, 1)
    table.finished(page, 1)
    table.redraw(page, channel, lambda: '{"all":1}')
    outbox.send('{"b":1}')
    assert channel.sent[2:] == [
        {"n": 5, "p": {"all": 1}, "full": True},
        {"done": 1},
        {"n": 6, "p": {"b": 1}},
    ]


def test_a_redraw_for_a_gone_connection_is_not_made(table: PageTable, channel: Any) -> None:
    """Nothing is rendered for nobody, and the dead channel is not attached."""
    page = _connected(table, channel)
    table.disconnect(page, channel)
    table.redraw(page, channel, lambda: pytest.fail("rendered"))


def test_the_oldest_unconnected_page_makes_room(table: PageTable, channel: Any) -> None:
    """One instance has a limited number of pages; connected ones stay."""
    first = _connected(table, channel)
    second = table.add()
    for _ in range(PAGE_LIMIT - 1):
        table.add()
    assert len(table) == PAGE_LIMIT
    assert table.find(first.id) is first
    assert second is not None
    assert table.find(second.id) is None


def test_when_all_are_connected_the_oldest_goes(table: PageTable, new_channel: Any) -> None:
    """Its connection is closed for good."""
    channels = [new_channel() for _ in range(PAGE_LIMIT)]
    for channel in channels:
        _connected(table, channel)
    table.add()
    assert channels[0].code() == 4001
    assert table.connected == PAGE_LIMIT - 1


def test_close_closes_every_connection(
    table: PageTable, outbox: Outbox, channel: Any, new_channel: Any
) -> None:
    """Also one that waits for a redraw, and one that comes later."""
    for _ in range(5):
        outbox.send("{}")
    waiting, late = new_channel(), new_channel()
    page = _connected(table, channel, 5)
    _connected(table, waiting, 0)
    assert table.close(4002, "over")
    assert not table.close(4001, "again")
    table.connect(page, late, 5)
    assert [one.code() for one in (channel, waiting, late)] == [4002, 4002, 4002]
    assert table.add() is None


def test_a_copy_of_a_page_in_use_is_sent_away(
    table: PageTable, channel: Any, new_channel: Any
) -> None:
    """The page goes on as if nothing had been."""
    page = table.add()
    assert page is not None
    table.connect(page, channel, 0, "one")
    copy = new_channel()
    assert table.connect(page, copy, 0, "two")
    assert (copy.closed, copy.sent, channel.closed) == (TAKEN, [], None)
    assert table.accept(page, None, 1, "two") is Verdict.FOREIGN
    assert table.accept(page, channel, 1, "one") is Verdict.NEW
    assert not table.disconnect(page, copy)
    assert table.connected == 1


def test_a_copy_takes_the_place_of_a_page_that_is_gone(
    table: PageTable, channel: Any, new_channel: Any
) -> None:
    """The page that is back later is sent away; a document that comes back to itself is not."""
    page = table.add()
    assert page is not None
    table.connect(page, channel, 0, "one")
    table.disconnect(page, channel)
    again, copy, late = new_channel(), new_channel(), new_channel()
    table.connect(page, again, 0, "one")
    table.disconnect(page, again)
    table.connect(page, copy, 0, "two")
    table.disconnect(page, copy)
    table.connect(page, late, 0, "one")
    assert (again.closed, copy.closed, late.closed) == (None, None, TAKEN)


def test_a_page_has_so_many_copies(table: PageTable, new_channel: Any) -> None:
    """Who makes up names does not fill the memory."""
    page = table.add()
    assert page is not None
    for number in range(100):
        channel = new_channel()
        table.connect(page, channel, 0, str(number))
        table.disconnect(page, channel)
    assert len(page.documents) < 20
    assert channel.closed == TAKEN


def test_what_a_page_has_caused_goes_to_it_or_to_what_it_was_loaded_again_as(
    table: PageTable, new_channel: Any
) -> None:
    """A tab that was there before has nothing to do with it."""
    channels = [new_channel() for _ in range(3)]
    older, page, newer = (_connected(table, channel) for channel in channels)
    assert table.addressee(page.id) == page.id
    table.disconnect(page, channels[1])
    assert table.addressee(page.id) == newer.id
    table.disconnect(newer, channels[2])
    assert table.addressee(page.id) == page.id
    assert table.addressee(older.id) == older.id


def test_what_no_page_has_caused_goes_to_the_one_used_last(
    table: PageTable, new_channel: Any
) -> None:
    """As long as it is there; else to another one that is, however old."""
    assert table.addressee(None) is None
    channels = [new_channel() for _ in range(2)]
    used, newer = (_connected(table, channel) for channel in channels)
    assert table.addressee(None) == newer.id
    table.accept(used, channels[0], 1)
    assert table.addressee(None) == used.id
    table.disconnect(used, channels[0])
    assert table.addressee(None) == newer.id
    table.disconnect(newer, channels[1])
    assert table.addressee(None) == used.id
    table.connect(used, channels[0], 0, "")
    table.accept(newer, None, 1)
    assert table.addressee(None) == used.id
