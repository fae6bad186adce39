"""Page and websocket of a bound app, as requests and responses."""

from __future__ import annotations

import json
import queue
import socket
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side, State

from quick_htag.engines.base import InstanceContext, PageParts, Payload
from quick_htag.errors import AppFailed, ConfigurationError, HTTPError, NoCapacity
from quick_htag.guis import GuiHost, GuiOptions
from quick_htag.handlers.gui import GuiMount
from quick_htag.handlers.gui_lines import GuiLines
from quick_htag.logs import MessageLog
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import Request
from quick_htag.messages.response import HTTPResponse
from quick_htag.middleware.sessions import SessionLayer
from quick_htag.settings import Settings
from quick_htag.stores.sessions import Sessions
from quick_htag.transports.loop_thread import LoopThread
from quick_htag.transports.sidecar import Sidecar

LIMIT = 30.0
UPGRADE = [
    ("Host", "localhost:8080"),
    ("Origin", "http://localhost:8080"),
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("Sec-WebSocket-Version", "13"),
]


class Echo:
    """An app that sends back what it gets, and an engine that builds it."""

    major = 2
    script = ""

    def __init__(self, context: InstanceContext | None = None) -> None:
        self.context = context
        self.error: Exception | None = None

    def find_app(self, candidate: Any) -> Any:
        return candidate

    def build(self, app: Any, context: InstanceContext) -> Echo:
        if self.error is not None:
            raise self.error
        return Echo(context)

    def accepts(self, request: Request) -> bool:
        return True

    def page(self, request: Request) -> PageParts:
        return PageParts("<html><head></head><body>Echo</body></html>")

    async def receive(self, message: Payload) -> None:
        assert self.context is not None
        self.context.send(json.dumps(message))

    def connected(self) -> None:
        """Not of interest."""

    def snapshot(self) -> str:
        return "{}"

    async def close(self) -> None:
        """Not of interest."""


class Site:
    """An echo app at /echo, with sessions, without an HTTP server."""

    def __init__(self, debug: bool = False) -> None:
        settings = Settings()
        log = MessageLog()
        self.errors: list[str] = []
        log.error_handler = lambda _source, text, _lines: self.errors.append(text)
        self.messages: list[str] = []
        log.message = self.messages.append  # type: ignore[method-assign]
        self.log = log
        self.sidecar = Sidecar(settings, log)
        self.sessions = Sessions(settings)
        start = partial(LoopThread, on_error=partial(log.error, "err_gui"))
        self.host = GuiHost(settings, log, self.sessions, start, self.sidecar)
        self.engine = Echo()
        self.mount = self.mounted(debug=lambda: debug)
        self.lines = GuiLines(self.mount, self.host, log)

    def mounted(self, **options: Any) -> GuiMount:
        """The app at its path."""
        return GuiMount("/echo/", Echo, self.engine, self.host, "client()", self.log, **options)

    def handle(
        self, handler: Any, target: str, pairs: Any = (), method: str = "GET"
    ) -> HTTPResponse:
        """Answer a request with one of the mount's handlers."""
        request = Request(method, target, Headers(pairs))
        return SessionLayer(lambda: self.sessions, lambda: "s")(handler)(request)

    def visit(self) -> tuple[str, str]:
        """Open the page; the cookie, and the id of the page."""
        response = self.handle(self.mount.page, "/echo/")
        cookie = str(response.header("Set-Cookie")).split(";")[0]
        return cookie, response.content().decode().split('"page": "')[1].split('"')[0]

    def socket(self, cookie: str, page: str, seen: str = "0") -> HTTPResponse:
        """Ask for the websocket of a page."""
        target = f"/echo/ws?page={page}&seen={seen}"
        return self.handle(self.lines.socket, target, [*UPGRADE, ("Cookie", cookie)])


@pytest.fixture
def site(no_thread_left: None) -> Iterator[Site]:
    """A site, closed at the end."""
    made = Site()
    yield made
    made.host.close(LIMIT)
    made.sidecar.stop(LIMIT)


def test_the_page(site: Site) -> None:
    """It has our scripts, a session cookie, and is neither kept nor framed."""
    response = site.handle(site.mount.page, "/echo")
    headers = dict(response.headers)
    assert response.status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert (headers["Cache-Control"], headers["X-Frame-Options"]) == ("no-store", "SAMEORIGIN")
    assert headers["Set-Cookie"].startswith("s=")
    assert b'<script src="./echo/quick_htag.js?v=' in response.content()


def test_who_may_frame_the_page_is_asked_each_time(site: Site) -> None:
    """The field that says it may change while the server runs, and HEAD tells it as well."""
    fields = iter([("Content-Security-Policy", "one"), ("Content-Security-Policy", "two")])
    mount = site.mounted(frame=lambda: next(fields))
    for method, expected in (("GET", "one"), ("HEAD", "two")):
        headers = dict(site.handle(mount.page, "/echo", method=method).headers)
        assert headers["Content-Security-Policy"] == expected
        assert "X-Frame-Options" not in headers


