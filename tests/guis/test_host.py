"""Who has which instance, and the limits."""

from __future__ import annotations

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from quick_htag.errors import HTTPError, NoCapacity
from tests.patience import quick

LIMIT = 30.0


def test_the_document_holds_page_and_position(world: Any, click: Any) -> None:
    """A page knows its id, the last payload it contains, and its start script."""
    visitor = world.visit()
    visitor.receiver.received(click(1))
    visitor.channel.wait(lambda channel: {"done": 1} in channel.sent)
    page = world.open(visitor.session)
    assert (page["seen"], page["script"]) == (1, "go()")
    assert page["page"] != visitor.page["page"]


def test_reloading_keeps_the_instance(world: Any) -> None:
    """F5 and a second tab show the same app."""
    session = world.session()
    world.open(session)
    world.open(session)
    assert len(world.engine.built) == 1


def test_two_tabs_are_mirrored(world: Any, click: Any) -> None:
    """What one tab does shows in both; only the one that asked hears that it is done."""
    visitor = world.visit()
    second, _ = world.connect(visitor.session, world.open(visitor.session))
    visitor.receiver.received(click(1))
    visitor.channel.wait(lambda channel: {"done": 1} in channel.sent)
    assert visitor.channel.payloads() == second.payloads() == [{"value": 1}]
    assert {"done": 1} not in second.sent


def test_two_sessions_are_apart(world: Any, click: Any) -> None:
    """Each visitor has an app of its own."""
    first, second = world.visit(), world.visit()
    first.receiver.received(click(1))
    first.channel.wait(lambda channel: channel.payloads())
    assert second.channel.payloads() == []
    assert second.app.value == 0


def test_concurrent_first_visits_build_one_instance(world: Any) -> None:
    """A browser that opens several tabs at once gets one app."""
    session = world.session()
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda _: world.open(session)["page"], range(8)))
    assert len(world.engine.built) == len(world.runners) == 1
    assert len(set(pages)) == 8
    assert session.pins == 1


def test_other_arguments_build_another_instance(world: Any) -> None:
    """An app that does not accept a request is ended and built anew; its pages are told."""
    visitor = world.visit()
    page = world.open(visitor.session, "other")
    assert visitor.channel.code() == 4001
    assert [app.query for app in world.engine.built] == ["", "other"]
    channel, _ = world.connect(visitor.session, page)
    assert channel.sent == [{"hello": 0}]
    assert (len(world.host), visitor.session.pins) == (1, 1)


def test_concurrent_visits_with_other_arguments_all_get_a_page(world: Any) -> None:
    """However they replace each other, every request is answered and one app stays."""
    session = world.session()
    with ThreadPoolExecutor(2) as pool:
        pages = list(pool.map(lambda number: world.open(session, f"q{number % 2}"), range(20)))
    assert len(pages) == 20
    assert (len(world.host), session.pins) == (1, 1)


@pytest.mark.parametrize("case", ["session", "page", "mount", "stranger", "expired"])
def test_an_unknown_page_is_told_goodbye(world: Any, case: str) -> None:
    """Whatever does not fit: the connection is taken and closed, and the code tells why."""
    visitor = world.visit()
    session, page, mount = visitor.session, visitor.page, world.mount
    if case == "session":
        session = None
    elif case == "page":
        page = {**page, "page": "nonsense"}
    elif case == "mount":
        mount = world.make_mount("/other")
    elif case == "stranger":
        session = world.visit().session
    else:
        world.host.clear()
    channel, _ = world.connect(session, page, mount=mount)
    code = 4001 if session is None else 4004  # a known session can have the page anew
    assert (channel.sent, channel.code()) == ([], code)


def test_an_instance_that_ends_before_its_page_connects(world: Any, channel: Any) -> None:
    """Between the handshake and the open websocket the instance may go."""
    session = world.session()
    page = world.open(session)
    receiver = world.host.links.receiver(world.mount, session, page["page"], 0)
    world.host.clear()
    receiver.opened(channel)
    assert (channel.sent, channel.code()) == ([], 4001)


def test_the_limit_of_instances(worlds: Any) -> None:
    """One more visitor than there is room for is refused, until another one leaves."""
    world = worlds(max_instances=2)
    first, _ = world.visit(), world.visit()
    with pytest.raises(NoCapacity):
        world.open(world.session())
    world.host.kill(first.session.short_id)
    world.open(world.session())


def test_visitors_that_never_connect_make_room(worlds: Any) -> None:
    """Programs that only fetch pages do not lock out visitors: the oldest of them ends."""
    world = worlds(max_instances=2)
    fetched = [world.session() for _ in range(5)]
    for session in fetched:
        world.open(session)
    visitor = world.visit()
    assert [session.pins for session in fetched] == [0, 0, 0, 0, 1]
    assert visitor.channel.closed is None


def test_an_unconnected_instance_makes_room_in_its_session(worlds: Any) -> None:
    """The least recently used app of a session without a page ends for a new one."""
    world = worlds(max_instances_per_session=2)
    visitor = world.visit()
    world.open(visitor.session, mount=world.make_mount("/b"))
    world.open(visitor.session, mount=world.make_mount("/c"))
    assert [info.mount for info in world.host.sessions_snapshot()] == ["/", "/c"]
    assert visitor.session.pins == 2


def test_connected_instances_do_not_make_room(worlds: Any) -> None:
    """When every app of a session is in use, another is refused."""
    world = worlds(max_instances_per_session=1)
    visitor = world.visit()
    with pytest.raises(NoCapacity):
        world.open(visitor.session, mount=world.make_mount("/b"))
    assert visitor.channel.closed is None


