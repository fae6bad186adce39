"""Apps with ``parano=True``, on every transport: what the network sees, and what it can try."""

from __future__ import annotations

import base64
import contextlib
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from quick_htag import MessageLog, Settings
from quick_htag.cipher import TO_SERVER, Cipher
from quick_htag.engines.detect import load_engine
from quick_htag.errors import SealBroken
from quick_htag.testing import GuiPage, PageClosed, TestClient, open_app

htag = pytest.importorskip("htag", exc_type=ImportError)
MAJOR = load_engine().major
Tag = htag.Tag
Base = Tag.div if MAJOR == 1 else Tag.App
MEGABYTE = 1_000_000
LIMIT = 30.0


class Vault(Base):  # type: ignore[misc,valid-type]
    """Says how long a secret is, and gives a long one."""

    imports: tuple[Any, ...] = ()

    def init(self) -> None:
        self.shown = Tag.b("empty")
        handler = self.bind.do_keep(b"this.value") if MAJOR == 1 else self.do_keep
        self += Tag.input(_class="secret", _onchange=handler)
        self += Tag.button("long", _class="long", _onclick=self.do_long)
        self += Tag.button("more", _class="more", _onclick=self.do_more)
        self += self.shown
        self.count = 0

    def show(self, text: str) -> None:
        self.shown.clear(text)

    def do_keep(self, value: Any) -> None:
        text = value if MAJOR == 1 else value.value
        self.show(f"kept {len(text)} treasure")

    def do_long(self, _: Any = None) -> None:
        self.show("y" * MEGABYTE)

    def do_more(self, _: Any = None) -> None:
        self.count += 1
        self.show(f"count {self.count}")


