"""What a hostile visitor, page or site can try with live apps, and what comes of it."""

from __future__ import annotations

import ast
import asyncio
import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

import quick_htag
from quick_htag.engines.detect import load_engine

htag = pytest.importorskip("htag", exc_type=ImportError)
MAJOR = load_engine().major
Tag = htag.Tag
Base = Tag.div if MAJOR == 1 else Tag.App
only_htag1 = pytest.mark.skipif(MAJOR != 1, reason="of htag 1")
only_htag2 = pytest.mark.skipif(MAJOR != 2, reason="of htag 2")
LIMIT = 30.0


class Safe(Base):  # type: ignore[misc,valid-type]
    """A button, a label, a password, and a method no page was ever given."""

    imports: tuple[Any, ...] = ()

    def init(self) -> None:
        self.label = Tag.b("label:0")
        self += Tag.button("go", _class="go", _onclick=self.do_go)
        self += Tag.input(_class="pass", _type="password", _oninput=self.do_type)
        self += self.label

    def do_go(self, _: Any = None) -> None:
        self.label.clear("label:went")

    def do_type(self, _: Any = None) -> None:
        self.label.clear("label:typed")

    def secret(self, *_: Any) -> None:
        self.label.clear("label:pwned")


def cookie_of(page: Any) -> str:
    """The cookies of a visitor, as a header field."""
    return "; ".join(f"{one.name}={one.value}" for one in page.visitor.cookies)


def close_code(site: Any, page: Any, **changes: Any) -> int:
    """Connect with some things changed; the close code of the server, or the refusing status."""
    terms = {
        "origin": re.match(r"https?://[^/]+", site.url)[0],  # type: ignore[index]
        "cookie": cookie_of(page),
        "token": page.config["page"],
        **changes,
    }
    url = f"{site.url.rstrip('/').replace('http', 'ws', 1)}/ws?page={terms['token']}&seen=0"
    try:
        with connect(
            url, origin=terms["origin"], additional_headers={"Cookie": terms["cookie"]}
        ) as socket:
            socket.recv(LIMIT)
            return 0
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd is not None else 1006
    except InvalidStatus as refused:
        return refused.response.status_code


@pytest.mark.parametrize("isolation", ["thread", "loop"])
def test_s1_tags_of_another_session_cannot_be_called(gui: Any, isolation: str) -> None:
    """A message with an id of another visitor's page runs nothing, and is counted in the log."""
    site = gui(Safe, isolation=isolation)
    mine, other = site.tab(), site.tab()
    assert "went" not in repr(site.send(mine, other.event_of("go")))
    if MAJOR == 1:
        assert "refused a message" in site.text
    assert "went" in repr(site.press(other, "go"))


@only_htag1
@pytest.mark.parametrize(
    "method", ["secret", "__setattr__", "__init__", "clear", "add", "remove", "exit", "do_go"]
)
def test_s2_only_what_a_page_was_given_can_be_called(gui: Any, method: str) -> None:
    """No method by name: only handlers the page has."""
    site = gui(Safe)
    tab = site.tab()
    event = {**tab.event_of("go"), "method": method, "args": ["label", "x"]}
    assert site.send(tab, event) == []
    assert "refused a message" in site.text
    assert "went" in repr(site.press(tab, "go"))


@only_htag2
def test_s2_an_event_without_a_handler_runs_nothing(gui: Any) -> None:
    """An event names a handler of a tag, never a method."""
    site = gui(Safe)
    tab = site.tab()
    for name in ("secret", "__init__", "onclick", "update"):
        assert "pwned" not in repr(site.send(tab, {**tab.event_of("go"), "event": name}))


def test_s3_exit_ends_one_instance(gui: Any) -> None:
    """An app that calls exit() ends itself; the server and other visitors go on."""

    class App(Safe):
        def do_go(self, _: Any = None) -> None:
            self.exit()

    site = gui(App)
    other = site.tab()
    tab = site.tab()
    tab.send(tab.event_of("go"))
    assert tab.end() == 4002
    assert site.press(other, "pass") != []
    assert requests.get(site.url, timeout=LIMIT).status_code == 200


