"""The sending side of a websocket."""

from __future__ import annotations

import threading

from quick_htag.transports.channel import WebsocketChannel


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
    assert channel.take() == ([b"a", b"b", b"c"], 3, None, False)
    channel.send("d")
    assert wakes.count == 2


def test_close_follows_what_was_sent() -> None:
    """The close comes with the messages before it; later ones and closes are ignored."""
    channel = WebsocketChannel("::1", 1000, Wakes())
    channel.send("last words")
    channel.close(4001, "over")
    channel.send("too late")
    channel.close(1000, "again")
    assert channel.take()[:3] == ([b"last words"], 10, (4001, "over"))


def test_a_long_reason_is_cut_at_a_character() -> None:
    """A close reason has at most 123 bytes and stays UTF-8."""
    channel = WebsocketChannel("::1", 1000, Wakes())
    channel.close(4001, "ü" * 100)
    closing = channel.take()[2]
    assert closing == (4001, "ü" * 61)


def test_too_much_for_the_queue_drops_the_client() -> None:
    """A message that does not fit beside waiting ones is an overflow."""
    channel = WebsocketChannel("::1", 10, Wakes())
    channel.send("12345678")
    channel.send("12345678")
    assert channel.take()[3]


def test_a_single_message_may_be_larger_than_the_queue() -> None:
    """A big page is not refused for its size alone."""
    channel = WebsocketChannel("::1", 10, Wakes())
    channel.send("x" * 100)
    assert channel.take() == ([b"x" * 100], 100, None, False)


def test_a_lone_surrogate_is_replaced() -> None:
    """Text that is no UTF-8 does not break the connection."""
    channel = WebsocketChannel("::1", 10, Wakes())
    channel.send("a\ud800b")
    assert channel.take()[0] == [b"a?b"]


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
    sent = [data.decode() for data in channel.take()[0]]
    for name in "abcd":
        assert [text for text in sent if text[0] == name] == [f"{name}{n}" for n in range(200)]


def test_a_dead_channel_takes_nothing() -> None:
    """After the connection is gone, messages vanish."""
    channel = WebsocketChannel("::1", 10, Wakes())
    channel.end()
    channel.send("x")
    channel.close(1000, "")
    assert channel.take() == ([], 0, None, False)