class Tap:
    """A connection, and what a listener on the way has heard of it."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.sent: list[str] = []
        self.received: list[str] = []

    def send(self, message: str) -> None:
        self.sent.append(message)
        self.connection.send(message)

    def receive(self, timeout: float) -> str:
        text: str = self.connection.receive(timeout)
        self.received.append(text)
        return text

    def drop(self) -> None:
        self.connection.drop()

    def end(self) -> int:
        """Receive until the other side closes; its code."""
        try:
            while True:
                self.receive(LIMIT)
        except PageClosed as closed:
            return closed.code


class Site:
    """A server with the vault, and visitors of it on one transport."""

    def __init__(self, server: Any, log: io.StringIO, line: str, stack: Any) -> None:
        self.server = server
        self.taps: list[Tap] = []
        self._log = log
        self._line = line
        self._stack = stack

    @property
    def text(self) -> str:
        """What the server has logged."""
        return self._log.getvalue()

    def visitor(self) -> Any:
        if self._line == "in-process":
            return TestClient(self.server.app)
        from gui_lines import SocketVisitor

        return self._stack.enter_context(SocketVisitor(self.server.url, self._line))

    def page(self, visitor: Any = None) -> GuiPage:
        """A page; ``taps[-1]`` is its connection."""
        visitor = visitor or self.visitor()

        def connect(path: str) -> Tap:
            self.taps.append(Tap(visitor.websocket(path)))
            return self.taps[-1]

        page: GuiPage = self._stack.enter_context(GuiPage(visitor, "/", connect))
        return page

    def cipher(self, page: GuiPage) -> Cipher:
        """Somebody who has read the password in the page, say."""
        config = page._config
        return Cipher(config["password"], config["page"], TO_SERVER)


@pytest.fixture(params=["in-process", "websocket", "sse", "poll"])
def line(request: pytest.FixtureRequest) -> Any:
    """How pages are connected."""
    return request.param


@pytest.fixture
def site(start_server: Callable[..., Any], live_apps: Path, line: str) -> Iterator[Site]:
    """A server with the vault at its root."""
    log = io.StringIO()
    server = start_server(
        lambda server: server.bind_htag("/", Vault, parano=True),
        log=MessageLog(log),
        settings=Settings(websocket_max_message=2_000_000),
    )
    with contextlib.ExitStack() as stack:
        yield Site(server, log, line, stack)


def test_nothing_but_sealed_messages_is_on_the_wire(site: Site) -> None:
    """Events, payloads, greeting and acknowledgements: only a listener with the password reads."""
    page = site.page()
    page.type(".secret", "my treasure")
    page.wait_for("kept 11 treasure")
    [tap] = site.taps
    heard = "".join(tap.sent + tap.received)
    assert not any(word in heard for word in ("treasure", '"hello"', '"ack"', '"done"', '"n"', "{"))
    assert len(tap.received) >= 3


def test_a_page_works_after_a_reconnect(site: Site) -> None:
    """The numbers of the messages go on."""
    page = site.page()
    page.click(".more")
    page.drop()
    page.connect()
    page.click(".more")
    page.wait_for("count 2")


def test_a_megabyte_each_way(site: Site) -> None:
    """Long texts are one message."""
    page = site.page()
    page.type(".secret", "x" * MEGABYTE)
    page.wait_for("kept 1000000 treasure")
    page.click(".long")
    assert "y" * MEGABYTE in page.text
    assert max(map(len, site.taps[0].received)) > MEGABYTE * 4 / 3


def test_two_pages_have_two_passwords(site: Site) -> None:
    """Of one visitor too; what one sends, the other cannot."""
    visitor = site.visitor()
    one, other = site.page(visitor), site.page(visitor)
    assert one._config["password"] != other._config["password"]
    one.click(".more")
    site.taps[1].send(site.taps[0].sent[0])
    assert site.taps[1].end() == 1008
    with pytest.raises(SealBroken):
        site.cipher(other).open(site.taps[0].received[0])


def test_plain_events_are_refused(site: Site) -> None:
    """The connection is closed, the log says why, and not what was in it."""
    page = site.page()
    site.taps[0].send(json.dumps({"n": 1, "p": {"treasure": "map"}}))
    assert site.taps[0].end() == 1008
    assert "Vault of session" in site.text
    assert "was refused: the message is not encrypted" in site.text
    assert "treasure" not in site.text
    assert page.text.endswith("empty")


def test_changed_events_are_refused(site: Site) -> None:
    """One letter of the text is enough."""
    page = site.page()
    message = site.cipher(page).seal('{"n":1,"p":{}}')
    changed = message[:30] + ("A" if message[30] != "A" else "B") + message[31:]
    site.taps[0].send(changed)
    assert site.taps[0].end() == 1008
    assert "was refused: the message was changed" in site.text


def test_events_that_come_again_are_refused(site: Site) -> None:
    """On the same connection and on another one, of a page that is connected."""
    page = site.page()
    for _ in range(2):
        page.click(".more")
    site.taps[0].send(site.taps[0].sent[0])
    assert site.taps[0].end() == 1008
    page.drop()
    page.connect()
    site.taps[1].send(site.taps[0].sent[1] if line_is_socket(site) else site.taps[0].sent[0])
    assert site.taps[1].end() == 1008
    assert "was refused: the message was sent before" in site.text


def line_is_socket(site: Site) -> bool:
    """The last request of posted events may come again, see ``take_posted``."""
    return site._line in ("in-process", "websocket")


def test_payloads_that_come_again_are_refused_by_the_page(site: Site) -> None:
    """By the same rule."""
    page = site.page()
    page.click(".more")
    assert page._cipher is not None
    for message in site.taps[0].received:
        with pytest.raises(SealBroken, match="before"):
            page._cipher.open(message)


def test_s17_the_password_is_not_made_of_what_others_know(site: Site) -> None:
    """It is random, of one page load, and neither in the cookie nor in an address."""
    visitor = site.visitor()
    passwords = {site.page(visitor)._config["password"] for _ in range(3)}
    assert len(passwords) == 3
    assert all(len(one) == 43 for one in passwords)
    cookies = getattr(visitor, "cookies", None) or dict(visitor._session.cookies)
    assert not any(one in repr(cookies) or one in site.text for one in passwords)


@pytest.mark.parametrize("query", ["", "?parano", "?parano=0"])
def test_s17_a_page_cannot_choose_to_be_plain(site: Site, query: str) -> None:
    """It is the app that is encrypted, whatever an address says."""
    visitor = site.visitor()
    config = GuiPage(visitor, f"/{query}", visitor.websocket)._config
    socket = Tap(visitor.websocket(f"/ws?page={config['page']}&seen=0&{query[1:]}"))
    assert "hello" not in socket.receive(LIMIT)
    socket.send('{"n":1,"p":{}}')
    assert socket.end() == 1008
    socket.drop()


def test_s18_a_known_text_does_not_give_the_key_away(site: Site) -> None:
    """Neither by XOR with what was sent, nor to messages of another visitor."""
    page = site.page()
    page.type(".secret", "known")
    sealed = base64.b64decode(site.taps[0].sent[0])[12:-16]
    config = page._config
    text = Cipher(config["password"], config["page"]).open(site.taps[0].sent[0])
    assert len(sealed) == len(text)
    stream = bytes(a ^ b for a, b in zip(sealed, text.encode(), strict=True))
    page.type(".secret", "other")
    second = base64.b64decode(site.taps[0].sent[1])[12:-16]
    guess = bytes(a ^ b for a, b in zip(second, stream, strict=False))
    assert b'"p"' not in guess
    assert site.page()._config["password"] != config["password"]


def test_pages_without_a_server(live_apps: Path) -> None:
    """``open_app`` has both sides."""
    with open_app(Vault, parano=True) as page:
        page.type(".secret", "abc")
        page.wait_for("kept 3 treasure")


def test_without_https_the_log_gives_advice(gui: Any) -> None:
    """Once, when a page is opened where browsers cannot encrypt; not on this machine itself."""
    site = gui(Vault, parano=True)
    site.load()
    assert "parano" not in site.text
    site.server.allowed_hosts = [*site.server.allowed_hosts, "example.org"]
    for _ in range(2):
        assert TestClient(site.server.app, host="example.org").get("/").status == 200
    assert site.text.count("Vault has parano=True and was opened at http://example.org") == 1