@only_htag2
def test_s4_a_block_that_awaits_takes_nothing_of_others(gui: Any) -> None:
    """Two sessions on one loop build content at the same time; none sees the other's."""

    class App(Safe):
        async def do_go(self, _: Any = None) -> None:  # type: ignore[override]
            mark = self.request.query_params["mark"]
            with Tag.section() as section:
                for _step in range(20):
                    await asyncio.sleep(0)
                    Tag.span(f"mark:{mark}")
            self += section

    site = gui(App, isolation="loop")
    tabs = [site.tab(query=f"?mark={mark}") for mark in "ab"]
    for tab in tabs:
        tab.send(tab.event_of("go"))
    for tab, mine, other in zip(tabs, "ab", "ba", strict=True):
        text = site.until(tab, "mark:")
        assert text.count(f"mark:{mine}") == 20
        assert f"mark:{other}" not in text


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://localhost.evil.example", "null", None]
)
def test_s5_another_origin_is_refused(gui: Any, origin: str | None) -> None:
    """No other site, and no program without an origin, reaches an app with a visitor's cookie."""
    site = gui(Safe)
    assert close_code(site, site.load(), origin=origin) == 403


def test_s6_every_connection_needs_the_token_of_the_page(gui: Any) -> None:
    """A wrong or missing one is told nothing of the app, and none gets into the log."""
    site = gui(Safe)
    page = site.load()
    for token in ("", "wrong", page.config["page"][:-1], site.load().config["page"]):
        assert close_code(site, page, token=token) in (4001, 4004)
    assert page.config["page"] not in site.text


def test_s7_a_session_id_of_somebody_else_is_not_taken_over(gui: Any) -> None:
    """An unknown cookie value is never adopted, however well it looks."""
    site = gui(Safe)
    name = next(iter(site.load().visitor.cookies)).name
    answer = requests.get(site.url, cookies={name: "A" * 32}, timeout=LIMIT)
    assert answer.cookies[name] != "A" * 32


def test_s8_scripts_cannot_read_the_cookie(gui: Any) -> None:
    """It is HttpOnly and SameSite."""
    cookie = requests.get(gui(Safe).url, timeout=LIMIT).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_s9_forwarded_fields_of_anybody_change_nothing(gui: Any) -> None:
    """Who is no trusted proxy cannot make the cookie another one."""
    site = gui(Safe)
    site.server.trusted_proxies = []
    fields = {"X-Forwarded-Proto": "https", "Forwarded": "proto=https"}
    cookie = requests.get(site.url, headers=fields, timeout=LIMIT).headers["Set-Cookie"]
    assert "SameSite=None" not in cookie
    assert "Secure" not in cookie


@pytest.mark.parametrize(
    "value", ['"\\015\\012Set-Cookie: a=b"', "../../etc/passwd", "%00", "x" * 9]
)
def test_s10_a_strange_cookie_is_just_unknown(gui: Any, value: str) -> None:
    """It is not echoed, and gets no header field of its own."""
    site = gui(Safe)
    name = next(iter(site.load().visitor.cookies)).name
    answer = requests.get(site.url, headers={"Cookie": f"{name}={value}"}, timeout=LIMIT)
    assert answer.status_code == 200
    assert value not in str(answer.headers)
    assert len(answer.raw.headers.getlist("Set-Cookie")) == 1


@pytest.mark.parametrize("value", ["../../tmp/x", "/etc/passwd", "..", "a" * 43, "a\\b"])
def test_s11_a_cookie_is_no_name_of_a_file(gui: Any, watched: Any, value: str) -> None:
    """Whatever it says, and an id of ours as well, no file, folder or shared memory is touched."""
    site = gui(Safe)
    name = next(iter(site.load().visitor.cookies)).name
    with watched as seen:
        cookie = {"Cookie": f"{name}={value}"}
        assert requests.get(site.url, headers=cookie, timeout=LIMIT).status_code == 200
        assert site.load(site.tab().visitor).html
    assert seen.written() == []
    assert not [one for one in seen.opened() if value.strip("./") in one and len(value) > 2]


