"""What is left when visitors have gone: nothing."""

from __future__ import annotations

import asyncio
import gc
import importlib
import inspect
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from quick_htag import Settings, SQLiteStore, worker_request
from quick_htag.engines.detect import load_engine
from tests.patience import until

htag = pytest.importorskip("htag", exc_type=ImportError)
MAJOR = load_engine().major
Tag = htag.Tag
Base = Tag.div if MAJOR == 1 else Tag.App
only_htag1 = pytest.mark.skipif(MAJOR != 1, reason="of htag 1")
only_htag2 = pytest.mark.skipif(MAJOR != 2, reason="of htag 2")
LIMIT = 30.0


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


def test_l4_a_closed_stream_takes_nothing(gui: Any) -> None:
    """Streams come and go and leave nothing; what is pushed later reaches the polls of the page."""
    site = gui(Busy)
    page = importlib.import_module("raw_page").RawPage(site.server, "go")

    def stream() -> None:
        messages = page.by_events()
        page.take(next(messages))
        messages.close()
        until(lambda: not site.server.guis.connected_pages())

    for _ in range(3):
        stream()
    files = open_files()
    for _ in range(20):
        stream()
    assert open_files() <= files
    instance = site.server.guis._table.live()[0]
    assert (len(instance.outbox._channels), len(instance.pages)) == (0, 1)
    polls = page.by_polls()
    page.take(next(polls))
    page.send(1)
    while page.done != {1}:
        page.take(next(polls))
    polls.close()
    assert page.numbers == [1]


def test_l5_the_last_page_does_not_end_the_server(gui: Any) -> None:
    """A server serves on when nobody looks."""
    site = gui(Busy)
    site.tab().close()
    until(lambda: not site.server.guis.connected_pages())
    assert requests.get(site.url, timeout=LIMIT).status_code == 200


def test_l6_sessions_and_instances_of_requests_elsewhere(gui: Any) -> None:
    """Requests that open no app make no session, no instance and no thread."""
    site = gui(Busy)
    site.server.json_get("/plain", 0)(lambda req, args: {})
    requests.get(f"{site.server.url}plain", timeout=LIMIT)
    threads = threading.active_count()
    for path in ("plain", "missing", "ws"):
        requests.get(f"{site.server.url}{path}", timeout=LIMIT)
    assert (len(site.server.sessions), len(site.server.guis)) == (0, 0)
    assert threading.active_count() <= threads + 1


def test_l7_requests_elsewhere_take_no_resource(gui: Any, watched: Any) -> None:
    """A hundred answers, 404 among them: no file, no shared memory, nothing that stays open."""
    site = gui(Busy)
    site.server.json_get("/plain", 0)(lambda req, args: {})
    with requests.Session() as client:
        client.get(f"{site.server.url}plain", timeout=LIMIT)
        files = open_files()
        with watched as seen:
            for number in range(50):
                client.get(f"{site.server.url}plain", timeout=LIMIT)
                client.get(f"{site.server.url}missing{number}", timeout=LIMIT)
        assert open_files() == files
    assert (seen.written(), seen.named("os.posix_spawn", "os.fork")) == ([], [])


@pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="the sockets of a child are not seen"
)
def test_l8_children_inherit_no_sockets(gui: Any) -> None:
    """Neither the program an app starts, nor the process of a job, has a socket of the server.

    A restarted server: ``tests/process/test_restart.py::test_children_inherit_no_sockets``.
    """
    cpu = importlib.import_module("cpu_jobs")

    children: list[str] = []

    class App(Busy):
        def do_go(self, _: Any = None) -> None:
            code = f"{inspect.getsource(cpu.sockets)}\nprint(*sockets(0))"
            command = [sys.executable, "-c", code]
            # not told to close anything, it gets whatever is not marked as the server's own
            found = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=-1, close_fds=False)
            children.extend(found.stdout.decode().split())

    site = gui(App)
    tabs = [site.tab() for _ in range(3)]
    site.press(tabs[0], "go")
    site.server.json_worker("/sockets", executor="processes")(cpu.sockets)
    children += worker_request(f"{site.server.url}sockets", 0)
    ours = set(cpu.sockets(0))
    assert len(ours) > len(tabs)
    assert not ours & set(children)


def test_l9_removing_a_session_removes_nothing_else(gui: Any, tmp_path: Path) -> None:
    """Others keep their apps, their data and their place on the disk; a neighbour stays."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "neighbour.txt").write_text("mine")

    class App(Busy):
        def do_go(self, _: Any = None) -> None:
            session = self.session if MAJOR == 1 else self.request.session
            session["went"] = session.get("went", 0) + 1
            self.label.clear(f"label:went {session['went']}")

    with SQLiteStore(folder / "store.db") as store:
        site = gui(App, store=store)
        tabs = [site.tab() for _ in range(3)]
        for tab in tabs:
            site.press(tab, "go")
        before = set(store.keys())
        gone, *stay = site.server.sessions.snapshot()
        assert site.server.guis.kill(gone.short_id)
        assert len(before - set(store.keys())) == 1
        left = [tab for tab in tabs if gone.id not in repr(tab.visitor.cookies)]
        assert ["went 2" in repr(site.press(tab, "go")) for tab in left] == [True, True]
        assert len(stay) == 2
        assert {"neighbour.txt", "store.db"} <= {path.name for path in folder.iterdir()}
        site.server.shutdown()


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


def _is_at_rest() -> bool:
    """Whether this process does next to nothing for a moment."""
    before = time.process_time()
    threading.Event().wait(0.3)
    return time.process_time() - before < 0.05


def test_l11_a_server_at_rest_does_nothing(gui: Any) -> None:
    """With open pages that nobody uses, no thread polls."""
    site = gui(Busy)
    for _ in range(5):
        site.tab()
    until(_is_at_rest)


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
    before = set(threading.enumerate())
    site = gui(Busy, isolation=isolation, settings=settings)

    def rest() -> tuple[int, int]:
        until(lambda: len(site.server.guis) == 0 and site.server.guis.left_behind() == 0)
        started = set(threading.enumerate()) - before
        until(lambda: not [t for t in started if "quick_htag-gui" in t.name and t.is_alive()])
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
    # a last connection may still be on its way out; sessions leave when the next one comes
    until(lambda: rest()[0] <= objects + 10)
    until(lambda: rest()[1] <= files + 2)
