"""The sending side of a connection to a page or a script."""

from __future__ import annotations

import threading

import pytest

from quick_htag.errors import ConfigurationError
from quick_htag.messages.channel import EventChannel, WebsocketChannel, event_text


class Wakes:
    """Counts wake-ups."""

    count = 0

    def __call__(self) -> None:
        self.count += 1


def test_one_wake_up_is_pending_at_most() -> None:
    """Many messages before the sidecar looks cost one wake-up."""
    wakes = Wakes()
    channel = WebsocketChannel("::1", 1000, wakes)
    for text in "abc":
        channel.send(text)
    assert wakes.count == 1
    assert channel.woken() == (False, False)
    assert channel.take(100) == [b"a", b"b", b"c"]
    channel.send("d")
    assert wakes.count == 2


def test_close_follows_what_was_sent() -> None:
    """The close comes with the messages before it; later ones and closes are ignored."""
    channel = WebsocketChannel("::1", 1000, Wakes())
    channel.send("last words")
    channel.close(4001, "over")
    channel.send("too late")
    channel.close(1000, "again")
    assert (channel.woken(), channel.farewell()) == ((False, True), None)
    assert channel.take(100) == [b"last words"]
    assert channel.farewell() == (4001, "over")


def test_a_long_reason_is_cut_at_a_character() -> None:
    """A close reason has at most 123 bytes and stays UTF-8."""
    channel = WebsocketChannel("::1", 1000, Wakes())
    channel.close(4001, "ü" * 100)
    assert channel.farewell() == (4001, "ü" * 61)


def test_too_much_for_the_queue_drops_the_client() -> None:
    """A message that does not fit beside waiting ones is an overflow."""
    channel = WebsocketChannel("::1", 10, Wakes())
    channel.send("12345678")
    channel.send("12345678")
    assert channel.woken()[0]


def test_a_single_message_may_be_larger_than_the_queue() -> None:
    """A big page is not refused for its size alone."""
    channel = WebsocketChannel("::1", 10, Wakes())
    channel.send("x" * 100)
    assert channel.woken() == (False, False)
    assert channel.take(10) == [b"x" * 100]


def test_a_lone_surrogate_is_replaced() -> None:
    """Text that is no UTF-8 does not break the connection."""
    channel = WebsocketChannel("::1", 10, Wakes())
    channel.send("a\ud800b")
    assert channel.take(10) == [b"a?b"]


