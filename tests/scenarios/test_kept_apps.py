"""Values of apps over restarts, in every store; servers and sessions stay apart."""

from __future__ import annotations

import importlib
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quick_htag import QuickServer, RedisStore, Settings, SQLiteStore
from quick_htag.testing import GuiPage, TestClient

COUNT = re.compile(r'class="count"[^>]*>(\d+)<')
SETTINGS = Settings(session_cookie="visit")  # the port is another one with each start


@pytest.fixture
def app(live_apps: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The sample app that keeps a number."""
    monkeypatch.syspath_prepend(str(live_apps / "samples"))
    htag = pytest.importorskip("htag", exc_type=ImportError)
    return "h2_kept:App" if hasattr(htag, "State") else "h1_kept:App"


@pytest.fixture(params=["sqlite", "redis"])
def new_store(request: Any, tmp_path: Path) -> Callable[[], Any]:
    """Opens the same store anew."""
    if request.param == "sqlite":
        return lambda: SQLiteStore(tmp_path / "store.db")
    pytest.importorskip("redis")
    url, prefix = request.getfixturevalue("redis_server").url, uuid.uuid4().hex
    return lambda: RedisStore(url, prefix=prefix)


@pytest.fixture
def serve(app: str, start_server: Callable[..., QuickServer]) -> Callable[..., QuickServer]:
    """``serve(store, paths=["/"])``: a server with the app."""

    def start(store: Any, paths: Any = ("/",), **options: Any) -> QuickServer:
        def set_up(server: QuickServer) -> None:
            for path in paths:
                server.bind_htag(path, app, **{"persist": True, **options})

        return start_server(set_up, store=store, settings=SETTINGS)

    return start


def _clicked(url: str, visitor: Any, times: int) -> tuple[Any, str]:
    """Open the app, click, and load it again; the visitor, and the number that is shown then."""
    client = importlib.import_module("gui_client")
    page = client.Page(url, visitor).open()
    for _ in range(times):
        page.click("more")
    page.close()
    html = client.Page(url, page.visitor).html
    return page.visitor, COUNT.findall(html)[0]


def test_values_outlive_the_server(serve: Any, new_store: Any) -> None:
    """Each visitor has his own after the restart."""
    visitors: list[Any] = [None, None]
    for counts in (["1", "3"], ["2", "6"]):
        with new_store() as store:
            server = serve(store)
            for number, times in enumerate((1, 3)):
                visitors[number], count = _clicked(server.url, visitors[number], times)
                assert count == counts[number]
            server.server_close()
    for visitor in visitors:
        visitor.close()


def test_two_servers_stay_apart(serve: Any) -> None:
    """A cookie of one is nothing to the other, each with a store of its own."""
    one, other = serve(None), serve(None)
    visitor, count = _clicked(one.url, None, 2)
    assert (count, _clicked(other.url, visitor, 1)[1]) == ("2", "1")
    visitor.close()


def test_the_store_is_empty_after_the_session(serve: Any, tmp_path: Path) -> None:
    """Logging out takes everything along."""
    with SQLiteStore(tmp_path / "store.db") as store:
        server = serve(store)
        visitor, _ = _clicked(server.url, None, 1)
        assert "count" in str([store.get(key) for key in store.keys("session:")])
        for session in server.sessions.snapshot():
            server.sessions.remove(session)
        server.server_close()
        assert "count" not in str([store.get(key) for key in store.keys("")])
        visitor.close()


def test_paths_are_apart(serve: Any, app: str) -> None:
    """With htag 1, whose state belongs to the class, they are one."""
    server = serve(None, paths=("/", "/b/"))
    visitor, _ = _clicked(server.url, None, 2)
    assert _clicked(f"{server.url}b/", visitor, 1)[1] == ("1" if app.startswith("h2") else "3")
    visitor.close()


def test_apps_on_one_loop_stay_apart(serve: Any) -> None:
    """Each visitor gets his own, though all run on one thread."""
    server = serve(None, isolation="loop")
    one, _ = _clicked(server.url, None, 1)
    other, _ = _clicked(server.url, None, 4)
    for instance in server.guis._table.live():
        instance.end(4001, "idle")
    assert [_clicked(server.url, visitor, 0)[1] for visitor in (one, other)] == ["1", "4"]
    one.close()
    other.close()


def test_starting_anew_lasts(serve: Any, tmp_path: Path) -> None:
    """Also over a restart, and when no instance was there; with htag 1 the app would clear it."""
    if not hasattr(pytest.importorskip("htag"), "State"):
        pytest.skip("state is the session's with htag 1")
    client = importlib.import_module("gui_client")
    asked = {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    with SQLiteStore(tmp_path / "store.db") as store:
        server = serve(store)
        visitor, _ = _clicked(server.url, None, 2)
        server.server_close()
    with SQLiteStore(tmp_path / "store.db") as store:
        server = serve(store, reset_parameter="n")
        visitor.get(f"{server.url}?n", headers=asked, allow_redirects=False, timeout=60)
        server.server_close()
    with SQLiteStore(tmp_path / "store.db") as store:
        server = serve(store)
        assert COUNT.findall(client.Page(server.url, visitor).html) == ["0"]
        server.server_close()
    visitor.close()


def test_a_state_that_cannot_be_drawn(start_server: Any) -> None:
    """The page begins anew, and what had failed is told that it ends."""
    htag = pytest.importorskip("htag")
    if not hasattr(htag, "State"):
        pytest.skip("States are of htag 2")
    destroyed = []

    class Fragile(htag.Tag.App):  # type: ignore[misc, name-defined]
        def init(self) -> None:
            self.kept = htag.States(index=0)
            self += htag.Tag.b(lambda: "abc"[self.kept.index.value])

        def on_destroy(self) -> None:
            destroyed.append(self.kept.index.value)

    server = start_server(lambda server: server.bind_htag("/", Fragile, persist=True))
    told: list[str] = []
    server.log.error_handler = lambda *args: told.append(args[1])
    visitor = TestClient(server.app)
    with GuiPage(visitor) as page:
        assert page.find("b").text == "a"
    (instance,) = server.guis._table.live()
    instance.app.instance._app.kept.load({"index": 9})
    instance.end(4001, "idle")
    with GuiPage(visitor) as page:
        assert page.find("b").text == "a"
    assert any("has begun anew" in text for text in told)
    server.guis.close(5)
    assert sorted(destroyed) == [0, 9, 9]


def test_a_visitor_who_moves_between_servers(serve: Any, new_store: Any) -> None:
    """There and back again: what was done last is what is shown, whoever showed it before."""
    with new_store() as store, new_store() as other_store:
        one, other = serve(store), serve(other_store)
        visitor, count = _clicked(one.url, None, 2)
        assert (count, _clicked(other.url, visitor, 3)[1]) == ("2", "5")
        assert (_clicked(one.url, visitor, 1)[1], _clicked(other.url, visitor, 0)[1]) == ("6", "6")
        one.shutdown()  # what its app had at the end is nobody's business any more
        assert _clicked(other.url, visitor, 1)[1] == "7"
        other.shutdown()


def test_a_page_that_was_left_open(serve: Any, new_store: Any) -> None:
    """Its event is not done twice nor by an app that has an old value; it comes back for that."""
    client = importlib.import_module("gui_client")
    with new_store() as store, new_store() as other_store:
        one, other = serve(store), serve(other_store)
        left = client.Page(one.url).open()
        left.click("more")
        assert _clicked(other.url, left.visitor, 3)[1] == "4"
        left.send(left.event_of("more"))
        assert left.end() == 4001
        left.close()
        assert _clicked(one.url, left.visitor, 1)[1] == "5"
        for server in (one, other):
            server.shutdown()
