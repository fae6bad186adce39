"""Which handshakes a websocket accepts, and with what answer."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.errors import ConfigurationError, HTTPError
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import Request
from quick_htag.settings import Settings
from quick_htag.sockets.entrance import SocketEntrance, is_async, set_session

KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # of RFC 6455 section 1.3
PLAIN = "http://localhost"


class Handlers:
    """Notes for whom a line is made; there may be no room."""

    def __init__(self, *, full: bool = False) -> None:
        self.full = full
        self.made: list[str] = []

    def check_room(self, *, on_loop: bool) -> None:
        if self.full:
            raise HTTPError(503)

    def thread_line(self, run: Any, what: str) -> Any:
        self.made.append(f"thread for {what}")

    def task_line(self, run: Any, what: str) -> Any:
        self.made.append(f"task for {what}")


class Log:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def message(self, text: str) -> None:
        self.lines.append(text)

    def error(self, source: str, text: str, error: BaseException | None = None) -> None:
        self.lines.append(text)


def ask(entrance: SocketEntrance, *, scheme: str = "http", **fields: str) -> Any:
    """The answer to a handshake."""
    pairs = {
        "Host": "localhost",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": KEY,
        "Sec-WebSocket-Version": "13",
        **{name.replace("_", "-"): value for name, value in fields.items()},
    }
    request = Request("GET", "/chat", Headers(list(pairs.items())), scheme=scheme)
    return entrance(request, {"segments": {}})  # type: ignore[typeddict-item]


def entrance(handler: Any = lambda ws: None, **options: Any) -> SocketEntrance:
    """One with handlers that note what happens."""
    options.setdefault("handlers", Handlers())
    options.setdefault("log", Log())
    handlers, log = options.pop("handlers"), options.pop("log")
    return SocketEntrance(handler, handlers, Settings(), log, **options)


def test_a_handshake_is_accepted() -> None:
    """With the key of the RFC's example, and a thread that waits."""
    handlers = Handlers()
    answer = ask(entrance(handlers=handlers))
    assert answer.status == 101
    assert answer.header("Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert answer.header("Sec-WebSocket-Protocol") is None
    assert answer.header("Sec-WebSocket-Extensions") is None
    assert handlers.made == ["thread for /chat"]


def test_async_handlers_are_told_from_others() -> None:
    """Functions, and objects that are called."""

    async def handler(ws: Any) -> None: ...

    class Callable:
        async def __call__(self, ws: Any) -> None: ...

    assert [is_async(handler), is_async(Callable()), is_async(print)] == [True, True, False]
    handlers = Handlers()
    ask(entrance(handler, handlers=handlers))
    assert handlers.made == ["task for /chat"]


@pytest.mark.parametrize(
    ("setting", "origin", "status"),
    [
        (False, None, 101),  # no browser
        (False, PLAIN, 101),
        (False, "http://evil.example", 403),
        (False, "https://localhost", 403),
        (False, "http://localhost:81", 403),
        (False, "null", 403),
        (True, "http://evil.example", 101),
        (["https://good.example"], "https://good.example", 101),
        (["https://good.example"], PLAIN, 101),
        (["https://good.example"], "https://evil.example", 403),
        ("https://good.example", "https://good.example:443", 101),
        (lambda origin, request: origin.endswith(".example"), "http://a.example", 101),
        (lambda origin, request: 1 / 0, "http://a.example", 403),
        ([], "http://evil.example", 403),
    ],
)
def test_whose_pages_may_connect(setting: Any, origin: str | None, status: int) -> None:
    """Those of this server, and those that are allowed."""
    made = entrance(allow_origins=setting)
    fields = {} if origin is None else {"Origin": origin}
    try:
        got = ask(made, **fields).status
    except HTTPError as error:
        got = error.status
    assert got == status


def test_a_proxy_that_is_not_trusted_is_named() -> None:
    """Whoever set it up reads in the log what to do."""
    log = Log()
    with pytest.raises(HTTPError):
        ask(entrance(log=log), Origin="https://localhost")
    assert "trusted_proxies" in log.lines[0]


@pytest.mark.parametrize(
    ("offer", "chosen"),
    [("v1", "v1"), ("v1, v2", "v2"), ("v3,v1", "v1"), ("v3", None), ("V1", None)],
)
def test_a_subprotocol_is_chosen(offer: str, chosen: str | None) -> None:
    """The one we prefer of those the client offers; names are compared exactly."""
    answer = ask(entrance(subprotocols=["v2", "v1"]), Sec_WebSocket_Protocol=offer)
    assert answer.header("Sec-WebSocket-Protocol") == chosen


@pytest.mark.parametrize("offer", ["v1, v1", "v1 v2", ""])
def test_a_broken_offer_is_refused(offer: str) -> None:
    """RFC 6455 section 4.1: a list of different tokens."""
    with pytest.raises(HTTPError, match="400"):
        ask(entrance(), Sec_WebSocket_Protocol=offer)


def test_compression_is_off_until_it_is_asked_for() -> None:
    """And then it depends on the client."""
    offer = {"Sec_WebSocket_Extensions": "permessage-deflate; client_max_window_bits"}
    assert ask(entrance(), **offer).header("Sec-WebSocket-Extensions") is None
    answer = ask(entrance(compression="deflate", max_message=7), **offer)
    assert answer.header("Sec-WebSocket-Extensions").startswith("permessage-deflate")
    assert (answer.upgrade.terms.deflate, answer.upgrade.terms.max_message) == (True, 7)
    answer = ask(entrance(compression="deflate"))
    assert answer.header("Sec-WebSocket-Extensions") is None
    assert not answer.upgrade.terms.deflate


def test_without_room_nothing_is_opened() -> None:
    """503 before the upgrade."""
    with pytest.raises(HTTPError, match="503"):
        ask(entrance(handlers=Handlers(full=True)))


@pytest.mark.parametrize(
    "options",
    [
        {"compression": "gzip"},
        {"subprotocols": "chat"},
        {"subprotocols": ["a b"]},
        {"max_message": 0},
        {"allow_origins": ["*"]},
        {"allow_origins": 7},
    ],
)
def test_options_that_cannot_work(options: dict[str, Any]) -> None:
    """The error comes when the route is made."""
    with pytest.raises(ConfigurationError):
        entrance(**options)


def test_without_sessions_there_is_none() -> None:
    """An application of its own may have no session layer."""
    args: Any = {}
    assert set_session(Request("GET", "/"), args) is None
    assert args == {"session": None}
