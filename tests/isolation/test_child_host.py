"""What a process answers, with a host that is told what to do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from quick_htag.errors import AppFailed, HTTPError, NoCapacity
from quick_htag.isolation.anchors import Anchors
from quick_htag.isolation.child_host import ChildHost, Terms
from quick_htag.isolation.failures import raised
from quick_htag.isolation.link import Link, Refused
from quick_htag.isolation.remote_services import RemoteUploads
from quick_htag.isolation.remote_session import OneSession, RemoteKeeper
from quick_htag.isolation.told_request import told
from quick_htag.messages.request import Request
from tests.patience import until

SESSION = {"uid": "u", "short_id": "s", "address": "a", "born": 1.0, "user": "me", "texts": {}}


class Host:
    """Stands for a ``GuiHost``."""

    def __init__(self) -> None:
        self.count = 1
        self.left = 0
        self.closed: list[Any] = []
        self.outcome: Any = "<html>"
        self.links = SimpleNamespace()
        self.downloads = SimpleNamespace(peek=lambda *_: None, take=lambda *_, **__: None)

    def __len__(self) -> int:
        return self.count

    def left_behind(self) -> int:
        return self.left

    def open_page(self, mount: Any, request: Request, session: Any) -> str:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return f"{self.outcome}{request.user}{request.target}"

    def close(self, timeout: float, reason: Any) -> bool:
        self.closed.append(reason)
        return True

    def connected_pages(self) -> int:
        return 3

    def reset(self, mount: Any, session: Any) -> bool:
        return True

    def field(self, *_: Any) -> None:
        return None

    def sessions_snapshot(self) -> list[Any]:
        return []


@pytest.fixture
def child(linked: Any, hub: Any) -> Iterator[Any]:
    """The host, the exit codes of the process, and the ends of a connection to it."""
    host, left, terms = Host(), [], Terms()
    anchors = Anchors()
    keeper = RemoteKeeper(anchors, 1.0, 1000)
    made: Any = ChildHost(
        host,  # type: ignore[arg-type]
        None,  # type: ignore[arg-type]
        terms,
        OneSession(None),
        keeper,
        RemoteUploads(anchors),
        anchors,
        lambda delay, function: hub.call_later(0.0, function),
        left.append,
    )
    ends = linked(made)
    anchors.add(ends.here)
    ask: Link = ends.there
    yield SimpleNamespace(host=host, left=left, ask=ask.ask, note=ask.note, ends=ends, made=made)
    made.close()


def page(target: str = "/x") -> dict[str, Any]:
    """What is asked for a page."""
    return {"request": told(Request("GET", target)), "debug": False, "largest": 5}


def test_it_has_no_visitor_before_one_is_given(child: Any) -> None:
    """Then pages are rendered, for who has logged in."""
    with pytest.raises(Refused):
        child.ask("field", 30.0, page="p", key="k")
    child.ask("assign", 30.0, **SESSION)
    assert child.ask("open", 30.0, **page()) == {"html": "<html>me/x"}
    assert child.ask("field", 30.0, page="p", key="k")["found"] is False


@pytest.mark.parametrize(
    "error", [AppFailed("a", "trace"), NoCapacity("b", 3), HTTPError(503, "c"), ValueError("d")]
)
def test_failures_are_told_as_they_are(child: Any, error: Exception) -> None:
    """What nobody has foreseen is a failure of the app."""
    child.ask("assign", 30.0, **SESSION)
    child.host.outcome = error
    with pytest.raises(Refused) as caught:
        child.ask("open", 30.0, **page())
    known = AppFailed if isinstance(error, ValueError) else type(error)
    assert type(raised(caught.value)) is known


def test_without_an_instance_it_leaves(child: Any) -> None:
    """Who asks then is told to take another one; a busy thread makes it a hard end."""
    child.ask("assign", 30.0, **SESSION)
    child.host.instance_gone()
    child.host.count, child.host.left = 0, 1
    child.host.instance_gone()
    until(lambda: child.left)
    assert child.left == [1]
    assert child.ask("open", 30.0, **page()) == {"gone": True}


def test_it_is_told_to_stop(child: Any) -> None:
    """Its pages are told why."""
    child.note("stop", timeout=1.0, code=1001, reason="bye")
    until(lambda: child.left)
    assert child.host.closed == [(1001, "bye")]


def test_its_session_ends(child: Any) -> None:
    """The host is told, as by a server; without a visitor the process ends."""
    child.note("ended", reason="over")
    until(lambda: child.left)
    child.ask("assign", 30.0, **SESSION)
    told_of = threading.Event()
    child.made._sessions.ended.append(lambda session, reason: told_of.set())
    child.note("ended", reason="over")
    assert told_of.wait(30)


def test_pages_are_counted_for_the_server(child: Any) -> None:
    """Later, since a lock is held when they change."""
    child.host.pages_changed()
    until(lambda: child.ends.notes)
    assert child.ends.notes == [("pages", {"count": 3})]


def test_what_is_offered_no_more(child: Any) -> None:
    """The server answers 404."""
    child.ask("assign", 30.0, **SESSION)
    assert child.ask("offer", 30.0, request=told(Request("GET", "/")), token="t") == {
        "found": False
    }
    assert child.ask("reset", 30.0) == {"ended": True}
    assert child.ask("rows", 30.0) == {"rows": []}