def test_a_slow_app_is_503_and_ready_later(worlds: Any) -> None:
    """A page that takes too long is refused; the app goes on being built for the next try."""
    world = worlds(render_timeout=0.05)
    session = world.session()
    session.data["wait"] = threading.Event()
    with pytest.raises(HTTPError) as info:
        world.open(session, "wait")
    assert (info.value.status, dict(info.value.headers)["Retry-After"]) == (503, "5")
    session.data["wait"].set()
    assert world.runners[0].run(_nothing, LIMIT) is None
    world.open(session, "wait")
    assert len(world.engine.built) == 1


async def _nothing() -> None:
    return None


def test_a_forgotten_session_opens_nothing(world: Any) -> None:
    """A session that expired between cookie and page is not brought back."""
    session = world.session()
    world.sessions.remove(session)
    with pytest.raises(HTTPError):
        world.open(session)
    assert len(world.host) == 0


def test_a_blocked_session_does_not_delay_another(world: Any, click: Any) -> None:
    """While one app sleeps in a handler, another's click takes less than 50 ms, and so do pages."""
    blocked, other = world.visit(), world.visit()
    blocked.receiver.received(click(1, "block"))
    assert blocked.app.blocking.wait(LIMIT)
    numbers = itertools.count(1)

    def click_and_visit() -> None:
        number = next(numbers)
        other.receiver.received(click(number))
        other.channel.wait(lambda channel: {"done": number} in channel.sent)
        world.open(world.session())

    quick(click_and_visit, 0.05, LIMIT)  # the handler sleeps for twice as long


def test_the_list_of_sessions(world: Any) -> None:
    """What the prompt shows of each instance."""
    visitor = world.visit()
    world.timer.advance(5)
    (info,) = world.host.sessions_snapshot()
    assert (info.short_id, info.app, info.mount) == (visitor.session.short_id, "Counter", "/")
    assert (info.age, info.idle, info.transport) == (5, 5, "websocket")
    assert (info.address, info.pages) == ("192.0.2.1", 1)


def test_tasks_are_listed(world: Any, click: Any) -> None:
    """A running handler counts as a task."""
    visitor = world.visit()
    visitor.receiver.received(click(1, "sleep"))
    world.runners[0].run(_nothing, LIMIT)
    assert world.host.sessions_snapshot()[0].tasks >= 1


def test_kill_ends_one_session(world: Any) -> None:
    """A beginning of the short id is enough when it fits one session only."""
    first, second = world.visit(), world.visit()
    assert world.host.kill(first.session.short_id)
    assert (first.channel.code(), second.channel.code()) == (4001, None)
    assert not world.host.kill(first.session.short_id)
    assert not world.host.kill("")
    assert world.host.kill(second.session.short_id[:4])


def test_clear_ends_all(world: Any) -> None:
    """clear() tells how many sessions there were, whatever the number of their apps."""
    visitors = [world.visit(), world.visit()]
    world.open(visitors[0].session, mount=world.make_mount("/b"))
    assert world.host.clear() == 2
    assert [visitor.channel.code() for visitor in visitors] == [4001, 4001]
    assert world.host.clear() == 0


def test_after_kill_a_reload_starts_anew(world: Any) -> None:
    """The session is gone with its data; the next visit gets a fresh one and a fresh app."""
    visitor = world.visit()
    world.host.clear()
    with pytest.raises(HTTPError, match="the session has ended"):
        world.open(visitor.session)
    world.open(world.session())
    assert len(world.engine.built) == 2


def test_close_ends_every_thread(world: Any) -> None:
    """Pages are told that the server stops, apps are told, and nothing is opened any more."""
    visitors = [world.visit() for _ in range(5)]
    assert world.host.close(LIMIT)
    assert [visitor.channel.code() for visitor in visitors] == [1001] * 5
    assert all(visitor.app.closed.is_set() for visitor in visitors)
    with pytest.raises(HTTPError):
        world.open(world.session())


def test_close_does_not_wait_for_a_blocked_session(world: Any, click: Any) -> None:
    """Threads busy with foreign code are left behind when the time is up, together."""
    visitors = [world.visit() for _ in range(4)]
    for visitor in visitors[:3]:
        visitor.receiver.received(click(1, "block"))
        assert visitor.app.blocking.wait(LIMIT)
    started = time.perf_counter()
    assert not world.host.close(0.2)
    assert time.perf_counter() - started < LIMIT  # they are busy for twice as long
    assert visitors[3].app.closed.is_set()
    assert len(world.errors) == 3


def test_connected_pages_are_counted_and_told(world: Any) -> None:
    """Whoever wants to know how many pages there are hears of every change."""
    counts: list[int] = []
    changes: list[bool] = []
    world.host.pages_changed = lambda: changes.append(True)
    visitor = world.visit()
    counts.append(world.host.connected_pages())
    visitor.receiver.closed(1001, "")
    counts.append(world.host.connected_pages())
    assert (counts, len(changes)) == ([1, 0], 2)


def test_a_page_leads_to_its_mount(world: Any) -> None:
    """The mount of a page is found for its own session only."""
    session, other = world.session(), world.make_mount("/other")
    world.open(session)
    page = world.open(session, mount=other)["page"]
    assert world.host.mount_of(session, page) is other
    assert world.host.mount_of(world.session(), page) is None
    assert world.host.mount_of(None, page) is None
