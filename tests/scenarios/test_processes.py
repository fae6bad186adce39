"""Apps in processes of their own, real ones: what they share with no one, and how they end."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed

from quick_htag import QuickServer, Settings, SQLiteStore, create_server
from quick_htag.errors import AppNotFound, ConfigurationError
from quick_htag.logs import MessageLog
from quick_htag.transports.connection import State
from tests.patience import until

LIMIT = 30.0  # seconds a busy machine may need
OTHER = os.environ.get("QUICK_HTAG_OTHER_PYTHON", "")  # has the other htag; `make test` sets it
Start = Callable[..., QuickServer]


def lives(pid: int) -> bool:
    """Whether a process is there, and is no mere entry of one that has ended."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def pid_of(page: Any) -> int:
    """The process of its app."""
    return int(re.search(r"pid=(\d+)", page.html)[1])


def end_of(page: Any) -> int:
    """Receive until the server closes, which may take a busy machine its time; the close code."""
    try:
        while True:
            page.receive(LIMIT * 2)
    except ConnectionClosed as closed:
        return closed.rcvd.code


def shown(page: Any, text: str) -> str:
    """Wait until the page is sent a text that matches; what has matched."""
    while not (found := re.search(text, json.dumps(page.receive(LIMIT)))):
        pass
    return found[0]


def count(page: Any) -> str:
    """The number in a page as it was loaded."""
    return str(re.search(r'class="count"[^>]*>(\d+)', page.html)[1])


class Told(MessageLog):
    """A log whose lines are a list, too."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def message(self, text: str) -> None:
        self.lines.append(text)

    def error(self, source: str, text: str, *more: Any, **options: Any) -> None:
        self.lines.append(text)

    def has(self, text: str) -> bool:
        """Whether a line has this text."""
        return any(text in line for line in self.lines)


@pytest.fixture
def own_app(app_name: str) -> str:
    """The app of these tests, for the installed htag."""
    return app_name.replace("app_", "own_")


@pytest.fixture
def serve(start_server: Start, own_app: str) -> Callable[..., QuickServer]:
    """``serve(**options)``: a server with the app; ``settings`` are those of the server."""

    def started(settings: dict[str, Any] | None = None, **options: Any) -> QuickServer:
        def setup(server: QuickServer) -> None:
            server.bind_htag("/", own_app, isolation="process", **options)

        numbers = {"spare_processes": 0, **(settings or {})}
        return start_server(setup, settings=Settings(**numbers), log=Told())

    return started


@pytest.fixture(scope="module")
def hall() -> Iterator[QuickServer]:
    """A server for the tests that share one: with routes, and a process that waits."""
    htag = pytest.importorskip("htag", exc_type=ImportError)
    name = "own_htag2:App" if hasattr(htag, "State") else "own_htag1:App"
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).resolve().parents[1] / "live_apps"))
        server = create_server(("", 0), log=Told())
        server.no_command_loop = True
        server.bind_htag("/", name, isolation="process")

        @server.json_get("/notes")
        def notes(req: Any, args: Any) -> Any:
            req.session["notes"] = [*req.session.get("notes", []), "route"]
            return req.session["notes"]

        server.start()
        yield server
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def resident(hall: QuickServer) -> Iterator[Any]:
    """A page of a visitor who does no harm."""
    from tests.live_apps.gui_client import Page

    page = Page(hall.url).open()
    yield page
    page.close()


def test_each_visitor_has_a_process_and_keeps_it(
    hall: QuickServer, resident: Any, open_page: Any
) -> None:
    """Two visitors are in two processes, a second page of one is in the same."""
    other = open_page(hall.url)
    again = open_page(hall.url, resident.visitor)
    assert len({os.getpid(), pid_of(resident), pid_of(other)}) == 3
    assert pid_of(again) == pid_of(resident)


def test_events_are_handled_there(hall: QuickServer, resident: Any, open_page: Any) -> None:
    """What a click has changed is in the next page of the visitor."""
    before = int(count(open_page(hall.url, resident.visitor)))
    resident.click("more")
    resident.click("more")
    assert int(count(open_page(hall.url, resident.visitor))) == before + 2


def test_the_data_of_a_session_is_shared_with_routes(hall: QuickServer, resident: Any) -> None:
    """What an app stores a route sees, and the other way round."""
    url = f"{hall.url}notes"
    resident.click("note")
    kinds = [type(one) for one in resident.visitor.get(url, timeout=LIMIT).json()]
    assert kinds == [int, str]
    resident.click("note")
    kinds = [type(one) for one in resident.visitor.get(url, timeout=LIMIT).json()]
    assert kinds == [int, str, int, str]


def test_files_come_to_the_app(hall: QuickServer, resident: Any) -> None:
    """A file of several pieces arrives as it was sent."""
    data = os.urandom(700_000)
    key = re.search(r'data-key="([^"]+)"', resident.html)[1]
    answer = resident.visitor.post(
        f"{hall.url}send-file",
        params={"page": resident.config["page"], "field": key},
        files={"file": ("a.bin", data)},
        headers={"Origin": hall.url.rstrip("/")},
        timeout=LIMIT,
    )
    assert answer.status_code == 204
    shown(resident, f"took=a.bin {len(data)} {hashlib.sha256(data).hexdigest()}")


def test_files_come_from_the_app(hall: QuickServer, resident: Any) -> None:
    """What an app offers to save is fetched once, from its process; ``msg`` is in the log."""
    resident.send(resident.event_of("save"))
    token = shown(resident, r'"save": "[^"]+"').split('"')[3]
    get = partial(resident.visitor.get, f"{hall.url}offer", timeout=LIMIT)
    params = {"page": resident.config["page"], "offer": token}
    answer = get(params=params)
    assert (answer.status_code, len(answer.content)) == (200, 1_000_000)
    assert "much.bin" in answer.headers["Content-Disposition"]
    assert get(params=params).status_code == 404
    assert until(lambda: hall.log.has("something is saved"))


def test_jobs_of_an_app_run_there(resident: Any) -> None:
    """The job of a bar, and its result in the page."""
    resident.send(resident.event_of("job"))
    shown(resident, "result=42")


def test_topics_reach_apps_and_come_from_them(hall: QuickServer, open_page: Any) -> None:
    """What one visitor's app publishes the server hears, and all apps; and the other way round."""
    heard: list[Any] = []
    undo = hall.subscribe("news", heard.append)
    pages = [open_page(hall.url) for _ in range(2)]
    pages[0].send(pages[0].event_of("tell"))
    for page in pages:
        shown(page, f"heard=of {pid_of(pages[0])}")
    assert until(lambda: heard) == [f"of {pid_of(pages[0])}"]
    undo()
    hall.publish("news", "by a route")
    for page in pages:
        shown(page, "heard=by a route")


