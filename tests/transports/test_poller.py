"""Pollers for every platform, and deadlines."""

from __future__ import annotations

import gc
import selectors
import socket
import threading
import weakref

import pytest

from quick_htag.transports.poller import (
    READ,
    WRITE,
    Deadlines,
    EpollPoller,
    SelectorPoller,
    new_poller,
)

NEVER = float("inf")


@pytest.fixture
def poller(poller_class):
    """Each poller in turn."""
    poller = poller_class()
    yield poller
    poller.close()


@pytest.fixture
def pair():
    """Two connected sockets."""
    sockets = socket.socketpair()
    for sock in sockets:
        sock.setblocking(False)
    yield sockets
    for sock in sockets:
        sock.close()


def test_readable(poller, pair):
    """What can be read is reported with its data, again and again."""
    poller.add(pair[0].fileno(), "data", READ)
    assert poller.poll(0) == []
    pair[1].send(b"x")
    assert poller.poll(20) == [("data", READ)]
    assert poller.poll(20) == [("data", READ)]


def test_change(poller, pair):
    """One can wait for something else, and with other data."""
    poller.add(pair[0].fileno(), "data", READ)
    poller.change(pair[0].fileno(), "other", WRITE)
    assert poller.poll(20) == [("other", WRITE)]
    poller.change(pair[0].fileno(), "data", READ)
    assert poller.poll(0) == []


def test_remove(poller, pair):
    """What was removed is not reported; removing it once more is harmless."""
    poller.add(pair[0].fileno(), "data", READ)
    pair[1].send(b"x")
    assert poller.poll(20)
    poller.remove(pair[0].fileno())
    poller.remove(pair[0].fileno())
    assert poller.poll(0) == []


def test_remove_after_close(poller, pair):
    """A socket that was closed too early does no harm."""
    number = pair[0].fileno()
    poller.add(number, "data", READ)
    poller.poll(0)
    pair[0].close()
    poller.remove(number)
    assert poller.poll(0) == []


def test_number_used_again(poller, pair):
    """A closed socket and a new one with the same number are not confused."""
    first, number = pair[0], pair[0].fileno()
    poller.add(number, "old", READ)
    poller.poll(0)
    poller.remove(number)
    first.close()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert ours.fileno() == number
        poller.add(number, "new", READ)
        theirs.send(b"x")
        assert poller.poll(20) == [("new", READ)]


@pytest.mark.parametrize("events", [READ, WRITE])
def test_hang_up(poller, pair, events):
    """A client that has gone is reported whatever is waited for."""
    poller.add(pair[0].fileno(), "data", events)
    pair[1].close()
    [(data, found)] = poller.poll(20)
    assert data == "data"
    assert found & events


def test_add_while_it_polls(poller, pair):
    """What another thread adds is noticed without a wake-up."""
    pair[1].send(b"x")
    found, polling = [], threading.Event()

    def run():
        while not found:
            polling.set()
            found.extend(poller.poll(20))

    thread = threading.Thread(target=run)
    thread.start()
    assert polling.wait(20)
    poller.add(pair[0].fileno(), "data", READ)
    thread.join(20)
    assert found == [("data", READ)]


def test_add_while_it_polls_for_another_leader(poller, pair):
    """The thread that polled before is no exception once another one polls."""
    poller.poll(0)
    test_add_while_it_polls(poller, pair)


def test_wake(poller):
    """A wake-up makes the next poll return, once."""
    poller.wake()
    poller.wake()
    assert poller.poll(20) == []
    assert poller.poll(0) == []


def test_wake_from_another_thread(poller):
    """A wake-up makes the running poll return."""
    timer = threading.Timer(0.01, poller.wake)
    timer.start()
    assert poller.poll(None) == []
    timer.join(20)


def test_many_wake_ups(poller):
    """Wake-ups never block, even when nobody polls."""
    for _ in range(100_000):
        poller.wake()
    assert poller.poll(20) == []


def test_wake_after_close(poller_class):
    """A wake-up that comes too late is harmless."""
    poller = poller_class()
    poller.close()
    poller.wake()


def test_remove_after_the_end(poller_class, pair):
    """A thread that outlives the server may still let go of its connection."""
    poller = poller_class()
    poller.add(pair[0].fileno(), "data", READ)
    poller.close()
    poller.remove(pair[0].fileno())