def test_threads_keep_their_own_order() -> None:
    """Messages of one thread arrive in its order, whatever others send."""
    channel = WebsocketChannel("::1", 10**6, Wakes())

    def send(name: str) -> None:
        for number in range(200):
            channel.send(f"{name}{number}")

    threads = [threading.Thread(target=send, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent = [data.decode() for data in channel.take(10**6)]
    for name in "abcd":
        assert [text for text in sent if text[0] == name] == [f"{name}{n}" for n in range(200)]


def test_a_dead_channel_takes_nothing() -> None:
    """After the connection is gone, messages vanish."""
    channel = WebsocketChannel("::1", 10, Wakes())
    channel.end()
    channel.send("x")
    channel.close(1000, "")
    assert channel.offer(b"x")  # nobody is to wait for it
    assert (channel.take(10), channel.woken(), channel.farewell()) == ([], (False, False), None)


def test_an_event_has_its_fields() -> None:
    """Name, id and retry time precede the data."""
    text = event_text("x", event="tick", event_id="7", retry=1.5)
    assert text == "event: tick\nid: 7\nretry: 1500\ndata: x\n\n"


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_lines_of_an_event_stay_inside_of_it(end: str) -> None:
    """A line end in the data, of any kind, begins another line of data."""
    assert event_text(f"a{end}event: b") == "data: a\ndata: event: b\n\n"


@pytest.mark.parametrize("name", ["a\nb", "a\rb", "\0"])
def test_a_broken_field_is_refused(name: str) -> None:
    """A name or an id cannot break out of its line."""
    with pytest.raises(ConfigurationError):
        event_text("x", event=name)
    with pytest.raises(ConfigurationError):
        event_text("x", event_id=name)


def test_a_stream_can_tell_its_close() -> None:
    """The last event has code and reason, for scripts that ask."""
    channel = EventChannel("::1", 1000, Wakes(), tells_close=True)
    channel.send("x")
    channel.close(4001, "over")
    last = b'event: close\ndata: {"code": 4001, "reason": "over"}\n\n'
    assert channel.take(1000) == [b"data: x\n\n", last]


def test_a_stream_ends_without_a_word_by_default() -> None:
    """What is an event is the user's business."""
    channel = EventChannel("::1", 1000, Wakes())
    channel.close(1000, "")
    assert (channel.take(1000), channel.farewell()) == ([], (1000, ""))


def test_a_portion_is_taken_at_a_time() -> None:
    """What does not fit a portion stays where it can be counted."""
    channel = WebsocketChannel("::1", 1000, Wakes())
    for text in ("1234", "5678", "9"):
        channel.send(text)
    assert [channel.take(5), channel.take(5)] == [[b"1234"], [b"5678", b"9"]]


def test_what_is_offered_may_be_refused() -> None:
    """A full queue takes nothing, drops nobody, and tells when there is room."""
    channel, rooms = WebsocketChannel("::1", 10, Wakes()), Wakes()
    channel.on_room = rooms
    binary = memoryview(b"12345678")
    assert [channel.offer(binary), channel.offer(b"abc")] == [True, False]
    assert (channel.woken()[0], channel.take(100), rooms.count) == (False, [binary], 1)
    assert channel.offer(b"abc")
    assert (channel.take(100), rooms.count) == ([b"abc"], 1)


def test_a_held_channel_goes_on() -> None:
    """The sidecar is woken to read on."""
    wakes = Wakes()
    channel = WebsocketChannel("::1", 10, wakes)
    channel.hold()
    assert (channel.held, wakes.count) == (True, 0)
    channel.go_on()
    assert (channel.held, wakes.count) == (False, 1)


def test_dropped_is_emptied_and_closed() -> None:
    """What waited is forgotten; the end comes at once, and for a stream as its last event."""
    channel = EventChannel("::1", 10_000, Wakes(), tells_close=True)
    channel.send("x" * 1000)
    channel.drop(1013, "later")
    assert b"".join(channel.take(10_000)).startswith(b"event: close\ndata: ")
    assert channel.farewell() == (1013, "later")


def test_a_dropped_one_takes_no_offer_until_it_is_gone() -> None:
    """So a handler that waits for room waits on, instead of sending into nothing."""
    channel = WebsocketChannel("::1", 100, Wakes())
    channel.drop(1013, "later")
    assert not channel.offer(b"x")
    channel.end()
    assert channel.offer(b"x")


class Straight:
    """Takes messages at once, while there is room."""

    def __init__(self, channel: WebsocketChannel) -> None:
        self.sent: list[bytes] = []
        self.room = True
        self.reminders = 0
        channel.send_straight(self._send, self._remind)

    def _send(self, messages: list[bytes]) -> bool:
        if self.room:
            self.sent += messages
        return self.room

    def _remind(self) -> None:
        self.reminders += 1


@pytest.fixture
def straight() -> tuple[WebsocketChannel, Straight, Wakes]:
    """A channel whose messages go out at once."""
    wakes = Wakes()
    channel = WebsocketChannel("peer", 1000, wakes)
    return channel, Straight(channel), wakes


Parts = tuple[WebsocketChannel, Straight, Wakes]


def test_a_message_goes_out_where_it_is_sent(straight: Parts) -> None:
    """Nobody is woken."""
    channel, line, wakes = straight
    channel.send("one")
    assert (line.sent, wakes.count, channel.waiting()) == ([b"one"], 0, 0)


def test_messages_in_quick_succession_are_left_to_the_owner(straight: Parts) -> None:
    """All but the first, until the client says something."""
    channel, line, wakes = straight
    channel.send("one")
    channel._sent_at += 1000.0  # just now, whatever the machine did meanwhile
    channel.send("two")
    assert (line.sent, wakes.count) == ([b"one"], 1)
    channel.woken()
    assert channel.take(100) == [b"two"]
    channel.written()
    channel.heard()
    channel.send("three")
    assert line.sent == [b"one", b"three"]


def test_nobody_overtakes_what_the_owner_is_about_to_send(straight: Parts) -> None:
    """What it has taken is not sent yet."""
    channel, line, _ = straight
    line.room = False
    channel.send("one")
    assert channel.take(100) == [b"one"]
    line.room = True
    channel.heard()
    channel.send("two")
    assert line.sent == []
    assert channel.take(100) == [b"two"]


def test_a_message_may_go_with_the_next(straight: Parts) -> None:
    """In order, at once when the next comes."""
    channel, line, wakes = straight
    channel.send_soon("one")
    channel.send_soon("two")
    assert (line.sent, line.reminders) == ([], 1)
    channel.send("three")
    assert (line.sent, wakes.count) == ([b"one", b"two", b"three"], 0)


def test_what_was_promised_is_not_sent_when_it_is_settled(straight: Parts) -> None:
    """The message that settles it says as much; what was to go with it goes."""
    channel, line, _ = straight
    channel.promise("one")
    channel.send_soon("two")
    channel.settle("three")
    channel.flush_soon()
    assert line.sent == [b"two", b"three"]


def test_what_settles_or_waits_is_an_event_of_a_stream() -> None:
    """As anything else that is sent there."""
    channel = EventChannel("::1", 1000, Wakes())
    channel.promise("one")
    channel.send_soon("two")
    channel.settle("three")
    assert channel.take(1000) == [b"data: one\n\n", b"data: two\n\n", b"data: three\n\n"]


def test_what_was_promised_goes_before_anything_else(straight: Parts) -> None:
    """With another message, or alone in a moment; the newest promise says what those before did."""
    channel, line, _ = straight
    channel.promise("one")
    channel.promise("two")
    channel.send("three")
    channel.promise("four")
    channel.flush_soon()
    channel.flush_soon()
    assert line.sent == [b"two", b"three", b"four"]


def test_what_was_promised_goes_before_the_end(straight: Parts) -> None:
    """A close frame is the last."""
    channel, _, _ = straight
    channel.promise("one")
    channel.close(1000, "")
    assert channel.take(100) == [b"one"]


def test_a_message_goes_alone_when_none_follows(straight: Parts) -> None:
    """When the owner is reminded."""
    channel, line, _ = straight
    channel.send_soon("one")
    channel.flush_soon()
    assert line.sent == [b"one"]
    channel.send_soon("two")
    assert line.reminders == 2


def test_what_was_to_go_with_the_next_goes_before_the_end(straight: Parts) -> None:
    """A close frame is the last."""
    channel, _, wakes = straight
    channel.send_soon("one")
    channel.close(1000, "")
    assert wakes.count == 1
    assert channel.take(100) == [b"one"]


def test_without_room_nothing_is_lost(straight: Parts) -> None:
    """The owner sends it all, in order."""
    channel, line, wakes = straight
    line.room = False
    channel.send_soon("one")
    channel.send("two")
    assert wakes.count == 1
    assert channel.take(100) == [b"one", b"two"]


def test_what_goes_soon_is_queued_by_others() -> None:
    """By channels that send nothing straight, in their form."""
    channel = EventChannel("peer", 1000, Wakes())
    channel.send_soon("one")
    assert channel.take(100) == [b"data: one\n\n"]
