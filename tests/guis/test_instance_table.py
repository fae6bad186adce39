"""Which instances there are, and who makes room."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from quick_htag.errors import NoCapacity
from quick_htag.guis.options import GuiOptions
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import Request

LIMIT = 30.0


def visit_from(world: Any, host: str) -> Any:
    """Open a page as a new visitor of that address, without connecting."""
    request = Request("GET", "/", Headers(), client_address=(host, 1))
    return world.host.open_page(world.mount, request, world.sessions.issue(host))


def test_one_address_has_a_limit(worlds: Any) -> None:
    """Pages nobody came back for make room; visitors of other addresses notice nothing."""
    world = worlds(max_instances_per_address=2)
    for _ in range(3):
        visit_from(world, "192.0.2.1")
    assert len(world.host) == 2
    visit_from(world, "192.0.2.2")
    assert len(world.host) == 3


def test_connected_pages_of_an_address_stay(worlds: Any) -> None:
    """When all are in use, one more is refused and told why."""
    world = worlds(max_instances_per_address=2)
    world.visit()
    world.visit()
    with pytest.raises(NoCapacity, match=r"2 live apps for .* trusted_proxies"):
        world.visit()


def test_per_tab_gives_each_page_its_own(world: Any) -> None:
    """Pages of one session do not share; each is found by its id."""
    world.mount.options = GuiOptions(per_tab=True)
    session = world.session()
    pages = [world.open(session) for _ in range(3)]
    channels = [world.connect(session, page)[0] for page in pages]
    assert len(world.engine.built) == len(world.host) == 3
    world.engine.built[1].context.send('{"only":1}')
    channels[1].wait(lambda channel: channel.payloads() == [{"only": 1}])
    assert channels[0].payloads() == channels[2].payloads() == []


def test_per_tab_is_limited_per_session(worlds: Any) -> None:
    """Reloading for ever ends the tabs that were left."""
    world = worlds(max_instances_per_session=2)
    world.mount.options = GuiOptions(per_tab=True)
    session = world.session()
    for _ in range(5):
        world.open(session)
    assert len(world.host) == 2


def test_a_thread_left_behind_counts(worlds: Any, click: Any) -> None:
    """It counts for its session and for the server until it ends, and never again."""
    world = worlds(max_left_behind=1)
    visitor = world.visit()
    visitor.receiver.received(click(1, "block"))
    assert visitor.app.blocking.wait(LIMIT)
    world.host.clear()
    world.timer.advance(7)
    assert world.host.left_behind() == 1
    with pytest.raises(NoCapacity, match="still busy"):
        world.visit()
    visitor.app.release.set()
    world.runners[0]._thread.join(LIMIT)
    assert world.host.left_behind() == 0
    world.visit()


def test_pages_are_found_in_their_own_session_only(world: Any) -> None:
    """Whoever has a page id needs the cookie as well."""
    visitor = world.visit()
    find = world.host._table.find_page
    assert find(world.mount, visitor.session, visitor.page["page"]) is not None
    assert find(world.mount, world.session(), visitor.page["page"]) is None
    assert find(SimpleNamespace(path="/other"), visitor.session, visitor.page["page"]) is None


def test_who_only_fetches_pages_makes_room_in_order(worlds: Any) -> None:
    """The oldest of his goes each time, those that were visited stay, and nobody else's goes."""
    world = worlds(max_instances_per_address=3)
    visit_from(world, "192.0.2.9")
    sessions = [world.session() for _ in range(5)]
    for session in sessions[:3]:
        page = world.open(session)
        if session is sessions[1]:
            world.connect(session, page)
    for session in sessions[3:]:
        world.open(session)
    live = [bool(world.host._table.of(None, session)) for session in sessions]
    assert live == [False, True, False, True, True]
    assert len(world.host) == 4