def test_s12_no_session_is_on_disk(gui: Any, watched: Any) -> None:
    """Visitors come, click and go: nothing is created, and no name anywhere has an id."""
    with watched as seen:
        site = gui(Safe)
        tabs = [site.tab() for _ in range(3)]
        for tab in tabs:
            site.press(tab, "go")
        for tab in tabs:
            tab.close()
    ids = [one.value for tab in tabs for one in tab.visitor.cookies]
    assert ids
    assert seen.written() == []
    assert not [path for path in seen.opened() for one in ids if one[:12] in path]


def test_s13_no_process_is_looked_for_or_ended(gui: Any, watched: Any) -> None:
    """Neither start nor stop reads a pid anywhere or sends a signal."""
    with watched as seen:
        site = gui(Safe)
        site.tab()
        site.server.shutdown()
    assert not [path for path in seen.opened() if re.search("pid|/proc/", path, re.IGNORECASE)]
    assert seen.named("os.kill", "os.killpg", "signal.pthread_kill", "subprocess.Popen") == []


def test_s14_only_the_port_of_the_server_listens(gui: Any, watched: Any) -> None:
    """With visitors on it, one socket is bound: what it says is HTTP, and nothing else is asked."""
    with watched as seen:
        site = gui(Safe)
        site.tab()
    bound = [event[1] for event in seen.named("socket.bind")]
    assert [address[1] for address in bound] == [0]
    assert str(bound[0][0]) in site.server.url


def modules_that_import(names: set[str]) -> set[str]:
    """The modules of the package that import one of these."""
    found = set()
    root = Path(quick_htag.__file__).parent
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            used = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                used = [node.module or ""]
            if names & {name.partition(".")[0] for name in used}:
                found.add(path.relative_to(root).as_posix())
    return found


def test_s15_what_is_stored_is_never_unpickled() -> None:
    """Only a process of our own is spoken to in pickle, over a pipe nobody else has; no file is."""
    pipes = {"jobs/process_child.py", "jobs/process_executor.py"}
    assert modules_that_import({"pickle", "_pickle", "shelve", "dill", "cloudpickle"}) == pipes
    for name in pipes:
        text = (Path(quick_htag.__file__).parent / name).read_text()
        assert not re.search(r"\bopen\(|read_bytes|Path\(|socket|Listener|Client\(", text)


def test_s16_no_address_names_a_module(gui: Any) -> None:
    """Apps are found when they are bound; a request imports nothing."""
    site = gui(Safe)
    for path in ("os.path", "os:system", "antigravity", "this:App"):
        answer = requests.get(f"{site.server.url}{path}", timeout=LIMIT)
        assert answer.status_code == 404
    import sys

    assert "antigravity" not in sys.modules


def test_s19_exceptions_and_queries_are_no_markup(gui: Any) -> None:
    """What a link brings along does not become a script of the page."""
    attack = "<script>alert(1)</script>"

    class App(Base):  # type: ignore[misc,valid-type]
        imports: tuple[Any, ...] = ()

        def init(self, *args: Any, **kargs: Any) -> None:
            raise ValueError(attack)

    for debug in (False, True):
        answer = requests.get(
            f"{gui(App, debug=debug).url}?{attack}&js=alert(2)&_onload=alert(3)", timeout=LIMIT
        )
        assert answer.status_code == 500
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert ("ValueError" in answer.text) is debug


@only_htag1
def test_s19_a_query_sets_no_attributes(gui: Any) -> None:
    """Not even where an app takes any keyword."""

    class App(Tag.div):  # type: ignore[misc,name-defined]
        imports: tuple[Any, ...] = ()

    page = gui(App).load(query="?js=alert(2)&_onload=alert(3)&<b>text</b>")
    assert "alert(" not in page.html
    assert "<b>text</b>" not in page.html


@only_htag2
def test_s20_a_page_that_cannot_be_rendered_is_an_error(gui: Any) -> None:
    """With status 500, and nothing of it can end a script."""

    class App(Tag.App):  # type: ignore[misc,name-defined]
        def init(self) -> None:
            self += lambda: 1 / len([]) if self else "</script><script>alert(1)"

    answer = requests.get(gui(App, debug=True).url, timeout=LIMIT)
    assert answer.status_code == 500
    assert "<script" not in answer.text or answer.headers["Content-Type"].startswith("text/plain")


