"""Streams of events, over real sockets and in a browser."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
import requests

from quick_htag import MessageLog, Response, ServerSentEvent, Settings
from tests.patience import until

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from quick_htag import QuickServer

LIMIT = 30.0


@pytest.fixture
def serve(start_server: Callable[..., QuickServer]) -> Callable[..., QuickServer]:
    """``serve(setup, **settings)``: a server with a log that can be read."""

    def start(setup: Callable[[QuickServer], Any], **settings: Any) -> QuickServer:
        return start_server(setup, log=MessageLog(StringIO()), settings=Settings(**settings))

    return start


Serve = Callable[..., "QuickServer"]


@contextmanager
def listen(server: QuickServer, path: str, **fields: str) -> Iterator[Any]:
    """A client that reads what comes, ``read(size)``; it is gone at the end of the block."""
    with socket.create_connection(server.server_address[:2], timeout=LIMIT) as client:
        lines = [f"GET /{path} HTTP/1.1", "Host: localhost"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
        client.sendall("\r\n".join([*lines, "", ""]).encode())
        with client.makefile("rb") as reader:
            while reader.readline().strip():
                pass
            yield reader


def line(reader: Any, start: bytes) -> bytes:
    """The next line that begins like this."""
    found = b""
    while not found.startswith(start):
        found = reader.readline()
        assert found, "the stream has ended"
    return bytes(found.strip())


@pytest.mark.parametrize("path", ["plain", "async"])
def test_a_generator_becomes_events(serve: Serve, path: str) -> None:
    """Each of its values, and then the stream ends."""

    def setup(server: QuickServer) -> None:
        @server.sse("/plain")
        def plain(req: Any, args: Any) -> Any:
            yield "text"
            yield None
            yield {"a": 1}
            yield ServerSentEvent(2, event="tick", id="7")

        @server.sse("/async")
        async def coroutine(req: Any, args: Any) -> Any:
            for value in plain(req, args):
                await asyncio.sleep(0)
                yield value

    server = serve(setup)
    answer = requests.get(server.url + path, timeout=LIMIT)
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert answer.headers["Cache-Control"] == "no-store"
    expected = 'data: text\n\ndata: {"a":1}\n\nevent: tick\nid: 7\ndata: 2\n\n'
    assert answer.text == expected
    until(lambda: server._handlers.counts() == (0, 0))


def test_what_a_generator_knows(serve: Serve) -> None:
    """Everything an endpoint knows, and where the client was."""

    def setup(server: QuickServer) -> None:
        @server.sse("/room/:name", 1)
        def room(req: Any, args: Any) -> Any:
            yield [args["segments"], args["paths"], args["query"], args["last_event_id"]]
            yield [args["session"], args["gone"].is_set()]

    server = serve(setup)
    url = f"{server.url}room/a/1?x=2"
    answer = requests.get(url, headers={"Last-Event-ID": "41"}, timeout=LIMIT)
    assert answer.text.split("\n\n") == [
        'data: [{"name":"a"},["1"],{"x":"2"},"41"]',
        "data: [null,false]",
        "",
    ]


def _endless(closed: threading.Event) -> Callable[[QuickServer], None]:
    """Three ways to wait between events."""

    def setup(server: QuickServer) -> None:
        @server.sse("/yields")
        def yields(req: Any, args: Any) -> Any:
            try:
                while True:
                    yield "x"
            except GeneratorExit:
                closed.set()
                raise

        @server.sse("/waits")
        def waits(req: Any, args: Any) -> Any:
            try:
                yield "x"
                while not args["gone"].wait(60):
                    yield "x"
            finally:
                closed.set()

        @server.sse("/async")
        async def coroutine(req: Any, args: Any) -> Any:
            try:
                yield "x"
                await asyncio.sleep(60)
            finally:
                closed.set()

    return setup


@pytest.mark.parametrize("path", ["yields", "waits", "async"])
def test_a_client_that_leaves_ends_its_generator(serve: Serve, path: str) -> None:
    """Promptly, wherever it waits; no thread is left, and nothing is logged."""
    closed = threading.Event()
    server = serve(_endless(closed))
    with listen(server, path) as reader:
        assert line(reader, b"data") == b"data: x"
    assert closed.wait(LIMIT)
    until(lambda: server._handlers.counts() == (0, 0))
    assert "failed" not in server.log.file.getvalue()  # type: ignore[union-attr]


@pytest.mark.parametrize("path", ["yields", "waits", "async"])
def test_a_server_that_stops_ends_all(serve: Serve, path: str) -> None:
    """The generator is closed, and the client sees the end of the stream."""
    closed = threading.Event()
    server = serve(_endless(closed), shutdown_timeout=LIMIT * 2)
    with listen(server, path) as reader:
        line(reader, b"data")
        started = time.monotonic()
        server.shutdown()
        assert time.monotonic() - started < LIMIT
        assert closed.is_set()


def test_a_slow_client_makes_the_generator_wait(serve: Serve) -> None:
    """Nothing piles up; the one that takes nothing for too long is given up."""
    made = []

    def setup(server: QuickServer) -> None:
        @server.sse("/")
        def big(req: Any, args: Any) -> Any:
            while True:
                made.append(1)
                yield "x" * 100_000

    server = serve(setup, websocket_max_queue=300_000, websocket_send_timeout=0.1)
    with listen(server, "") as reader:
        line(reader, b"data")
        until(lambda: server._handlers.counts() == (0, 0))
    assert len(made) < 300
    assert "failed" not in server.log.file.getvalue()  # type: ignore[union-attr]


def test_a_failure_ends_the_stream(serve: Serve) -> None:
    """It is logged; the client connects again if it likes."""

    def setup(server: QuickServer) -> None:
        @server.sse("/")
        def fails(req: Any, args: Any) -> Any:
            yield "x"
            raise ValueError("a secret")

    server = serve(setup)
    assert requests.get(server.url, timeout=LIMIT).text == "data: x\n\n"
    until(lambda: "ValueError: a secret" in server.log.file.getvalue())  # type: ignore[union-attr]


def test_it_may_answer_instead(serve: Serve) -> None:
    """Middleware, or the function itself when it returns something else than a generator."""

    def key(req: Any, args: Any, okay: Any) -> Any:
        return okay if req.query_params.get("key") == "secret" else Response({}, 401)

    def setup(server: QuickServer) -> None:
        @server.sse("/guarded")
        @server.middleware(key)
        def guarded(req: Any, args: Any) -> Any:
            yield "x"

        @server.sse("/over")
        def over(req: Any, args: Any) -> Any:
            return Response("", 204) if args["last_event_id"] else iter(["x"])

    server = serve(setup)
    assert requests.get(f"{server.url}guarded", timeout=LIMIT).status_code == 401
    assert requests.get(f"{server.url}guarded?key=secret", timeout=LIMIT).text == "data: x\n\n"
    assert requests.get(f"{server.url}over", timeout=LIMIT).text == "data: x\n\n"
    again = requests.get(f"{server.url}over", headers={"Last-Event-ID": "1"}, timeout=LIMIT)
    assert again.status_code == 204


def test_a_full_server_says_so(serve: Serve) -> None:
    """503; threads are counted together with those of websockets."""
    server = serve(_endless(threading.Event()), max_handler_threads=1)
    with listen(server, "waits") as reader:
        line(reader, b"data")
        answer = requests.get(f"{server.url}waits", timeout=LIMIT)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
        with listen(server, "async") as other:
            assert line(other, b"data") == b"data: x"


def test_head_runs_nothing(serve: Serve) -> None:
    """Who asks for the head gets the head."""
    ran = []

    def setup(server: QuickServer) -> None:
        @server.sse("/")
        def events(req: Any, args: Any) -> Any:
            ran.append(1)
            yield "x"

    answer = requests.head(serve(setup).url, timeout=LIMIT)
    assert (answer.status_code, answer.headers["Content-Type"], ran) == (
        200,
        "text/event-stream",
        [],
    )


def test_a_waiting_stream_holds_no_request_thread(serve: Serve) -> None:
    """With more streams than request threads, requests are answered all the same."""

    def setup(server: QuickServer) -> None:
        _endless(threading.Event())(server)
        server.json_get("/quick", 0)(lambda req, args: "here")

    server = serve(setup, max_threads=2)
    readers = [listen(server, "waits") for _ in range(5)]
    for reader in readers:
        line(reader.__enter__(), b"data")
    assert requests.get(f"{server.url}quick", timeout=LIMIT).json() == "here"
    for reader in readers:
        reader.__exit__(None, None, None)


@pytest.mark.browser
def test_in_a_browser(serve: Serve, chromium: Browser) -> None:
    """EventSource gets data and named events, and goes on after the last one it had."""

    def setup(server: QuickServer) -> None:
        server.text_get("/page", 0)(lambda req, args: Response("<p>", ctype="text/html"))

        @server.sse("/count")
        def count(req: Any, args: Any) -> Any:
            last = int(args["last_event_id"] or 0)
            if last == 0:
                yield ServerSentEvent({"n": 1}, id="1", retry=0.01)
            else:
                yield ServerSentEvent(f"after {last}\nü", event="again", id=str(last + 1))

    script = """() => new Promise((resolve) => {
        const got = [], source = new EventSource("count");
        source.onmessage = ({data}) => got.push(JSON.parse(data).n);
        source.addEventListener("again", ({data}) => {
            got.push(data);
            if (got.length == 3) { source.close(); resolve(got); }
        });
    })"""
    with chromium.new_context() as visitor:
        page = visitor.new_page()
        page.goto(f"{serve(setup).url}page")
        assert page.evaluate(script) == [1, "after 1\nü", "after 2\nü"]