def test_selector_survives_a_closed_socket(pair):
    """Where select itself fails on a closed socket, its removal is queued and comes next."""
    poller = SelectorPoller()
    poller._selector.close()
    poller._selector = selectors.SelectSelector()
    poller._selector.register(poller._wake_up.receiver, READ, None)
    poller.add(pair[0].fileno(), "data", READ)
    poller.poll(0)
    number = pair[0].fileno()
    pair[0].close()
    assert poller.poll(0) == []
    poller.remove(number)
    poller.wake()
    assert poller.poll(20) == []
    poller.close()


def test_capacity(poller_class, monkeypatch):
    """The poller of Windows tells that it is small."""
    poller = poller_class()
    assert poller.capacity is None
    poller.close()
    monkeypatch.setattr(selectors, "DefaultSelector", selectors.SelectSelector)
    small = SelectorPoller()
    assert small.capacity is not None
    assert small.capacity < 510
    small.close()


def test_best_poller():
    """Linux gets epoll."""
    poller = new_poller()
    assert isinstance(
        poller, EpollPoller if hasattr(selectors, "EpollSelector") else SelectorPoller
    )
    poller.close()


# -- deadlines -------------------------------------------------------------------------------------


class Member:
    """Something with a deadline."""

    def __init__(self, deadline=NEVER):
        self.deadline = deadline
        self.timer_at = NEVER


@pytest.fixture
def wakes():
    """Grows with each wake-up."""
    return []


@pytest.fixture
def deadlines(wakes):
    """Deadlines that count their wake-ups."""
    return Deadlines(lambda: wakes.append(1))


def test_due(deadlines):
    """Who is due comes up once, in order of deadlines."""
    late, early, never = Member(20), Member(10), Member()
    for member in (late, early, never):
        deadlines.watch(member)
    assert deadlines.next() == 10
    assert deadlines.due(9) == []
    assert deadlines.due(25) == [early, late]
    assert deadlines.due(25) == []
    assert deadlines.next() is None


def test_moved_away(deadlines):
    """A deadline that moved away comes up when it is due, not before."""
    member = Member(10)
    deadlines.watch(member)
    member.deadline = 20
    deadlines.watch(member)
    assert deadlines.due(15) == []
    assert deadlines.next() == 20
    assert deadlines.due(20) == [member]


def test_moved_closer(deadlines):
    """A deadline that moved closer comes up in time, and only once."""
    member = Member(20)
    deadlines.watch(member)
    member.deadline = 10
    deadlines.watch(member)
    assert deadlines.due(10) == [member]
    assert deadlines.due(30) == []


def test_taken_away(deadlines):
    """A member that has no deadline any more does not come up."""
    member = Member(10)
    deadlines.watch(member)
    member.deadline = NEVER
    assert deadlines.due(10) == []
    assert deadlines.next() is None
    member.deadline = 20
    deadlines.watch(member)
    assert deadlines.due(20) == [member]


def test_wakes_for_the_first_only(deadlines, wakes):
    """The poll must be shortened for a deadline that comes before all others, and only then."""
    deadlines.watch(Member(20))
    deadlines.watch(Member(30))
    assert len(wakes) == 1
    deadlines.watch(Member(10))
    assert len(wakes) == 2


def test_forgotten(deadlines):
    """A member that has ended does not come up; forgetting it twice is harmless."""
    member = Member(10)
    deadlines.watch(member)
    deadlines.forget(member)
    deadlines.forget(member)
    assert deadlines.due(20) == []


def test_forgotten_are_not_kept(deadlines):
    """Connections that came and went do not pile up until their deadlines."""
    lasting = Member(50)
    deadlines.watch(lasting)
    ended = []
    for number in range(10_000):
        member = Member(100 + number)
        deadlines.watch(member)
        deadlines.forget(member)
        ended.append(weakref.ref(member))
    del member
    gc.collect()
    assert sum(ref() is not None for ref in ended) < 2_000
    assert deadlines.due(50) == [lasting]


def test_replaced_are_not_kept(deadlines):
    """A deadline that jumps between near and far does not grow the heap without end."""
    member = Member()
    for number in range(10_000):
        member.deadline = 1e6 - number
        deadlines.watch(member)
    assert len(deadlines._heap) < 2_000
    assert deadlines.due(1e6) == [member]


def test_from_many_threads(deadlines):
    """Watching and forgetting on many threads loses nobody."""
    members = [[Member(thread * 1000 + number) for number in range(1000)] for thread in range(8)]

    def run(mine):
        for member in mine:
            deadlines.watch(member)
        for member in mine[::2]:
            deadlines.forget(member)

    threads = [threading.Thread(target=run, args=(mine,)) for mine in members]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    expected = [member for mine in members for member in mine[1::2]]
    assert deadlines.due(1e9) == expected
