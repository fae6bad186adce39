"""What a fuzzer may call: each target takes bytes, and raises when a promise is broken."""

from __future__ import annotations

import atexit
import json
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import quote

from tests.fuzz import checks_bodies as bodies
from tests.fuzz import checks_fields as fields
from tests.fuzz import checks_frames as frame
from tests.fuzz import checks_paths as paths
from tests.fuzz import checks_state as state
from tests.fuzz import checks_time as times
from tests.fuzz import checks_wire as wire
from tests.fuzz.feed import Feed

TARGETS: dict[str, Callable[[Feed], object]] = {}
CONDITIONS = ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "range")
WORDS = (
    "",
    "a",
    ":x",
    ":y",
    "a%2Fb",
    "%2e%2e",
    "..",
    ".",
    "b",
    "A",
    "\xe9",
    "%C3%A9",
    "%zz",
    "a b",
)
FIRST_BYTES = (0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x88, 0x89, 0x8A, 0xC1, 0x41, 0)  # 0: any
METHODS = ("GET", "HEAD", "POST", "PUT")


def target(function: Callable[[Feed], object]) -> Callable[[Feed], object]:
    """Register a target under the name of its function."""
    TARGETS[function.__name__] = function
    return function


def run(name: str, data: bytes) -> None:
    """One run of a target."""
    TARGETS[name](Feed(data))


@target
def head(feed: Feed) -> None:
    cuts = feed.numbers()
    wire.check_head(feed.rest(), cuts)


@target
def chunked(feed: Feed) -> None:
    cuts = feed.numbers()
    wire.check_chunked(feed.rest(), cuts)


@target
def frames(feed: Feed) -> None:
    """Of websockets, right and wrong; a byte tells which."""
    cuts, deflate, pieces = feed.numbers(), feed.flag(), []
    for _ in range(feed.number(12)):
        first, payload = feed.pick(FIRST_BYTES) or feed.byte(), feed.raw(300)
        pieces.append(_frame(first, payload, feed.byte()))
    frame.check_frames(b"".join([*pieces, feed.rest()]), cuts, deflate)


def _frame(first: int, payload: bytes, kind: int) -> bytes:
    """With a mask of zeros, so that text stays text; rarely with none, or with a wrong length."""
    claimed = len(payload) if kind < 240 else (0, 125, 65536, 2**63)[kind % 4]
    bit = 0 if kind == 239 else 0x80
    if claimed < 126 and kind % 8:
        size = bytes([bit | claimed])
    elif claimed < 65536:
        size = bytes([bit | 126]) + claimed.to_bytes(2, "big")
    else:
        size = bytes([bit | 127]) + claimed.to_bytes(8, "big")
    return bytes([first]) + size + (bytes(4) if bit else b"") + payload


@target
def posts(feed: Feed) -> None:
    """What pages without a websocket post; with whatever htag is installed."""
    way, query = feed.pick(("event", "poll", "event/x", "send-file", "reset")), feed.raw(40)
    body = feed.pick((feed.raw(300), json.dumps(feed.text(300).split("~")).encode()))
    if way != "poll" or b"k" not in query:  # such a poll waits
        _trap().post(way, "&" + quote(query, safe="&=%-_"), body)


@target
def answer_head(feed: Feed) -> None:
    cuts, method = feed.numbers(), feed.pick(METHODS)
    wire.check_answer_head(feed.rest(), cuts, method)


@target
def multipart(feed: Feed) -> None:
    size = feed.byte()
    boundary = feed.pick(("b", "--", "a'()+_,-./:=?", feed.text(80)))
    data = (
        feed.rest()
        .replace(b"\n", b"\r\n")
        .replace(b"~", b"\r\n--" + boundary.encode("latin-1", "replace"))
    )
    bodies.check_multipart(data, boundary, size)


@target
def form(feed: Feed) -> None:
    bodies.check_query(feed.text(2000))


@target
def json_body(feed: Feed) -> None:
    bodies.check_json(feed.rest())


@target
def file_name(feed: Feed) -> None:
    name = feed.text(600)
    bodies.check_file_name(name)
    fields.check_saved_as(name)


@target
def cookies(feed: Feed) -> None:
    fields.check_cookies(feed.field(400))
    fields.check_cookie_round_trip(feed.text(20), feed.text(60))


@target
def forwarded(feed: Feed) -> None:
    name = feed.pick(("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"))
    fields.check_forwarded(feed.field(), name, feed.field())


@target
def conditional(feed: Feed) -> None:
    given = {name: feed.field(100) for name in CONDITIONS if feed.flag()}
    given |= {"if-range": feed.field(40)} if feed.flag() else {}
    fields.check_conditional(given, feed.number(1000), float(feed.number(65535)))


@target
def odd_fields(feed: Feed) -> None:
    fields.check_odd_fields(feed.field(2000))


@target
def repeated(feed: Feed) -> None:
    """A short text many times, for one reader after the other."""
    reader = feed.pick(list(times.READERS))
    times.check_time(feed.text(8), feed.text(8), feed.text(8), [reader])