def test_the_owner_sees_and_ends_sessions(hall: QuickServer, open_page: Any) -> None:
    """``sessions`` lists them with their pages; ending one tells its page."""
    page = open_page(hall.url)
    session = hall.sessions.snapshot()[-1].short_id  # the one used last
    found = lambda: [row for row in hall.list_sessions(f"session={session}") if row.pages]  # noqa: E731
    row = until(found)[0]
    assert (row.app, row.at, row.transport) == ("App", "/", "websocket")
    assert len(hall.guis) >= 1
    assert until(hall.guis.connected_pages) >= 1
    assert hall.end_session(session)
    assert end_of(page) == 4001
    assert until(lambda: not lives(pid_of(page)))


def test_the_end_of_a_process_is_told_and_touches_nobody(
    hall: QuickServer, resident: Any, open_page: Any
) -> None:
    """``kill -9``: its page is told by 4005, others go on, a reload has a new one."""
    page = open_page(hall.url)
    os.kill(pid_of(page), signal.SIGKILL)
    assert end_of(page) == 4005
    resident.click("more")
    again = open_page(hall.url, page.visitor)
    assert pid_of(again) != pid_of(page)
    assert until(lambda: hall.log.has("SIGKILL"))


def test_an_event_that_ends_its_process_does_not_hang(hall: QuickServer, open_page: Any) -> None:
    """What is in flight when the app crashes is answered by the end of the connection."""
    page = open_page(hall.url)
    page.send(page.event_of("die"))
    assert end_of(page) == 4005


