"""What is left when visitors have gone: nothing."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from quick_htag import Settings
from quick_htag.engines.detect import load_engine

htag = pytest.importorskip("htag", exc_type=ImportError)
MAJOR = load_engine().major
Tag = htag.Tag
Base = Tag.div if MAJOR == 1 else Tag.App
only_htag1 = pytest.mark.skipif(MAJOR != 1, reason="of htag 1")
only_htag2 = pytest.mark.skipif(MAJOR != 2, reason="of htag 2")
LIMIT = 10.0


class Busy(Base):  # type: ignore[misc,valid-type]
    """Has a task that runs for ever, as apps have."""

    imports: tuple[Any, ...] = ()
    ended: list[str] = []  # noqa: RUF012 emptied by the fixture

    def init(self) -> None:
        self.label = Tag.b("label:0")
        self += Tag.button("go", _class="go", _onclick=self.do_go)
        self += self.label
        self.task = asyncio.ensure_future(self.work())

    async def work(self) -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            self.ended.append("task")

    def do_go(self, _: Any = None) -> None:
        self.label.clear("label:went")

    def on_destroy(self) -> None:
        self.ended.append("hook")


@pytest.fixture(autouse=True)
def _forget() -> Any:
    Busy.ended.clear()
    yield
    Busy.ended.clear()


def until(condition: Any) -> None:
    """Wait for a condition that nothing announces."""
    end = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < end, "this did not become true"
        threading.Event().wait(0.002)


def test_l1_fetching_pages_makes_no_crowd(gui: Any) -> None:
    """Programs that only fetch pages displace each other; what is no page makes nothing."""
    site = gui(Busy, settings=Settings(max_instances=5))
    for _ in range(15):
        assert requests.get(site.url, timeout=LIMIT).status_code == 200
    assert len(site.server.guis) == 5
    before = len(site.server.sessions)
    requests.head(site.url, timeout=LIMIT)
    requests.post(site.url, timeout=LIMIT)
    for path in ("ws", "missing"):
        requests.get(f"{site.url}{path}", timeout=LIMIT)
    assert (len(site.server.guis), len(site.server.sessions)) == (5, before)


@pytest.mark.parametrize("isolation", ["thread", "loop"])
def test_l2_tasks_of_a_visitor_who_left_end(gui: Any, isolation: str) -> None:
    """Its tasks are cancelled and its hook is called, also on a shared loop."""
    site = gui(Busy, isolation=isolation, settings=Settings(instance_timeout=0.05))
    stays = site.tab()
    leaves = site.tab()
    leaves.close()
    until(lambda: len(site.server.guis) == 1)
    expected = ["task"] if MAJOR == 1 else ["hook", "task"]
    until(lambda: sorted(Busy.ended) == expected)
    assert "went" in repr(site.press(stays, "go"))


def test_l3_what_nobody_sees_is_bounded(gui: Any) -> None:
    """Pushes without a page fill the ring and no more; a page that comes gets the latest state."""
    site = gui(Busy, settings=Settings(replay_messages=10))
    tab = site.tab()
    tab.close()
    until(lambda: not site.server.guis.connected_pages())
    instance = site.server.guis._table.live()[0]
    for number in range(100):
        instance.outbox.send(f'{{"number": {number}}}')
    assert len(instance.outbox._ring) == 10
    tab.open()
    message = tab.receive(LIMIT)
    assert message["full"] is True
    assert message["n"] == 100


def test_l5_the_last_page_does_not_end_the_server(gui: Any) -> None:
    """A server serves on when nobody looks."""
    site = gui(Busy)
    site.tab().close()
    until(lambda: not site.server.guis.connected_pages())
    assert requests.get(site.url, timeout=LIMIT).status_code == 200


def test_l6_sessions_and_instances_of_requests_elsewhere(gui: Any) -> None:
    """Requests that open no app make no session, no instance and no thread (L7)."""
    site = gui(Busy)
    site.server.json_get("/plain", 0)(lambda req, args: {})
    requests.get(f"{site.server.url}plain", timeout=LIMIT)
    threads = threading.active_count()
    for path in ("plain", "missing", "ws"):
        requests.get(f"{site.server.url}{path}", timeout=LIMIT)
    assert (len(site.server.sessions), len(site.server.guis)) == (0, 0)
    assert threading.active_count() <= threads + 1


@only_htag1
def test_l10_an_abandoned_generator_ends(gui: Any) -> None:
    """Its page leaves between two steps; the app ends, and the generator with it."""
    gone: list[int] = []

    class App(Busy):
        async def do_go(self, _: Any = None) -> Any:  # type: ignore[override]
            try:
                while True:
                    self.label.clear("label:step")
                    yield
                    await asyncio.sleep(0.005)
            finally:
                gone.append(1)

    site = gui(App, settings=Settings(instance_timeout=0.05))
    tab = site.tab()
    tab.send(tab.event_of("go"))
    site.until(tab, "label:step")
    tab.close()
    until(lambda: gone == [1])
    until(lambda: len(site.server.guis) == 0)


def test_l11_a_server_at_rest_does_nothing(gui: Any) -> None:
    """With open pages that nobody uses, no thread polls."""
    site = gui(Busy)
    for _ in range(5):
        site.tab()
    threading.Event().wait(0.05)
    before = time.process_time()
    threading.Event().wait(0.3)
    assert time.process_time() - before < 0.05


def test_a_stopping_server_tells_every_app(gui: Any) -> None:
    """Destroy hooks run, tasks are cancelled, pages are told."""
    site = gui(Busy)
    tabs = [site.tab() for _ in range(3)]
    site.server.shutdown()
    assert [tab.end() for tab in tabs] == [1001] * 3
    assert Busy.ended.count("task") == 3
    assert Busy.ended.count("hook") == (3 if MAJOR == 2 else 0)


def open_files() -> int:
    """How many files this process has open; 0 where nobody tells."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


def is_of_an_app(thing: Any) -> bool:
    """Whether it is a part of a live app: of ours, of htag, or a task."""
    of = str(type(thing).__module__)
    ours = of.startswith(("quick_htag.guis.", "quick_htag.engines.", "quick_htag.stores."))
    return ours or isinstance(thing, (Busy, asyncio.Task, Tag.div if MAJOR == 1 else Busy))


@pytest.mark.parametrize("isolation", ["thread", "loop"])
def test_many_visitors_leave_nothing(gui: Any, isolation: str) -> None:
    """Threads, files, tasks and what belongs to apps end where they began."""
    settings = Settings(instance_timeout=0.01, session_timeout=0.01)
    site = gui(Busy, isolation=isolation, settings=settings)

    def rest() -> tuple[int, int]:
        until(lambda: len(site.server.guis) == 0 and site.server.guis.left_behind() == 0)
        until(lambda: not [t for t in threading.enumerate() if "gui" in t.name])
        gc.collect()
        return sum(map(is_of_an_app, gc.get_objects())), open_files()

    def visit() -> None:
        tab = site.load().open()
        assert "went" in repr(site.press(tab, "go"))
        tab.close()
        tab.visitor.close()

    for _ in range(10):
        visit()
    objects, files = rest()
    for _ in range(50):
        visit()
    objects_after, files_after = rest()
    assert objects_after <= objects + 10  # sessions leave when the next one comes
    assert files_after <= files + 2  # a connection of the client may still be on its way out
