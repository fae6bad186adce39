"""Lines between the supervisor and a worker."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

import pytest

from quick_htag.process.mailbox import Mailbox
from quick_htag.workers.channel import LONGEST, Channel, Outgoing, line_of


@pytest.fixture
def pair():
    """Both ends."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_messages_arrive_in_order(pair):
    """Whatever pieces the system makes of them."""
    outgoing, channel = Outgoing(pair[0]), Channel(pair[1])
    for number in range(3):
        outgoing.add(line_of({"number": number}))
    assert [channel.read(10.0) for _ in range(3)] == [{"number": number} for number in range(3)]


def test_what_does_not_fit_waits(pair):
    """Who reads nothing keeps the supervisor from nothing."""
    outgoing, channel = Outgoing(pair[0]), Channel(pair[1])
    text = "x" * 3_000_000
    assert outgoing.add(line_of({"text": text}))
    assert outgoing
    found = []
    reading = threading.Thread(target=lambda: found.append(channel.read(20.0)))
    reading.start()
    while outgoing:
        outgoing.flush()
    reading.join(20.0)
    assert found == [{"text": text}]


def test_who_reads_nothing_for_long_loses_messages(pair):
    """So that the supervisor does not fill its memory."""
    outgoing = Outgoing(pair[0])
    line = line_of({"text": "x" * 4_000_000})
    taken = [outgoing.add(line) for _ in range(12)]
    assert taken[0]
    assert not taken[-1]


def test_the_end_of_the_other_side_is_no_message(pair):
    """Nor is it an error."""
    channel = Channel(pair[1])
    pair[0].close()
    assert channel.read() is None


def test_a_worker_writes_on_any_thread(pair):
    """And each line stays whole."""
    channel, mailbox = Channel(pair[1]), Mailbox(pair[0])
    threads = [
        threading.Thread(target=channel.send, args=({"text": letter * 100_000},))
        for letter in "abcd"
    ]
    for one in threads:
        one.start()
    told = []
    while len(told) < 4:
        mailbox.wait(10.0)
        told += mailbox.read()[1]
    for one in threads:
        one.join(10.0)
    assert sorted(one["text"][0] for one in told) == list("abcd")


def test_too_long_is_refused():
    """By whoever would write it."""
    with pytest.raises(ValueError, match="at most"):
        line_of({"text": "x" * LONGEST})


def test_a_descriptor_of_another_mode_is_read_all_the_same(pair):
    """Copies of it share one mode."""
    pair[1].setblocking(False)
    channel = Channel(pair[1])
    with suppress(BlockingIOError):
        pair[1].recv(1)
    threading.Timer(0.05, lambda: pair[0].sendall(b'{"a": 1}\n')).start()
    assert channel.read(10.0) == {"a": 1}