def kill_when_it_waits(server: QuickServer, pid: int) -> None:
    """Kill a process as soon as a poll waits for what it says."""
    hub = server._transport._hub
    until(lambda: any(one.state is State.PARKED for one in list(hub.connections)))
    os.kill(pid, signal.SIGKILL)


def test_streams_and_polls_are_told_as_well(hall: QuickServer) -> None:
    """A stream, and a poll that waits, get the close code when the process ends."""
    visitor = requests.Session()
    htmls = [visitor.get(hall.url, timeout=LIMIT).text for _ in range(2)]
    pid = int(re.search(r"pid=(\d+)", htmls[0])[1])
    tokens = [re.search(r'quick_htag_page={"page": "([^"]*)"', html)[1] for html in htmls]
    ask = {"headers": {"Origin": hall.url.rstrip("/")}, "timeout": LIMIT}
    query = {"page": tokens[0], "seen": "0"}
    with visitor.get(f"{hall.url}stream", params=query, stream=True, **ask) as stream:
        lines = stream.iter_lines(decode_unicode=True)
        assert any("hello" in line for line in lines)
        query = {"page": tokens[1], "seen": "0"}
        first = visitor.post(f"{hall.url}poll", params=query, **ask).json()
        poll = {"page": tokens[1], "c": first["c"], "k": "1"}
        waiting = threading.Thread(target=kill_when_it_waits, args=(hall, pid))
        waiting.start()
        answer = visitor.post(f"{hall.url}poll", params=poll, **ask).json()
        assert answer["close"][0] == 4005
        assert any("4005" in line for line in lines)
    waiting.join(LIMIT)


def test_an_app_that_leaves_ends_its_process(serve: Any, open_page: Any) -> None:
    """``exit()`` calls ``on_exit`` in the server; the page is told, the process ends."""
    left = threading.Event()
    page = open_page(serve(on_exit=left.set).url)
    page.send(page.event_of("leave"))
    assert end_of(page) == 4002
    assert left.wait(LIMIT)
    assert until(lambda: not lives(pid_of(page)))


def test_a_spare_takes_the_next_visitor(hall: QuickServer, open_page: Any) -> None:
    """The process that waits is the one of the next visitor, and another one is started."""
    spares = hall._processes._hosts[0].spares
    spare = until(lambda: [one for one in spares._waiting if one.settled()])[0]
    page = open_page(hall.url)
    assert pid_of(page) == spare.process.pid
    assert until(lambda: [one for one in spares._waiting if one.settled()])[0] is not spare


@pytest.mark.parametrize("copied", [True, False])
def test_a_new_visitor_waits_less_than_50_ms(serve: Any, copied: bool) -> None:
    """A process has waited for him, however such are started; while the machine has time."""
    server = serve({"spare_processes": 1, "fork_processes": copied})
    spares = server._processes._hosts[0].spares

    def first_page() -> float:
        until(lambda: any(one.settled() for one in spares._waiting))
        begun = time.perf_counter()
        assert requests.get(server.url, timeout=LIMIT).status_code == 200
        return time.perf_counter() - begun

    assert until(lambda: first_page() < 0.05)


def test_an_endless_loop_is_killed(serve: Any, open_page: Any) -> None:
    """``timeout_interaction``: the page is told by 4003, and the process is gone."""
    server = serve(timeout_interaction=3.0)  # a busy machine needs a while to make a page, too
    page = open_page(server.url)
    page.send(page.event_of("spin"))
    assert end_of(page) == 4003
    assert until(lambda: not lives(pid_of(page)))
    assert server.log.has("no sign of life")


def test_endless_loops_are_killed_and_nobody_else_is(serve: Any, open_page: Any) -> None:
    """Several at once, which leave no processor to anybody; who clicks meanwhile is served."""
    server = serve(timeout_interaction=6.0)  # who clicks needs less, even so
    pages = [open_page(server.url) for _ in range(4)]
    for page in pages[1:]:
        page.send(page.event_of("spin"))
    for _ in range(5):
        pages[0].click("more")
    assert [end_of(page) for page in pages[1:]] == [4003] * 3
    assert until(lambda: not [page for page in pages[1:] if lives(pid_of(page))], LIMIT * 4)
    pages[0].click("more")
    assert count(open_page(server.url, pages[0].visitor)) == "6"


