"""Promises about time: nothing a client may write takes longer than its length."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Callable, Iterator
from typing import Any

from quick_htag.contained import path_segments
from quick_htag.errors import ConfigurationError, HTTPError, ProtocolError
from quick_htag.file_patterns import FilePatterns
from quick_htag.guis.browser_errors import described
from quick_htag.messages.conditional import check_preconditions, not_modified, requested_range
from quick_htag.messages.cookies import simple_cookie
from quick_htag.messages.cross_site import from_other_site
from quick_htag.messages.deflate import accept_deflate
from quick_htag.messages.disposition import saved_as
from quick_htag.messages.encoding import accepts_gzip
from quick_htag.messages.forms import parse_json, parse_query
from quick_htag.messages.forwarded import read_forwarded
from quick_htag.messages.headers import Headers, parse_cookies
from quick_htag.messages.multipart import FormLimits, is_clear, parse_multipart, parse_options
from quick_htag.messages.navigation import came_from_here, without_parameter
from quick_htag.messages.plain_path import plain_path
from quick_htag.messages.request import Request
from quick_htag.messages.upload import safe_file_name
from quick_htag.messages.websocket import choose_subprotocol
from quick_htag.proxy.fields import upstream_fields
from quick_htag.proxy.target import ProxyTarget
from quick_htag.routing import Pattern, Route, Router, fold
from quick_htag.settings import Settings
from quick_htag.transports.chunked import ChunkedDecoder
from quick_htag.transports.request_parser import HeadParser

LONGEST = 1.0  # seconds of the processor, for 32 KiB
LENGTH = 30_000  # characters, about as many as a header section may have
_PATH = 8000
_REFUSALS = (HTTPError, ProtocolError, ConfigurationError)
_PART = b"--b\r\nContent-Disposition: form-data; name=f; filename=x"


def _one(name: str, value: str) -> Headers:
    return Headers([(name, value)])


def _asked(*fields: tuple[str, str]) -> Request:
    return Request("GET", "/", Headers(fields))


def _multipart(data: bytes) -> None:
    parse_multipart(io.BytesIO(data + b"\r\n--b--"), "b", FormLimits())


def _route(path: str) -> None:
    router = Router()
    for mask in ("/:a/:b/:c", "/:a/x/:c", "/a/:b", "/:x"):
        router.add(Route("x", "GET", Pattern(mask), 0, lambda request: None))  # type: ignore[arg-type, return-value]
    router.match("GET", path)


def _proxied(path: str) -> None:
    target = ProxyTarget("/shop/", "http://h/b")
    target.relocate(path, "h")
    target.translate("/shop" + path)


def _head(data: bytes) -> None:
    HeadParser(Settings()).parse(data + b"\r\n\r\n")


GET = b"GET / HTTP/1.1\r\nHost: a\r\nX: "
READERS: dict[str, Callable[[str], object]] = {
    "range": lambda text: requested_range("GET", _one("range", text), 9, '"a"', 1.0),
    "if-range": lambda text: requested_range(
        "GET", Headers([("range", "bytes=0-"), ("if-range", text)]), 9, '"a"', 1.0
    ),
    "if-match": lambda text: check_preconditions(_one("if-match", text), '"a"', 1.0),
    "if-none-match": lambda text: not_modified("GET", _one("if-none-match", text), '"a"', 1.0),
    "accept-encoding": lambda text: accepts_gzip(_one("accept-encoding", text)),
    "content-type": lambda text: (parse_options(text), is_clear(text)),
    "forwarded": lambda text: read_forwarded(_one("forwarded", text), lambda node: True),
    "x-forwarded": lambda text: read_forwarded(
        Headers([(f"x-forwarded-{name}", text) for name in ("for", "host", "prefix", "proto")]),
        lambda node: True,
    ),
    "cookie": lambda text: (
        parse_cookies(_one("cookie", text)),
        simple_cookie(_one("cookie", text)),
    ),
    "cookie in quotes": lambda text: simple_cookie(_one("cookie", f'a="{text}"')),
    "extensions": accept_deflate,
    "subprotocols": lambda text: choose_subprotocol(
        _asked(("sec-websocket-protocol", text)), ["a"]
    ),
    "origin": lambda text: from_other_site(_asked(("origin", text), ("host", text))),
    "referer": lambda text: came_from_here(_asked(("referer", text), ("host", "a"))),
    "to another server": lambda text: upstream_fields(
        _asked(("connection", text), ("via", text)), "h", preserve_host=False, upgrade=False
    ),
    "query": lambda text: (parse_query(text), without_parameter(text, "a")),
    "path": lambda text: (plain_path("/" + text[:_PATH]), path_segments("/" + text[:_PATH])),
    "paths": lambda text: fold(text[:_PATH].split("/")),
    "route": lambda text: _route("/" + text[:_PATH]),
    "proxied path": lambda text: _proxied("/" + text[:_PATH]),
    "file pattern": lambda text: FilePatterns().allows("/" + text[:_PATH]),
    "file name": lambda text: (safe_file_name(text), saved_as(text)),
    "error of a page": lambda text: described({"text": text, "stack": text, "file": text}),
    "head": lambda text: _head(GET + text.encode("utf-8", "replace")),
    "request line": lambda text: _head(text.encode("utf-8", "replace")),
    "chunks": lambda text: ChunkedDecoder().feed(bytearray(text.encode("utf-8", "replace"))),
    "chunk extension": lambda text: ChunkedDecoder().feed(
        bytearray(b"5;" + text.encode("utf-8", "replace"))
    ),
    "part": lambda text: _multipart(_PART + b"; " + text[:5000].encode("utf-8", "replace")),
    "form": lambda text: _multipart(_PART + b"\r\n\r\n" + text.encode("utf-8", "replace")),
    "json": lambda text: parse_json(text.encode("utf-8", "replace")),
    "json text": lambda text: parse_json(b'["' + text.encode("utf-8", "replace") + b'"]'),
}


def check_time(before: str, unit: str, after: str, readers: Any = READERS) -> None:
    """A text that repeats itself is read or refused at once, whoever reads it."""
    text = (before + unit * (LENGTH // max(1, len(unit))))[:LENGTH] + after
    for name in readers:
        # again if need be: the interpreter may have looked for garbage meanwhile
        spent = next((one for one in _times(name, text) if one < LONGEST), LONGEST)
        assert spent < LONGEST, f"{name} takes more than {LONGEST} seconds for {text[:40]!r}..."


def _times(name: str, text: str) -> Iterator[float]:
    """What it takes of the processor, three times."""
    for _ in range(3):
        started = time.thread_time()
        with contextlib.suppress(*_REFUSALS):
            READERS[name](text)
        yield time.thread_time() - started
