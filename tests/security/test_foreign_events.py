"""Events of a page for what it was never given: foreign ids, private methods, plain attributes."""

from __future__ import annotations

import contextlib
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag import Settings
from quick_htag.testing import PageClosed, TestClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from quick_htag import QuickServer

TIMEOUT = 20.0  # seconds


class Visitor:
    """A visitor with an open page."""

    def __init__(self, server: Any, path: str = "/") -> None:
        self.client = TestClient(server.app)
        self.html = self.client.get(path).text
        config = re.search(r"quick_htag_page=(\{.*?\})</script>", self.html)
        assert config is not None
        self.config = json.loads(config[1])
        query = f"page={self.config['page']}&seen={self.config['seen']}"
        self.line = self.client.websocket(f"{path.rstrip('/')}/ws?{query}")
        self.ids = re.findall(r"\b[0-9]{10,}\b", self.html)
        self.sent = 0

    def send(self, payload: Any) -> list[Any]:
        """What comes back until an event was handled."""
        self.sent += 1
        self.line.send(json.dumps({"n": self.sent, "p": payload}))
        messages: list[Any] = []
        while not messages or messages[-1].get("done") != self.sent:
            messages.append(json.loads(str(self.line.receive(TIMEOUT))))
        return messages


@pytest.fixture
def trap(live_apps: Any) -> Any:
    """The module of the app with traps in it."""
    htag = pytest.importorskip("htag", exc_type=ImportError)
    if hasattr(htag, "State"):
        import trap_htag2 as module
    else:
        import trap_htag1 as module  # type: ignore[no-redef]
    module.SPRUNG.clear()
    return module


@pytest.fixture
def server(serve: Callable[..., QuickServer], trap: Any) -> Iterator[QuickServer]:
    """The app, for each visitor one."""
    server = serve(settings=Settings(max_event_rate=0.0))
    server.bind_htag("/", trap.App)
    yield server
    assert trap.SPRUNG == []


METHODS = [
    "launch",
    "_private",
    "_hidden",
    "reset",
    "init",
    "__init__",
    "__class__",
    "__dict__",
    "secret",
    "vault",
    "clear",
    "add",
    "remove",
    "update",
    "render",
    "exit",
    "on_destroy",
    "__on__",
    "__on_event__",
    "call",
    "call_js",
    "_onclick",
    "",
    ".",
    "a.b",
]


@pytest.mark.parametrize("method", METHODS)
def test_a_method_that_was_not_given_is_not_called(server: Any, method: str) -> None:
    """Of any tag in the page, with and without arguments; the app goes on."""
    visitor = Visitor(server)
    for tag in visitor.ids[:12]:
        for args in ([], ["launch"], [method]):
            payload = {"id": int(tag), "method": method, "args": args, "kargs": {}, "event": {}}
            visitor.send(payload)
            visitor.send({"id": tag, "event": method, "data": {"value": "launch"}})
    assert _count(visitor) == "0"


def test_tags_of_another_visitor_are_not_reached(server: Any) -> None:
    """Whoever knows their ids has nothing."""
    ann, bob = Visitor(server), Visitor(server)
    click = _click(ann.html)
    assert _count(ann) == _count(bob) == "0"
    bob.send(click)
    assert (_count(ann), _count(bob)) == ("0", "0")
    ann.send(click)
    assert (_count(ann), _count(bob)) == ("1", "0")


def test_the_page_of_another_visitor_cannot_be_taken(server: Any) -> None:
    """Its token is bound to the session: with another cookie, or none, the line is closed."""
    ann, bob = Visitor(server), Visitor(server)
    query = f"page={ann.config['page']}&seen=0"
    for client in (bob.client, TestClient(server.app)):
        line = client.websocket(f"/ws?{query}")
        with pytest.raises(PageClosed) as closed:
            line.receive(TIMEOUT)
        assert closed.value.code in (4001, 4004)
        told = client.post(f"/poll?{query}", {"origin": "http://localhost"}).json()
        assert told["close"][0] in (4001, 4004)
        assert "p" not in str(told["m"])
        event = json.dumps({"n": 1, "p": _click(ann.html)})
        told = client.post(
            f"/event?page={ann.config['page']}", {"origin": "http://localhost"}, json=[event]
        )
        assert told.json()["close"][0] in (4001, 4004)
    assert _count(ann) == "0"
    ann.send(_click(ann.html))
    assert _count(ann) == "1"


@pytest.mark.parametrize(
    "message",
    [
        "[]",
        "{}",
        '{"n": 1}',
        '{"n": 1, "p": []}',
        '{"n": "1", "p": {}}',
        '{"n": 0, "p": {}}',
        '{"n": -1, "p": {}}',
        '{"n": 1.0, "p": {}}',
        '{"n": true, "p": {}}',
        '{"n": NaN, "p": {}}',
        '{"n": 1, "p": {}, "x": 1}',
        '{"n": 5, "p": {}}',
        '{"hello": 1}',
        "x" * 1000,
        "[" * 100_000,
        '{"n":1,"p":{"id":' + "[" * 5000 + "]" * 5000 + "}}",
        '{"n":1,"p":{"id":' + "9" * 5000 + "}}",
    ],
)
def test_what_is_no_event_ends_the_line_or_does_nothing(server: Any, message: str) -> None:
    """Its visitor can open the page anew; others do not notice."""
    other, visitor = Visitor(server), Visitor(server)
    visitor.line.send(message)
    with contextlib.suppress(PageClosed, TimeoutError):
        while True:
            visitor.line.receive(0.1)
    other.send(_click(other.html))
    assert _count(other) == "1"


def _click(html: str) -> Any:
    """The payload of a click on the button."""
    from tests.fuzz.checks_pages import click_of

    return click_of(html)


def _count(visitor: Visitor) -> str:
    """What the app of a visitor shows."""
    found = re.search(r'class="?count"?[^>]*>([0-9]+)<', visitor.client.get("/").text)
    assert found is not None
    return found[1]