@only_htag2
def test_s21_event_data_does_not_become_the_event(gui: Any) -> None:
    """Keys of the data cannot take the place of what the event is."""
    seen: list[Any] = []

    class App(Safe):
        def do_go(self, event: Any = None) -> None:
            seen.append((event.target.tag, event.name, type(event).__name__))

    site = gui(App)
    tab = site.tab()
    event = tab.event_of("go")
    data = {"target": "x", "__class__": "x", "_private": 1, **event["data"]}
    site.send(tab, {**event, "data": data})
    assert seen == [("button", "click", "Event")]


@only_htag2
def test_s22_values_are_for_form_elements(gui: Any) -> None:
    """A page cannot change attributes of tags that hold no value."""

    class App(Safe):
        def do_go(self, event: Any = None) -> None:
            self.label.clear(f"attrs:{','.join(event.target._get_attrs())}.")

    site = gui(App)
    tab = site.tab()
    event = tab.event_of("go")
    data = {"value": "x", "name": "x", "checked": True, **event["data"]}
    assert "attrs:class." in repr(site.send(tab, {**event, "data": data}))


def test_s23_what_users_type_is_not_logged(
    gui: Any, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither by htag at its most talkative, nor on standard output, nor in our log."""
    caplog.set_level(logging.DEBUG)
    site = gui(Safe)
    tab = site.tab()
    event = json.loads(json.dumps(tab.event_of("pass")))
    if MAJOR == 1:
        event["event"] = {"value": "hunter2"}
    else:
        event["data"]["value"] = "hunter2"
    assert "typed" in repr(site.send(tab, event))
    logged = [record for record in caplog.records if not record.name.startswith("websockets")]
    assert "hunter2" not in " ".join(record.getMessage() for record in logged)
    assert "hunter2" not in site.text + capsys.readouterr().out


def test_s23_errors_tell_pages_nothing(gui: Any) -> None:
    """Unless debug is on for the app."""

    class App(Safe):
        def do_go(self, _: Any = None) -> None:
            raise ValueError("inside information")

    for debug in (False, True):
        site = gui(App, debug=debug)
        assert ("inside information" in repr(site.press(site.tab(), "go"))) is debug
        assert "inside information" in site.text


def test_s24_a_link_of_another_site_ends_no_session(gui: Any) -> None:
    """A GET changes nothing unless the visitor asked for it."""
    site = gui(Safe, reset_parameter="n")
    tab = site.tab()
    cross = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    cross["Sec-Fetch-Dest"] = "document"
    for fields in (cross, {}):
        assert tab.visitor.get(f"{site.url}?n", headers=fields, timeout=LIMIT).url == site.url
    assert "went" in repr(site.press(tab, "go"))
    own = {**cross, "Sec-Fetch-Site": "none"}
    answer = tab.visitor.get(f"{site.url}?n", headers=own, timeout=LIMIT)
    assert [one.status_code for one in answer.history] == [303]
    assert answer.url.endswith("/")
    assert tab.end() == 4001


@only_htag2
def test_s25_a_path_runs_nothing(gui: Any) -> None:
    """What an app navigates to, or a page says it is at, is text and stays it."""
    attack = "/'+alert(1)+'<img src=x onerror=alert(2)>"

    class App(Safe):
        def init(self) -> None:
            super().init()
            self.router = htag.Router()
            self += self.router

        def do_go(self, _: Any = None) -> None:
            self.router.navigate(attack)

    site = gui(App)
    tab = site.tab()
    calls = [call for payload in site.press(tab, "go") for call in payload.get("js", ())]
    (call,) = [call for call in calls if call.startswith("window.location.hash")]
    assert json.loads(call.split("=", 1)[1].replace("'", '"')) == attack
    start = next(call for call in calls if "init_route" in call)
    router = re.search(r"htag_event\('([^']+)'", start)[1]  # type: ignore[index]
    event = {"id": router, "event": "init_route", "data": {"hash": f"#{attack}"}}
    answer = repr(site.send(tab, event))
    assert "Page not found" in answer
    assert "<img" not in answer
    assert "location.hash" not in answer