def test_an_app_that_nobody_uses_ends(serve: Any, open_page: Any) -> None:
    """``timeout_inactivity``: so does its process."""
    server = serve({"connect_timeout": 3600.0}, timeout_inactivity=0.3)
    html = requests.get(server.url, timeout=LIMIT).text
    pid = int(re.search(r"pid=(\d+)", html)[1])
    assert until(lambda: not lives(pid), LIMIT * 4)


def test_encrypted_pages_reach_their_process(serve: Any, open_page: Any) -> None:
    """``parano``: the process has the key, and takes nothing else."""
    page = open_page(serve(parano=True).url)
    page.click("more")
    assert count(open_page(page.url, page.visitor)) == "1"
    page.cipher = None
    page.send(page.event_of("more"))
    with pytest.raises(ConnectionClosed):
        list(page.socket)
    assert count(open_page(page.url, page.visitor)) == "1"


def test_errors_of_browsers_are_in_the_log(hall: QuickServer, resident: Any) -> None:
    """As with threads."""
    resident.send({"browser_error": {"text": "it is broken here", "line": 3}})
    assert until(lambda: hall.log.has("it is broken here"))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such limit")
def test_memory_is_limited(serve: Any, open_page: Any) -> None:
    """A handler that takes all the memory it can get fails, and nothing else does."""
    server = serve({"process_memory": 256 * 1024 * 1024})
    page = open_page(server.url)
    page.click("bomb")
    assert until(lambda: server.log.has("MemoryError"))
    assert page.click("more") < LIMIT


@pytest.mark.skipif(not hasattr(signal, "SIGXCPU"), reason="other systems have no such limit")
def test_processor_time_is_limited(serve: Any, open_page: Any) -> None:
    """A process that has computed for long enough ends, and says why."""
    page = open_page(serve({"process_cpu": 0.5}).url)
    page.send(page.event_of("spin"))
    assert end_of(page) == 4003
    assert until(lambda: not lives(pid_of(page)))


def test_no_process_outlives_its_server(serve: Any, open_page: Any) -> None:
    """``shutdown`` tells pages, and returns when every process has ended."""
    server = serve({"spare_processes": 1})
    page = open_page(server.url)
    pids = [seat.process.pid for seat in server._processes._names]
    server.shutdown()
    assert end_of(page) == 1001
    assert not [pid for pid in [*pids, pid_of(page)] if lives(pid)]


@pytest.mark.skipif(sys.platform == "win32", reason="asks for processes as POSIX does")
def test_no_process_outlives_a_killed_server(own_app: str, live_apps: Path) -> None:
    """``kill -9`` of the server ends all that it has started, and nothing is left behind."""
    program = (
        "import sys; from quick_htag import create_server\n"
        "server = create_server(('', 0)); server.no_command_loop = True\n"
        f"server.bind_htag('/', {own_app!r}, isolation='process')\n"
        "print(server.url, flush=True); server.serve_forever()\n"
    )
    root = Path(__file__).resolve().parents[2]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), str(live_apps)])}
    with tempfile.TemporaryDirectory(prefix="qt-") as folder:  # of a short name, for sockets
        env["TMPDIR"] = folder
        started = subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=env
        )
        with started, contextlib.closing(requests.Session()) as visitor:
            try:
                url = started.stdout.readline().strip()
                html = visitor.get(url, timeout=LIMIT).text
                assert list(Path(folder).iterdir())
            finally:
                started.kill()
        pid = int(re.search(r"pid=(\d+)", html)[1])
        assert until(lambda: not lives(pid))
        assert until(lambda: not list(Path(folder).iterdir()))


def test_web_processes_share_the_processes_of_visitors(
    start_server: Start, own_app: str, open_page: Any, tmp_path: Path
) -> None:
    """Two servers with one store: whoever is asked first starts it, the other one finds it."""
    file, names = tmp_path / "store", Settings(spare_processes=0, session_cookie="shared")
    with SQLiteStore(file) as one, SQLiteStore(file) as two:
        bind = lambda server: server.bind_htag("/", own_app, isolation="process")  # noqa: E731
        servers = [start_server(bind, settings=names, store=store) for store in (one, two)]
        page = open_page(servers[0].url)
        page.click("more")
        there = open_page(servers[1].url, page.visitor)
        assert pid_of(there) == pid_of(page)
        there.click("more")
        counts = [count(open_page(server.url, page.visitor)) for server in servers]
        assert counts == ["2", "2"]
        for server in servers:
            server.shutdown()