@target
def handshake(feed: Feed) -> None:
    names = (
        "Upgrade",
        "Connection",
        "Sec-WebSocket-Key",
        "Sec-WebSocket-Version",
        "Content-Length",
    )
    usual = ("websocket", "Upgrade", "AAAAAAAAAAAAAAAAAAAAAA==", "13", "0")
    given = [
        (name, feed.pick((value, feed.field(60)))) for name, value in zip(names, usual, strict=True)
    ]
    fields.check_handshake(given)


@target
def sealed(feed: Feed) -> None:
    fields.check_sealed(feed.text(100), feed.number(300), feed.text(30), feed.flag())


@target
def routes(feed: Feed) -> None:
    given = [
        paths.Given(feed.pick(METHODS), _path(feed), feed.pick((None, 0, 1, 2)))
        for _ in range(feed.number(8))
    ]
    paths.check_routes(given, feed.pick(METHODS), _path(feed))


def _path(feed: Feed) -> str:
    if feed.byte() > 200:
        return feed.text(40)
    return "/" + "/".join(feed.pick(WORDS) for _ in range(feed.number(5)))


@target
def files(feed: Feed) -> None:
    path = feed.text(200)
    paths.check_segments(path)
    paths.check_files(path)


@target
def proxy(feed: Feed) -> None:
    name, url = feed.pick(("/", "/shop/", feed.text(20))), feed.pick(("http://h/b", feed.text(40)))
    paths.check_proxy(name, url, feed.pick(("/", "/shop/")) + feed.text(100), feed.text(60))
    paths.check_relocation(feed.text(80))


@target
def tokens(feed: Feed) -> None:
    state.check_token(feed.text(1200), feed.byte())


@target
def values(feed: Feed) -> None:
    state.check_value(_value(feed, 6))


@cache
def _store() -> Any:
    import tempfile

    from quick_htag import SQLiteStore

    folder = tempfile.TemporaryDirectory()
    store = SQLiteStore(f"{folder.name}/values")
    atexit.register(folder.cleanup)
    atexit.register(store.close)
    return store


@target
def keys(feed: Feed) -> None:
    names = ("put", "add", "delete", "update", "keys", "get")
    steps = [(feed.pick(names), feed.text(12), _value(feed, 1)) for _ in range(1 + feed.number(8))]
    state.check_store(_store(), steps)


def _value(feed: Feed, depth: int) -> Any:
    kind = feed.number(8 if depth else 5)
    if kind < 6:
        plain = (None, feed.flag(), feed.number(65535), feed.number(99) / 7, feed.text(20), 10**400)
        return plain[kind]
    if kind == 6:
        return [_value(feed, depth - 1) for _ in range(feed.number(4))]
    if kind == 7:
        return {feed.text(8): _value(feed, depth - 1) for _ in range(feed.number(4))}
    return feed.pick((b"bytes", {1: 2}, float("nan"), (1, 2), object()))


@target
def prompt(feed: Feed) -> None:
    names = [feed.text(12) for _ in range(feed.number(5))]
    state.check_prompt(feed.text(100), names)


@target
def selection(feed: Feed) -> None:
    state.check_selection(feed.text(200).split())


@cache
def _job_client() -> state.JobClient:
    from quick_htag import MessageLog, create_server

    server = create_server(("", 0), log=MessageLog(Nowhere()))
    atexit.register(server.server_close)
    return state.JobClient(server)


class Nowhere:
    """A stream that keeps nothing."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        """Nothing was kept."""


@target
def job(feed: Feed) -> None:
    actions = ("start", "get", "stop", "cargo", feed.text(8))
    post: Any = {
        "action": feed.pick(actions),
        "token": feed.pick((feed.text(40), feed.byte(), None)),
    }
    for name in ("payload", "seen", "id"):
        if feed.flag():
            post[name] = _json_of(feed)
    _job_client().check(post if feed.byte() < 250 else _json_of(feed))


def _json_of(feed: Feed) -> Any:
    try:
        return json.loads(feed.raw(300))
    except (ValueError, RecursionError):
        return feed.text(20)


@cache
def _trap() -> Any:
    from tests.fuzz.checks_pages import Trap

    trap = Trap()
    atexit.register(trap.close)
    return trap


@target
def page(feed: Feed) -> None:
    """Messages of a page; with whatever htag is installed."""
    trap, path = _trap(), feed.pick(("/", "/", "/", "/sealed"))
    if feed.byte() < 40:
        trap.check(path, feed.pick((feed.text(400), feed.raw(400))))
        return
    name = feed.pick((*trap.names, feed.text(20)))
    payload: Any = {
        "id": feed.pick((*trap.ids, feed.number(65535), feed.text(12))),
        "method": name, "event": name, "args": [], "kargs": {}, "data": {},
    }  # fmt: skip
    for key in ("id", "method", "event", "args", "kargs", "data", feed.text(8)):
        if feed.byte() > 200:
            payload[key] = _json_of(feed)
    trap.event(path, payload)
