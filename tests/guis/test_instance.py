"""One live app: its thread, its expiry, its end."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from quick_htag.errors import AppFailed, HTTPError, NoCapacity, StoreUnavailable
from quick_htag.guis.options import GuiOptions

LIMIT = 30.0


def test_the_app_lives_on_a_thread_named_after_its_session(world: Any) -> None:
    """The name shows the short id, never the cookie."""
    visitor = world.visit()
    assert visitor.app.thread == f"quick_htag-gui-{visitor.session.short_id}"
    assert visitor.session.id not in visitor.app.thread


def test_an_app_that_leaves_ends_with_4002(world: Any, click: Any) -> None:
    """exit() closes the pages with the code for it, tells the app and ends the thread."""
    visitor = world.visit()
    visitor.receiver.received(click(1, "leave"))
    visitor.channel.wait(lambda channel: channel.closed)
    assert visitor.channel.code() == 4002
    assert visitor.app.closed.wait(LIMIT)
    assert world.runners[0].stop(LIMIT)
    assert (len(world.host), visitor.session.pins) == (0, 0)


def test_tasks_end_with_the_instance(world: Any, click: Any) -> None:
    """A handler under way is cancelled."""
    visitor = world.visit()
    visitor.receiver.received(click(1, "sleep"))
    world.host.clear()
    assert world.runners[0].stop(LIMIT)


def test_a_page_that_never_connects_expires(world: Any) -> None:
    """An instance nobody ever used ends after connect_timeout, not before."""
    world.open(world.session())
    world.timer.advance(world.settings.connect_timeout - 1)
    assert len(world.host) == 1
    world.timer.advance(1)
    assert len(world.host) == 0


def test_an_instance_without_pages_expires(world: Any) -> None:
    """After the last connection is gone the instance stays for instance_timeout."""
    visitor = world.visit()
    world.timer.advance(world.settings.connect_timeout)
    visitor.receiver.closed(1006, "")
    world.timer.advance(world.settings.instance_timeout - 1)
    assert len(world.host) == 1
    world.timer.advance(1)
    assert visitor.app.closed.wait(LIMIT)


def test_who_ends_it_waits_for_no_store(world: Any) -> None:
    """The timer must not, as all pages wait for it; a store that is away keeps no app alive."""
    told_by: list[threading.Thread] = []

    def touch(key: str, ttl: float) -> bool:
        told_by.append(threading.current_thread())
        raise StoreUnavailable("it is away")

    visitor = world.visit()
    visitor.receiver.closed(1006, "")
    world.sessions.records.store.touch = touch
    world.timer.advance(world.settings.instance_timeout)
    assert visitor.app.closed.wait(LIMIT)
    assert world.host.close(LIMIT)
    assert len(told_by) == 1
    assert threading.current_thread() not in told_by


def test_a_connected_page_keeps_it_alive(world: Any) -> None:
    """While a page is connected nothing expires, and nothing polls."""
    visitor = world.visit()
    world.timer.advance(10 * world.settings.instance_timeout)
    assert visitor.channel.closed is None
    assert world.timer.alarms == []


def test_a_reconnect_starts_the_clock_anew(world: Any) -> None:
    """Only the time since the last connection counts."""
    visitor = world.visit()
    visitor.receiver.closed(1006, "")
    world.timer.advance(world.settings.instance_timeout - 1)
    _, receiver = world.connect(visitor.session, visitor.page)
    receiver.closed(1006, "")
    world.timer.advance(world.settings.instance_timeout - 1)
    assert len(world.host) == 1


def test_a_failed_constructor_leaves_nothing(world: Any) -> None:
    """The exception reaches the request; thread and place are free again."""
    session = world.session()
    with pytest.raises(AppFailed) as info:
        world.open(session, "fail")
    assert info.value.trace == "the trace"
    assert world.runners[0].stop(LIMIT)
    assert (len(world.host), session.pins) == (0, 0)


def test_no_thread_left_is_no_capacity(world: Any) -> None:
    """When the system starts no more threads the visitor is asked to come back."""

    def refuse(name: str) -> Any:
        raise RuntimeError("can't start new thread")

    world.start_runner = refuse
    host = world.host.__class__(
        world.settings, world.log, world.sessions, refuse, world.timer, world.clock
    )
    world.host = host
    with pytest.raises(NoCapacity):
        world.open(world.session())
    assert len(host) == 0


def test_a_thread_that_does_not_start_is_no_capacity(world: Any) -> None:
    """A thread that is to start with the first page may be refused then; the place is free."""

    class Late:
        def call(self, function: Any, timeout: Any = None) -> Any:
            raise NoCapacity("can't start new thread")

        def post(self, function: Any) -> bool:
            return False

    host = world.host.__class__(
        world.settings, world.log, world.sessions, lambda name: Late(), world.timer, world.clock
    )
    world.host = host
    session = world.session()
    with pytest.raises(NoCapacity):
        world.open(session)
    assert (len(host), session.pins) == (0, 0)


def test_a_blocked_thread_is_given_up(world: Any, click: Any) -> None:
    """An app blocked in its own code is reported after a while, and nobody waits for it."""
    visitor = world.visit()
    visitor.receiver.received(click(1, "block"))
    assert visitor.app.blocking.wait(LIMIT)
    assert world.host.kill(visitor.session.short_id)
    assert visitor.channel.code() == 4001
    world.timer.advance(10)
    assert "left behind" in world.errors[0][0]
    visitor.app.release.set()
    assert world.runners[0].stop(LIMIT)


def test_end_works_once(world: Any) -> None:
    """Of two threads ending an instance one does."""
    world.visit()
    instance = world.host._table.live()[0]
    results: list[bool] = []
    threads = [
        threading.Thread(target=lambda: results.append(instance.end(4001, "x"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False] * 7 + [True]


def test_an_app_that_leaves_is_told_of(world: Any, click: Any) -> None:
    """``on_exit`` is for apps that end themselves, not for those that are ended."""
    left: list[bool] = []
    world.mount.on_exit = lambda: left.append(True)
    world.visit()
    world.host.clear()
    assert left == []
    visitor = world.visit()
    visitor.receiver.received(click(1, "leave"))
    visitor.channel.wait(lambda channel: channel.code() == 4002)
    world.host.close(LIMIT)
    assert left == [True]


def test_a_handler_that_blocks_is_reported_and_replaced(world: Any, click: Any) -> None:
    """The page is told, the log shows where it is, and the next page gets another instance."""
    world.mount.options = GuiOptions(timeout_interaction=10)
    visitor = world.visit()
    visitor.receiver.received(click(1, "block"))
    assert visitor.app.blocking.wait(LIMIT)
    world.timer.advance(10.1)
    assert visitor.channel.code() == 4003
    text, lines = world.errors[0]
    assert "no sign of life for 10 s" in text
    assert "do_block" in "\n".join([text, *lines])
    world.timer.advance(1.1)
    assert world.host.left_behind() == 1
    assert world.visit(visitor.session).page["seen"] == 0
    assert len(world.engine.built) == 2


def test_a_handler_that_waits_is_reported_and_cancelled(world: Any, click: Any) -> None:
    """One that awaits for ever is shown by its own stack; its thread ends."""
    world.mount.options = GuiOptions(timeout_interaction=10)
    visitor = world.visit()
    visitor.receiver.received(click(1, "sleep"))
    visitor.channel.wait(lambda channel: {"ack": 1} in channel.sent)
    assert visitor.app.sleeping.wait(LIMIT)
    world.timer.advance(10.1)
    assert visitor.app.closed.wait(LIMIT)
    assert "do_sleep" in world.errors[0][0] + "".join(world.errors[0][1])
    world.runners[0]._thread.join(LIMIT)
    assert world.host.left_behind() == 0


def test_a_blocked_handler_fails_the_events_behind_it_once(world: Any, click: Any) -> None:
    """What waits behind it never had its turn; the instance ends once."""
    world.mount.options = GuiOptions(timeout_interaction=10)
    visitor = world.visit()
    for number, what in enumerate(("block", "add", "add"), 1):
        visitor.receiver.received(click(number, what))
    world.timer.advance(30)
    assert [text for text, _ in world.errors if "no sign of life" in text] == [world.errors[0][0]]


def test_events_that_take_their_turn_are_not_stuck(world: Any, click: Any) -> None:
    """Many short ones that together take longer than the limit do not count as one."""
    world.mount.options = GuiOptions(timeout_interaction=10)
    visitor = world.visit()
    for number in range(1, 6):
        visitor.receiver.received(click(number))
        visitor.channel.wait(lambda channel, number=number: {"done": number} in channel.sent)
        world.timer.advance(8)
    assert (visitor.channel.closed, world.errors) == (None, [])


def test_a_page_that_is_never_rendered_is_answered(world: Any, monkeypatch: Any) -> None:
    """A constructor that blocks is given up like a handler, and not tried again at once."""
    world.mount.options = GuiOptions(timeout_interaction=10)
    reached, gate = threading.Event(), threading.Event()

    class Gate:
        def wait(self, seconds: float) -> None:
            reached.set()
            gate.wait(seconds)

    session = world.session()
    session.data["wait"] = Gate()
    answers: list[Any] = []

    def ask() -> None:
        try:
            world.open(session, "wait")
        except HTTPError as error:
            answers.append(error.status)

    thread = threading.Thread(target=ask)
    thread.start()
    assert reached.wait(LIMIT)
    world.timer.advance(12)
    thread.join(LIMIT)
    gate.set()
    assert answers == [503]
    assert len(world.runners) == 1


def test_inactivity_ends_an_instance_with_a_page(world: Any, click: Any) -> None:
    """Events keep it alive, being connected and pushes do not."""
    world.mount.options = GuiOptions(timeout_inactivity=100)
    visitor = world.visit()
    world.timer.advance(90)
    visitor.receiver.received(click(1))
    world.timer.advance(90)
    visitor.app.context.send('{"push":1}')
    assert visitor.channel.closed is None
    world.timer.advance(20)
    assert visitor.channel.code() == 4001


def test_reset(world: Any) -> None:
    """The instances of one session and mount are ended; the next page starts anew."""
    mine, other = world.visit(), world.visit()
    assert world.host.reset(world.mount, mine.session) is True
    assert (mine.channel.code(), other.channel.closed) == (4001, None)
    assert world.host.reset(world.mount, mine.session) is False
    assert world.host.reset(world.mount, None) is False
    world.open(mine.session)
    assert len(world.engine.built) == 3
