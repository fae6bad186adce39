"""The session of a process, kept by a server: both ends, over a real connection."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from quick_htag.errors import ConfigurationError, NotStorable, StoreUnavailable
from quick_htag.isolation.anchors import Anchors
from quick_htag.isolation.remote_session import RemoteDoor, RemoteKeeper, remote_session
from quick_htag.isolation.session_desk import SessionDesk, told_session
from quick_htag.stores.session import Session
from tests.patience import until

Both = tuple[Session, Session, RemoteKeeper, Any]


@pytest.fixture
def both(linked: Any, services: SimpleNamespace) -> Both:
    """The session as the server has it, as the process has it, its keeper, and the ends."""
    mine = services.sessions.issue("192.0.2.1")
    mine.data["kept"] = 1
    ends = linked()
    failed: Callable[..., Any] = pytest.fail
    desk = SessionDesk(lambda: mine, services.executor, services.sessions.remove, failed)
    for name in ("session save", "session refresh", "session lock", "session end"):
        ends.answers[name] = lambda *args, name=name: desk.asked(args[0], args[1], name, args[2])
    anchors = Anchors()
    anchors.add(ends.here)
    ends.here._server.lost = anchors.remove
    keeper = RemoteKeeper(anchors, 30.0, 10_000)
    return mine, remote_session(keeper, told_session(mine)), keeper, ends


def test_what_the_app_changes_is_the_servers(both: Both) -> None:
    """Set, changed inside, removed."""
    mine, there, *_ = both
    there.data["list"] = [1]
    there.save()
    there.data["list"].append(2)
    del there.data["kept"]
    there.save()
    assert dict(mine.data) == {"list": [1, 2]}


def test_what_the_server_changes_is_the_apps(both: Both) -> None:
    """With the next look; what both have changed is merged by key."""
    mine, there, *_ = both
    mine.data["kept"] = 2
    there.data["own"] = True
    assert there.refresh()
    there.save()
    assert dict(there.data) == dict(mine.data) == {"kept": 2, "own": True}


def test_what_is_no_json_stays_with_the_app(both: Both) -> None:
    """It is told there, and the rest is stored."""
    mine, there, *_ = both
    there.data.update(bad=object(), good=1)
    with pytest.raises(NotStorable):
        there.save()
    assert mine.data == {"kept": 1, "good": 1}


def test_a_block_keeps_the_server_out(both: Both) -> None:
    """Until it is left."""
    mine, there, *_ = both
    entered = threading.Event()

    def enter() -> None:
        with mine.data:
            entered.set()

    thread = threading.Thread(target=enter)
    with there.data as data:
        data["kept"] += 1
        thread.start()
        assert not entered.wait(0.05)
    assert entered.wait(30)
    thread.join(30)
    assert mine.data["kept"] == 2


def test_without_a_server_the_store_is_away(both: Both) -> None:
    """A lost connection is an error of the store, which apps survive."""
    _, there, _, ends = both
    ends.there.close()
    until(lambda: not ends.here.alive)
    there.data["lost"] = 1
    with pytest.raises(StoreUnavailable):
        there.save()
    with pytest.raises(StoreUnavailable):
        there.refresh()


def test_the_app_ends_its_session_and_cannot_change_the_cookie(
    both: Both, services: SimpleNamespace
) -> None:
    """``logout`` works, ``login`` says who can do it."""
    mine, there, keeper, _ = both
    door = RemoteDoor(keeper, there)
    assert (door(), door.user()) == (there.data, None)
    with pytest.raises(ConfigurationError, match="route"):
        door.login("me")
    with pytest.raises(ConfigurationError, match="route"):
        door.rotate()
    door.logout()
    assert services.sessions.get(mine.id) is None