def test_two_web_processes_at_once_start_one(
    start_server: Start, own_app: str, open_page: Any, tmp_path: Path
) -> None:
    """A visitor who comes to both at the same moment has one process."""
    file, names = tmp_path / "store", Settings(spare_processes=0, session_cookie="shared")
    with SQLiteStore(file) as one, SQLiteStore(file) as two:

        def setup(server: QuickServer) -> None:
            server.bind_htag("/", own_app, isolation="process")
            server.text_get("/in")(lambda req, args: req.session.setdefault("in", "yes"))

        servers = [start_server(setup, settings=names, store=store) for store in (one, two)]
        visitor = requests.Session()
        visitor.get(f"{servers[0].url}in", timeout=LIMIT)
        cookies = dict(visitor.cookies)
        found: list[str] = []

        def fetch(server: QuickServer) -> None:
            html = requests.get(server.url, cookies=cookies, timeout=LIMIT).text
            found.append(re.search(r"pid=(\d+)", html)[1])

        threads = [threading.Thread(target=fetch, args=(server,)) for server in servers * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LIMIT)
        for server in servers:
            server.shutdown()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_what_is_no_app_is_told_when_it_is_bound(live_server: QuickServer, own_app: str) -> None:
    """A name that leads nowhere, a class inside of a function, an object of this process."""
    server = live_server
    with pytest.raises(AppNotFound):
        server.bind_htag("/a", "own_nowhere:App", isolation="process")
    hook = lambda app: None  # noqa: E731
    with pytest.raises(ConfigurationError, match="name that can be imported"):
        server.bind_htag("/b", own_app, isolation="process", on_instance=hook)
    with pytest.raises(ConfigurationError, match="needs isolation"):
        server.bind_htag("/c", own_app, python=sys.executable)
    with pytest.raises(ConfigurationError, match="other interpreter"):
        server.bind_htag("/d", object, isolation="process", python=sys.executable)


def test_an_interpreter_without_the_package_is_told(start_server: Start, tmp_path: Path) -> None:
    """The log says what to install, the visitor gets a 500."""
    server = start_server(log=Told())
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", bare], check=True)
    python = str(bare / ("Scripts" if os.name == "nt" else "bin") / "python")
    server.bind_htag("/old", "own_nowhere:App", isolation="process", python=python)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONPATH", raising=False)
        patch.setattr(sys, "path", [str(tmp_path), *sys.path])
        assert requests.get(f"{server.url}old", timeout=LIMIT).status_code == 500
    assert server.log.has("has no quick_htag")


@pytest.mark.skipif(not OTHER, reason="make test names the other environment")
def test_both_generations_behind_one_port(
    start_server: Start, own_app: str, open_page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An app of htag 1 and one of htag 2, each by its own interpreter."""
    root = str(Path(__file__).resolve().parents[2])
    monkeypatch.setenv("PYTHONPATH", root)
    other = own_app.translate(str.maketrans("12", "21"))

    def setup(server: QuickServer) -> None:
        server.bind_htag("/here", own_app)
        server.bind_htag("/there", other, isolation="process", python=OTHER)

    server = start_server(setup)
    for path in ("here", "there"):
        page = open_page(f"{server.url}{path}/")
        client = re.search(r'src="([^"]*quick_htag.js[^"]*)"', page.html)[1]
        assert len(page.visitor.get(f"{page.url}{client.rpartition('/')[2]}", timeout=LIMIT).text)
        page.click("more")
        assert page.click("more") < LIMIT


def test_a_full_server_says_so(serve: Any, open_page: Any) -> None:
    """With as many visitors as there may be processes, one more gets a 503."""
    server = serve({"max_processes": 1})
    page = open_page(server.url)
    until(server.guis.connected_pages)
    assert requests.get(server.url, timeout=LIMIT).status_code == 503
    assert page.click("more") < LIMIT