def test_head_opens_nothing(site: Site) -> None:
    """A HEAD request gets the headers, without session or app."""
    response = site.handle(site.mount.page, "/echo", method="HEAD")
    assert (response.status, response.content()) == (200, b"")
    assert response.header("Cache-Control") == "no-store"
    assert (len(site.sessions), len(site.host)) == (0, 0)


def test_a_failing_app_is_500(site: Site) -> None:
    """The visitor learns nothing of the inside, the log everything."""
    site.engine.error = AppFailed("secret detail", "secret trace")
    with pytest.raises(HTTPError) as info:
        site.handle(site.mount.page, "/echo")
    assert info.value.status == 500
    assert "secret" not in info.value.detail
    assert "secret detail" in site.errors[0]


def test_debug_shows_the_trace(no_thread_left: None) -> None:
    """A developer sees what happened in the browser."""
    site = Site(debug=True)
    site.engine.error = AppFailed("detail", "the trace")
    with pytest.raises(HTTPError, match="the trace"):
        site.handle(site.mount.page, "/echo")
    site.host.close(LIMIT)
    site.sidecar.stop(LIMIT)


def test_a_full_server_is_503(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the time after which to try again."""

    def refuse(*_: Any) -> str:
        raise NoCapacity("full", 7)

    monkeypatch.setattr(site.host, "open_page", refuse)
    with pytest.raises(HTTPError) as info:
        site.handle(site.mount.page, "/echo")
    assert (info.value.status, dict(info.value.headers)) == (503, {"Retry-After": "7"})


def test_a_get_without_upgrade_is_426(site: Site) -> None:
    """A person who opens the websocket's address is told what it is."""
    with pytest.raises(HTTPError) as info:
        site.handle(site.lines.socket, "/echo/ws")
    assert info.value.status == 426


def test_another_origin_is_403(site: Site) -> None:
    """A page of another site cannot use the visitor's cookie."""
    cookie, page = site.visit()
    pairs = [pair for pair in UPGRADE if pair[0] != "Origin"]
    for origin in ([], [("Origin", "http://evil.example")]):
        with pytest.raises(HTTPError) as info:
            site.handle(
                site.lines.socket, f"/echo/ws?page={page}", [*pairs, *origin, ("Cookie", cookie)]
            )
        assert info.value.status == 403


@pytest.mark.parametrize("seen", ["", "-1", "x", "9" * 5000, "\uff11"])
def test_a_broken_position_is_400(site: Site, seen: str) -> None:
    """The position must be a number."""
    with pytest.raises(HTTPError) as info:
        site.socket(*site.visit(), seen)
    assert info.value.status == 400


def test_the_upgrade(site: Site) -> None:
    """A good handshake gives the 101 and the receiver of the page, and no new session."""
    response = site.socket(*site.visit())
    assert response.status == 101
    assert response.header("Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert response.header("Set-Cookie") is None
    assert type(response.upgrade and response.upgrade.receiver).__name__ == "PageReceiver"


@pytest.mark.parametrize("cookie", ["", "s=" + "A" * 32])
def test_an_unknown_cookie_gets_a_farewell(site: Site, cookie: str) -> None:
    """No session is issued, and the page is told on its websocket."""
    _, page = site.visit()
    response = site.socket(cookie, page)
    assert type(response.upgrade and response.upgrade.receiver).__name__ == "Farewell"
    assert len(site.sessions) == 1


def test_over_a_real_socket(site: Site) -> None:
    """Page, upgrade, hello, event, acknowledgement, payload, done."""
    response = site.socket(*site.visit())
    assert response.upgrade is not None
    ours, theirs = socket.socketpair()
    ours.settimeout(LIMIT)
    theirs.setblocking(False)
    site.sidecar.adopt(theirs, b"", b"", response.upgrade.receiver, "peer")
    ours.sendall(Frame(Opcode.TEXT, b'{"n":1,"p":{"a":1}}').serialize(mask=True))
    protocol = Protocol(Side.CLIENT, state=State.OPEN)
    messages: queue.SimpleQueue[Any] = queue.SimpleQueue()
    with ours:
        while messages.qsize() < 4:
            protocol.receive_data(ours.recv(65536))
            for frame in protocol.events_received():
                assert isinstance(frame, Frame)
                messages.put(json.loads(frame.data))
    got = [messages.get() for _ in range(4)]
    assert got == [{"hello": 0}, {"ack": 1}, {"n": 1, "p": {"a": 1}}, {"done": 1}]


VISITOR = [
    ("Host", "localhost"),
    ("Sec-Fetch-Site", "none"),
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-Dest", "document"),
]


class TestStarts:
    """A program that is started again when its files change."""

    def test_pages_are_told_which_start_this_is(self, site: Site) -> None:
        """As long as it does not end."""
        mount = site.mounted(start="first")
        answer = site.handle(mount.tell_start, "/echo/start")
        assert json.loads(answer.content()) == {"start": "first"}

    def test_a_start_that_ends_is_none(self, site: Site) -> None:
        """A page would take it for the one it can stay with."""
        mount = site.mounted(start="first")
        site.host.close(LIMIT)
        with pytest.raises(HTTPError) as info:
            site.handle(mount.tell_start, "/echo/start")
        assert info.value.status == 503

    def test_a_stream_lasts_as_long_as_its_start(self, site: Site) -> None:
        """Who waits for the end of another one has missed it."""
        mount = site.mounted(start="second")
        accept = [("Accept", "text/event-stream")]
        assert site.handle(mount.tell_start, "/echo/start?start=second", accept).status == 200
        with pytest.raises(HTTPError) as info:
            site.handle(mount.tell_start, "/echo/start?start=first", accept)
        assert info.value.status == 409

    def test_a_page_opened_at_the_end_comes_back(self, site: Site) -> None:
        """It waits for the end of this start, and shows no error for good."""
        mount = site.mounted(start="first")
        site.host.close(LIMIT)
        answer = site.handle(mount.page, "/echo/", [("Accept", "text/html")])
        assert answer.status == 503
        assert 'new EventSource("/echo/start?start=first")' in answer.content().decode()


def test_a_visitor_starts_anew(site: Site) -> None:
    """The parameter ends the instance and leads to the address without it."""
    mount = site.mounted(options=GuiOptions(reset_parameter="n"))
    cookie, _ = site.visit()
    response = site.handle(mount.page, "/echo?a=1&n", [*VISITOR, ("Cookie", cookie)])
    assert (response.status, response.header("Location")) == (303, "./echo?a=1")
    assert len(site.host) == 0


def test_a_link_of_another_site_does_not_start_anew(site: Site) -> None:
    """It leads to the page as it is, and the log says why."""
    mount = site.mounted(options=GuiOptions(reset_parameter="n"))
    cookie, _ = site.visit()
    for site_value in ("cross-site", "same-site"):
        fields = [("Sec-Fetch-Site", site_value), *VISITOR[:1], *VISITOR[2:], ("Cookie", cookie)]
        assert site.handle(mount.page, "/echo?n", fields).status == 303
    assert len(site.host) == 1
    assert "?n did not come from the visitor" in site.messages[0]


def test_without_the_option_the_parameter_is_for_the_app(site: Site) -> None:
    """Apps may have a parameter of any name."""
    cookie, _ = site.visit()
    assert site.handle(site.mount.page, "/echo?n", [*VISITOR, ("Cookie", cookie)]).status == 200
    assert len(site.host) == 1


def test_a_form_starts_anew(site: Site) -> None:
    """POST to reset, from a page of this server only."""
    mount = site.mounted(options=GuiOptions(reset_parameter="n"))
    cookie, _ = site.visit()
    with pytest.raises(HTTPError, match="403"):
        site.handle(mount.reset, "/echo/reset", [*VISITOR, ("Cookie", cookie)], method="POST")
    assert len(site.host) == 1
    fields = [("Host", "localhost"), ("Origin", "http://localhost"), ("Cookie", cookie)]
    response = site.handle(mount.reset, "/echo/reset", fields, method="POST")
    assert (response.status, response.header("Location"), len(site.host)) == (303, "./", 0)
    assert "/echo/reset" in [one.mask for one in mount.targets()]
    assert "/echo/reset" not in [one.mask for one in site.mount.targets()]


def test_what_is_to_be_registered(site: Site) -> None:
    """The page and its websocket below it, also for the root."""
    found = [f"{target.method} {target.mask}" for target in site.mount.targets()]
    ways = ["GET /echo/ws", "GET /echo/stream", "POST /echo/poll", "POST /echo/event"]
    files = ["GET /echo/quick_htag.js", "GET /echo/offer", "POST /echo/send-file"]
    assert found == ["GET /echo", *files, *ways]
    root = GuiMount("/", Echo, site.engine, site.host, "", site.mount.log)
    masks = ["/", "/quick_htag.js", "/offer", "/send-file", "/ws", "/stream", "/poll", "/event"]
    assert [target.mask for target in root.targets()] == masks
    assert root.name == "Echo"


@pytest.mark.parametrize(
    ("transport", "masks"),
    [
        ("websocket", "/ /quick_htag.js /offer /send-file /ws"),
        ("sse", "/ /quick_htag.js /offer /send-file /stream /event"),
        ("poll", "/ /quick_htag.js /offer /send-file /poll /event"),
    ],
)
def test_what_a_page_may_not_use_is_not_there(site: Site, transport: str, masks: str) -> None:
    """A transport that was left out has no address."""
    mount = GuiMount("/", Echo, site.engine, site.host, "", site.mount.log, transports=(transport,))
    assert [target.mask for target in mount.targets()] == masks.split()


def test_what_cannot_work_is_refused(site: Site) -> None:
    """A relative path."""
    with pytest.raises(ConfigurationError):
        GuiMount("echo", Echo, site.engine, site.host, "", site.mount.log)
