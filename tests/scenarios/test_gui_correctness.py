"""What hosts of htag get wrong: pushes, tabs, results, threads, sessions, order, errors."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from quick_htag import Settings, SQLiteStore, changing
from quick_htag.engines.detect import load_engine
from quick_htag.stores.sessions import Sessions

htag = pytest.importorskip("htag", exc_type=ImportError)
MAJOR = load_engine().major
Tag = htag.Tag
Base = Tag.div if MAJOR == 1 else Tag.App
only_htag1 = pytest.mark.skipif(MAJOR != 1, reason="of htag 1")
only_htag2 = pytest.mark.skipif(MAJOR != 2, reason="of htag 2")
LIMIT = 30.0


class Desk(Base):  # type: ignore[misc,valid-type]
    """Buttons named after the methods that begin with ``do_``, and a label."""

    imports: tuple[Any, ...] = ()
    made: list[Any] = []  # noqa: RUF012 emptied by the fixture

    def init(self) -> None:
        self.label = Tag.b("label:0")
        self.count = 0
        for name in sorted(dir(type(self))):
            if name.startswith("do_"):
                self += Tag.button(name, _class=name[3:], _onclick=getattr(self, name))
        self += self.label
        Desk.made.append(self)

    def show(self, text: Any) -> None:
        self.label.clear(f"label:{text}")

    def run_js(self, script: str) -> None:
        self.call(script) if MAJOR == 1 else self.call_js(script)

    def do_add(self, _: Any = None) -> None:
        self.count += 1
        self.show(self.count)


@pytest.fixture(autouse=True)
def _forget() -> Any:
    Desk.made.clear()
    yield
    Desk.made.clear()


def test_c1_an_update_reaches_the_page(gui: Any) -> None:
    """A task pushes without anybody asking, and is told that somebody is there."""

    class App(Desk):
        def do_start(self, _: Any = None) -> None:
            self.task = asyncio.ensure_future(self.push())

        async def push(self) -> None:
            self.show("pushed")
            told = self.label.update()
            if MAJOR == 1:
                assert await told is True

    site = gui(App)
    tab = site.tab()
    tab.send(tab.event_of("start"))
    site.until(tab, "label:pushed")


def test_c2_a_page_works_again_after_a_timeout(gui: Any) -> None:
    """The page of a handler that hangs is told; a new page works at once."""
    gate = threading.Event()

    class App(Desk):
        def do_hang(self, _: Any = None) -> None:
            gate.wait(LIMIT)

    site = gui(App, timeout_interaction=2.0)  # a busy machine needs a while to make a page, too
    tab = site.tab()
    tab.send(tab.event_of("hang"))
    assert tab.end() == 4003
    started = time.monotonic()
    assert "label:1" in repr(site.press(site.tab(tab.visitor), "add"))
    assert time.monotonic() - started < LIMIT / 3  # what hangs would go on for as long as that
    assert "do_hang" in site.text
    gate.set()


def test_c3_a_session_holds_more_than_ten_kilobytes(gui: Any) -> None:
    """Data of a visitor is not cut."""

    class App(Desk):
        def do_fill(self, _: Any = None) -> None:
            store = self.session if MAJOR == 1 else self.request.session
            store["text"] = "x" * 100_000

        def do_look(self, _: Any = None) -> None:
            store = self.session if MAJOR == 1 else self.request.session
            self.show(len(store["text"]))

    site = gui(App)
    tab = site.tab()
    site.press(tab, "fill")
    assert "label:100000" in repr(site.press(site.tab(tab.visitor), "look"))


def test_c4_an_app_may_be_at_any_path(gui: Any) -> None:
    """With and without a slash at its end."""
    site = gui(Desk, path="/deep/down")
    tab = site.load()
    tab.url += "/"
    assert "label:1" in repr(site.press(tab.open(), "add"))
    tab.close()
    assert requests.get(f"{site.url}/", timeout=LIMIT).status_code == 200


def test_c5_a_session_is_never_read_half_written(gui: Any, tmp_path: Path) -> None:
    """Another reader of the file, as another process is, sees one state or the next, all of it."""

    class App(Desk):
        def do_write(self, _: Any = None) -> None:
            session = self.session if MAJOR == 1 else self.request.session
            self.count += 1
            session["first"] = session["long"] = session["last"] = str(self.count) * 20_000

    seen: set[tuple[str, ...]] = set()
    done = threading.Event()

    def read(reader: Sessions, session: Any) -> None:
        while not done.is_set():
            assert reader.refresh(session)
            seen.add(tuple(session.data.get(key, "") for key in ("first", "long", "last")))

    with SQLiteStore(tmp_path / "store.db") as store, SQLiteStore(tmp_path / "store.db") as other:
        site = gui(App, store=store)
        tab = site.tab()
        site.press(tab, "write")
        reader = Sessions(Settings(), store=other)
        session = reader.get(site.server.sessions.snapshot()[0].id)
        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(read, reader, session)
            for _ in range(30):
                site.press(tab, "write")
            done.set()
            reading.result(LIMIT)
        site.server.shutdown()
    assert len(seen) > 3
    assert all(first == long == last != "" for first, long, last in seen)


def test_c6_the_cookie_works_on_plain_http(gui: Any) -> None:
    """Neither Secure nor SameSite=None, which browsers would drop there."""
    cookie = requests.get(gui(Desk).url, timeout=LIMIT).headers["Set-Cookie"]
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_c7_a_second_tab_takes_nothing_from_the_first(gui: Any) -> None:
    """What changed before the second tab was loaded still reaches the first."""
    site = gui(Desk)
    first = site.tab()
    app = Desk.made[0]
    app.show("hidden")  # changed by a plain thread; with htag 1 nobody has pushed it yet
    second = site.tab(first.visitor)
    assert "label:hidden" in second.html
    if MAJOR == 1:
        app.label.update()
    site.until(first, "label:hidden")


@only_htag2
def test_c8_a_result_is_for_who_asked(gui: Any) -> None:
    """The other tab sees the change, but neither the result nor the promise of the first."""

    class App(Desk):
        def do_ask(self, _: Any = None) -> str:
            self.show("asked")
            return "secret"

    site = gui(App)
    first = site.tab()
    second = site.tab(first.visitor)
    answers = site.press(first, "ask")
    assert [answer.get("result") for answer in answers] == ["secret"]
    seen = site.until(second, "label:asked")
    assert "secret" not in seen
    assert "callback_id" not in seen


def test_c8_a_call_of_a_handler_is_for_the_page_of_its_event(gui: Any) -> None:
    """JavaScript of a handler runs in the tab that was clicked; of a task, in every tab."""

    class App(Desk):
        def do_say(self, _: Any = None) -> None:
            self.show("said")
            self.run_js("hello()")

        def do_later(self, _: Any = None) -> None:
            self.task = asyncio.ensure_future(self.push())

        async def push(self) -> None:
            self.run_js("for_all()")
            told = self.label.update()
            if MAJOR == 1:
                await told

    site = gui(App)
    first = site.tab()
    second = site.tab(first.visitor)
    assert "hello()" in repr(site.press(first, "say"))
    assert "hello()" not in site.until(second, "label:said")
    first.send(first.event_of("later"))
    site.until(first, "for_all")
    site.until(second, "for_all")


def test_c8_an_error_is_told_to_who_caused_it(gui: Any) -> None:
    """The other tab shows no error for a click nobody made there."""

    class App(Desk):
        def do_fail(self, _: Any = None) -> None:
            self.show("half")
            raise ValueError("broken")

    site = gui(App)
    first = site.tab()
    second = site.tab(first.visitor)
    error = "err" if MAJOR == 1 else "traceback"
    assert any(error in payload for payload in site.press(first, "fail"))
    assert error not in site.until(second, "label:half|'p': {}|updates': {}")


@pytest.mark.parametrize("isolation", ["thread", "loop"])
def test_c9_threads_may_change_an_app(gui: Any, isolation: str) -> None:
    """Plain threads hammer an app; its page ends with the last state, and nothing fails."""
    site = gui(Desk, isolation=isolation)
    tab = site.tab()
    app = Desk.made[0]

    def hammer(number: int) -> None:
        for step in range(100):
            with changing(app) as alive:
                assert alive
                app.count += 1
                app.show(app.count)
            if step % 10 == 0:
                app.label.update()

    threads = [threading.Thread(target=hammer, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    site.until(tab, "label:400")
    assert "Traceback" not in site.text


@only_htag2
@pytest.mark.parametrize("isolation", ["thread", "loop"])
def test_c9_a_state_of_the_module_reaches_every_session(gui: Any, isolation: str) -> None:
    """Set by a thread, by a handler of one session: each page is pushed by its own thread."""
    state = htag.State(0)

    class App(Desk):
        def init(self) -> None:
            super().init()
            self += Tag.i(lambda: f"state:{state}")

        def do_state(self, _: Any = None) -> None:
            state.value = "handler"

    site = gui(App, isolation=isolation)
    tabs = [site.tab() for _ in range(3)]
    state.value = "thread"
    for tab in tabs:
        site.until(tab, "state:thread")
    tabs[0].send(tabs[0].event_of("state"))
    for tab in tabs:
        site.until(tab, "state:handler")


@only_htag2
def test_c10_a_result_json_cannot_hold_does_not_lose_the_change(gui: Any) -> None:
    """The page gets null and what has changed; the log names the failure."""

    class App(Desk):
        def do_object(self, _: Any = None) -> object:
            self.show("kept")
            return object()

    site = gui(App)
    assert "label:kept" in repr(site.press(site.tab(), "object"))
    assert "not JSON" in site.text


def test_c11_what_a_handler_writes_into_the_session_stays(gui: Any) -> None:
    """Routes and other pages see what was written on the websocket."""

    class App(Desk):
        def do_write(self, _: Any = None) -> None:
            (self.session if MAJOR == 1 else self.request.session)["name"] = "ann"

    site = gui(App)
    site.server.json_get("/name", 0)(lambda req, args: req.session.get("name"))
    tab = site.tab()
    site.press(tab, "write")
    answer = tab.visitor.get(f"{site.server.url}name", timeout=LIMIT)
    assert answer.json() == "ann"


def test_c12_a_page_of_another_life_of_the_server_is_told(gui: Any) -> None:
    """It is told to start again, and not refused for ever."""
    site, other = gui(Desk), gui(Desk)
    page = site.load()
    page.url = other.url
    cookie = "; ".join(f"{one.name}={one.value}" for one in page.visitor.cookies)
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect

    url = f"{other.url.replace('http', 'ws', 1)}ws?page={page.config['page']}&seen=0"
    with (
        connect(url, origin=other.url.rstrip("/"), additional_headers={"Cookie": cookie}) as socket,
        pytest.raises(ConnectionClosed) as caught,
    ):
        socket.recv(LIMIT)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code in (4001, 4004)


def test_c13_events_are_handled_in_the_order_they_came(gui: Any) -> None:
    """However fast they come."""

    class App(Desk):
        order: list[int] = []  # noqa: RUF012 of this test

        def do_note(self, _: Any = None) -> None:
            self.count += 1
            App.order.append(self.count)

    site = gui(App)
    tab = site.tab()
    for _ in range(50):
        tab.send(tab.event_of("note"))
    while tab.receive(LIMIT).get("done") != 50:
        pass
    assert App.order == list(range(1, 51))


def test_c14_a_slow_handler_does_not_hide_a_disconnect(gui: Any) -> None:
    """The server notices at once that the page has gone."""
    gate = threading.Event()

    class App(Desk):
        def do_slow(self, _: Any = None) -> None:
            gate.wait(LIMIT)

    site = gui(App)
    tab = site.tab()
    tab.send(tab.event_of("slow"))
    assert tab.receive(LIMIT) == {"ack": 1}
    tab.close()
    end = time.monotonic() + LIMIT
    while site.server.guis.connected_pages():
        assert time.monotonic() < end
        time.sleep(0.002)
    gate.set()


def test_c15_tags_nested_too_deeply_fail_alone(gui: Any) -> None:
    """The visitor gets an error page; the next app of the server is fine."""

    class App(Base):  # type: ignore[misc,valid-type]
        imports: tuple[Any, ...] = ()

        def init(self) -> None:
            inner = self
            for _ in range(2000):
                deeper = Tag.div()
                inner += deeper
                inner = deeper

    site = gui(App)
    assert requests.get(site.url, timeout=LIMIT).status_code == 500
    site.server.bind_htag("/fine", Desk)
    assert requests.get(f"{site.url}fine", timeout=LIMIT).status_code == 200


def test_c16_what_changed_before_an_exception_is_shown(gui: Any) -> None:
    """The page has the state the app has."""

    class App(Desk):
        def do_fail(self, _: Any = None) -> None:
            self.show("before")
            raise ValueError("broken")

    site = gui(App)
    assert "label:before" in repr(site.press(site.tab(), "fail"))


@only_htag1
def test_c16_init_runs_once(gui: Any) -> None:
    """A TypeError inside of an app is its own, and no reason to build it again."""
    calls: list[int] = []

    class App(Tag.div):  # type: ignore[misc,name-defined]
        def init(self) -> None:
            calls.append(1)
            self += len(5)  # type: ignore[arg-type]

    site = gui(App)
    assert requests.get(site.url, timeout=LIMIT).status_code == 500
    assert "TypeError" in site.text
    assert calls == [1]


def ask(address: tuple[str, int], data: list[bytes]) -> list[tuple[int, bytes]]:
    """Send parts on one connection, read until its end; statuses and bodies of the answers."""
    with socket.create_connection(address, timeout=LIMIT) as sock:
        for part in data:
            sock.sendall(part)
        with sock.makefile("rb") as file:
            answers = []
            while status := file.readline():
                fields = iter(file.readline, b"\r\n")
                length = next(
                    int(line[16:]) for line in fields if line.lower().startswith(b"content-length:")
                )
                while file.readline() != b"\r\n":
                    pass
                answers.append((int(status.split()[1]), file.read(length)))
            return answers


@pytest.mark.parametrize(
    "field",
    ["keep-alive", "Keep-Alive", "KEEP-ALIVE, Other", "x , keep-alive", "", None],
)
def test_c17_a_connection_is_kept_however_it_is_asked_for(gui: Any, field: str | None) -> None:
    """And serves the page, a small POST and another page, one after the other or all at once."""
    site = gui(Desk)
    site.server.text_post("/size", 0)(lambda req, args: str(len(args["post"]["text"])))
    kept = "" if field is None else f"Connection: {field}\r\n"
    page = f"GET / HTTP/1.1\r\nHost: localhost\r\n{kept}\r\n".encode()
    body = b'{"text": "abc"}'
    post = f"POST /size HTTP/1.1\r\nHost: localhost\r\n{kept}".encode()
    post += b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    last = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    address = site.server.server_address[:2]
    answers = ask(address, [page, post, last])
    assert [status for status, _ in answers] == [200, 200, 200]
    assert answers[1][1] == b"3"
    assert ask(address, [page + post + last])[1:2] == answers[1:2]


def test_c17_a_long_post_in_pieces_is_read_to_its_end(gui: Any) -> None:
    """A megabyte, in parts that end anywhere; then the connection goes on."""
    site = gui(Desk)
    site.server.text_post("/size", 0)(lambda req, args: str(len(args["post"]["text"])))
    body = b'{"text": "%s"}' % (b"x" * 1_000_000)
    head = b"POST /size HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    head += b"Content-Length: %d\r\n\r\n" % len(body)
    last = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    pieces = [body[start : start + 77_777] for start in range(0, len(body), 77_777)]
    answers = ask(site.server.server_address[:2], [head, *pieces, last])
    assert [status for status, _ in answers] == [200, 200]
    assert answers[0][1] == b"1000000"


def test_c17_fields_are_of_one_answer(gui: Any) -> None:
    """A cookie or a status of one answer is not in the next, and lines end as HTTP says."""
    site = gui(Desk)
    site.server.text_get("/plain", 0)(lambda req, args: "x")
    with requests.Session() as client:
        paths = ("", "plain", "missing", "plain")
        answers = [client.get(site.server.url + path, timeout=LIMIT) for path in paths]
    assert [answer.status_code for answer in answers] == [200, 200, 404, 200]
    assert ["Set-Cookie" in answer.headers for answer in answers] == [True, False, False, False]
    assert {*answers[1].headers} == {*answers[3].headers}
    with socket.create_connection(site.server.server_address[:2], timeout=LIMIT) as sock:
        sock.sendall(b"HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        with sock.makefile("rb") as file:
            lines = file.read().split(b"\n")
    assert all(line.endswith(b"\r") for line in lines[:-1])


def test_c17_a_handler_may_take_its_time(gui: Any) -> None:
    """Nothing but a setting limits it: without one, no deadline is there to be cut at."""
    site = gui(Desk)
    instance = site.tab() and site.server.guis._table.live()[0]
    assert instance._interactions.limit is None
    assert Settings().interaction_timeout is None


def test_c18_a_plain_request_of_the_page_takes_no_pushes(gui: Any) -> None:
    """Updates go to the pages that are connected, whoever loads the page besides."""
    site = gui(Desk)
    tab = site.tab()
    answer = tab.visitor.get(site.url, timeout=LIMIT)
    with changing(Desk.made[0]):
        Desk.made[0].show("pushed")
    site.until(tab, "label:pushed")
    assert "pushed" not in answer.text


@only_htag2
def test_c19_no_starlette_is_asked(gui: Any) -> None:
    """An app is served whichever release of starlette there is, for its server is not used."""
    site = gui(Desk)
    assert "label:1" in repr(site.press(site.tab(), "add"))


def test_a_slow_browser_delays_nobody(gui: Any) -> None:
    """A page that reads nothing is dropped; who pushes and who reads do not notice."""
    site = gui(Desk)
    slow = site.tab()
    slow.socket.close_timeout = 0.1  # it will get no answer
    quick = site.tab(slow.visitor)
    app = Desk.made[0]
    longest, number = 0.0, 0
    while site.server.guis.connected_pages() == 2:  # the client library reads ahead a lot
        number += 1
        app.show(f"{number}:" + "x" * 1_000_000)
        started = time.monotonic()
        app.label.update()
        longest = max(longest, time.monotonic() - started)
        site.until(quick, f"label:{number}:")
    assert number < 100
    assert longest < 0.5


def test_limits_are_kept_apart_by_mount(gui: Any) -> None:
    """Options are of one mount: another on the same server has its own."""
    site = gui(Desk, per_tab=True, settings=Settings(max_instances_per_session=3))
    site.server.bind_htag("/shared", Desk)
    first = site.tab()
    site.tab(first.visitor)
    for _ in range(3):
        first.visitor.get(f"{site.url}shared", timeout=LIMIT)
    assert len(site.server.guis) == 3
