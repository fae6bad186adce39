"""Websockets of the user's own, over real sockets; events are tested in sockets/test_events."""

from __future__ import annotations

import asyncio
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import partial
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed as ClientClosed
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as websocket_connect

from quick_htag import (
    ConnectionClosed,
    MessageLog,
    PreventDefaultResponse,
    Response,
    SendTimeout,
    Settings,
)
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


@pytest.fixture
def connect() -> Iterator[Callable[..., ClientConnection]]:
    """``connect(server, path, **options)``: a client; closed when the test is over."""
    stack = ExitStack()

    def opened(server: QuickServer, path: str, **options: Any) -> ClientConnection:
        options.setdefault("compression", None)
        url = server.url.replace("http", "ws", 1) + path
        client = websocket_connect(url, open_timeout=LIMIT, close_timeout=1, **options)
        return stack.enter_context(client)

    with stack:
        yield opened


Serve = Callable[..., "QuickServer"]
Connect = Callable[..., ClientConnection]


def logged(server: QuickServer) -> str:
    """What is in the log."""
    assert isinstance(server.log.file, StringIO)
    return server.log.file.getvalue()


def echo(server: QuickServer) -> None:
    """Two handlers that give back what they get."""

    @server.websocket("/echo")
    def handler(ws: Any) -> None:
        for message in ws:
            ws.send(message)

    @server.websocket("/async")
    async def async_handler(ws: Any) -> None:
        async for message in ws:
            await ws.send(message)


@pytest.mark.parametrize("path", ["echo", "async"])
def test_messages_both_ways(serve: Serve, connect: Connect, path: str) -> None:
    """Text stays text, bytes stay bytes, in pieces too, and large ones arrive whole."""
    client = connect(serve(echo), path)
    messages = ["ü", b"\x00\xff", "", "x" * 900_000]
    for message in messages:
        client.send(message)
        assert client.recv(LIMIT) == message
    client.send(iter(["in ", "pieces"]))
    assert client.recv(LIMIT) == "in pieces"


@pytest.mark.parametrize("path", ["echo", "async"])
def test_the_end_of_the_client_ends_the_handler(serve: Serve, connect: Connect, path: str) -> None:
    """Politely or not; no thread and no task is left, and nothing is logged."""
    server = serve(echo)
    with ThreadPoolExecutor() as pool:
        clients = list(pool.map(lambda _: connect(server, path), range(8)))
    until(lambda: sum(server._handlers.counts()) == 8)
    for number, client in enumerate(clients):
        if number % 2:
            client.socket.shutdown(socket.SHUT_RDWR)
        else:
            client.close()
    until(lambda: server._handlers.counts() == (0, 0))
    assert "failed" not in logged(server)


def test_what_a_handler_knows_of_its_client(serve: Serve, connect: Connect) -> None:
    """Segments, paths, query, session, subprotocol, and the request."""

    def setup(server: QuickServer) -> None:
        @server.json_get("/login", 0)
        def login(req: Any, args: Any) -> Any:
            req.session["user"] = "ann"
            return {}

        @server.websocket("/room/:name", 1, subprotocols=["v2", "v1"])
        def room(ws: Any) -> None:
            args = ws.args
            session = args["session"] and args["session"]["user"]
            known = [args["segments"]["name"], args["paths"], args["query"]["x"], session]
            ws.send(repr([*known, ws.subprotocol, ws.request.client_address[0]]))

    server = serve(setup)
    with requests.Session() as visitor:
        visitor.get(f"{server.url}login", timeout=LIMIT)
        cookie = "; ".join(f"{cookie.name}={cookie.value}" for cookie in visitor.cookies)
    known = connect(
        server, "room/a%20b/1?x=2", subprotocols=["v1"], additional_headers={"Cookie": cookie}
    )
    assert known.recv(LIMIT) == "['a b', ['1'], '2', 'ann', 'v1', '127.0.0.1']"
    stranger = connect(server, "room/a/1?x=2")
    assert stranger.recv(LIMIT) == "['a', ['1'], '2', None, None, '127.0.0.1']"


def test_the_end_of_a_handler_closes_the_websocket(serve: Serve, connect: Connect) -> None:
    """With 1000 after what it sent, with its own code, or with 1011 when it failed."""

    def setup(server: QuickServer) -> None:
        @server.websocket("/:how")
        def handler(ws: Any) -> None:
            how = ws.args["segments"]["how"]
            ws.send(how)
            if how == "own":
                ws.close(4321, "my reason")
            if how == "fail":
                raise ValueError("a secret")

    server = serve(setup)
    ends = {}
    for how in ("end", "own", "fail"):
        client = connect(server, how)
        assert client.recv(LIMIT) == how
        with pytest.raises(ClientClosed) as closed:
            client.recv(LIMIT)
        ends[how] = (closed.value.rcvd.code, closed.value.rcvd.reason)  # type: ignore[union-attr]
    assert ends == {
        "end": (1000, ""),
        "own": (4321, "my reason"),
        "fail": (1011, "the handler failed"),
    }
    assert "the handler of /fail failed" in logged(server)
    assert "ValueError: a secret" in logged(server)


def test_receive_has_a_timeout(serve: Serve, connect: Connect) -> None:
    """A handler can do something else in between."""

    def setup(server: QuickServer) -> None:
        @server.websocket("/")
        def handler(ws: Any) -> None:
            with pytest.raises(TimeoutError):
                ws.receive(timeout=0.01)
            ws.send("nothing came")
            ws.send(ws.receive(timeout=LIMIT))

    client = connect(serve(setup), "")
    assert client.recv(LIMIT) == "nothing came"
    client.send("late")
    assert client.recv(LIMIT) == "late"


def test_any_thread_may_send(serve: Serve, connect: Connect) -> None:
    """A broadcast to all sockets, from threads that run no handler."""
    sockets: list[Any] = []

    def setup(server: QuickServer) -> None:
        @server.websocket("/")
        def handler(ws: Any) -> None:
            sockets.append(ws)
            with pytest.raises(ConnectionClosed):
                ws.receive()

    server = serve(setup)
    clients = [connect(server, "") for _ in range(5)]
    until(lambda: len(sockets) == 5)

    def broadcast(text: str) -> None:
        for number in range(20):
            for ws in sockets:
                ws.send(f"{text}{number}")

    with ThreadPoolExecutor() as pool:
        list(pool.map(broadcast, "abc"))
    for client in clients:
        got = [client.recv(LIMIT) for _ in range(60)]
        for text in "abc":
            assert [one for one in got if one[0] == text] == [f"{text}{n}" for n in range(20)]


def test_a_slow_reader_makes_send_wait(serve: Serve, connect: Connect) -> None:
    """Then it raises; memory does not grow, and the websocket stays open."""
    seen: queue.Queue[Any] = queue.Queue()

    def setup(server: QuickServer) -> None:
        @server.websocket("/")
        def handler(ws: Any) -> None:
            sent = 0
            try:
                while True:
                    ws.send(b"x" * 100_000)
                    sent += 1
            except SendTimeout:
                seen.put((sent, ws.closed))
            ws.receive()

    server = serve(setup, websocket_send_timeout=0.1, websocket_max_queue=300_000)
    client = connect(server, "", max_queue=1)
    sent, closed = seen.get(timeout=LIMIT)
    assert (sent < 300, closed) == (True, False)
    for _ in range(sent):
        assert len(client.recv(LIMIT)) == 100_000


def test_a_slow_handler_makes_the_client_wait(serve: Serve, connect: Connect) -> None:
    """What is not received yet is not taken from the network without end; nothing is lost."""
    go = threading.Event()

    def setup(server: QuickServer) -> None:
        @server.websocket("/")
        def handler(ws: Any) -> None:
            go.wait(LIMIT)
            for message in ws:
                if message == "end":
                    ws.send(str(received))
                    return
                received.append(len(message))

    received: list[int] = []
    client = connect(serve(setup, websocket_max_inbox=100_000), "")
    client.socket.settimeout(0.2)
    sent = 0
    with suppress(TimeoutError):
        while sent < 500:
            client.socket.sendall(_frame(b"x" * 100_000))
            sent += 1
    assert sent < 500
    go.set()
    until(lambda: len(received) >= sent)


def _frame(data: bytes) -> bytes:
    from websockets.frames import Frame, Opcode

    return Frame(Opcode.BINARY, data).serialize(mask=True)


def test_a_message_can_be_too_large(serve: Serve, connect: Connect) -> None:
    """1009, and the handler is over."""

    def setup(server: QuickServer) -> None:
        @server.websocket("/", max_message=1000)
        def handler(ws: Any) -> None:
            for message in ws:
                ws.send(str(len(message)))

    server = serve(setup)
    client = connect(server, "")
    client.send("x" * 1000)
    assert client.recv(LIMIT) == "1000"
    client.send("x" * 1001)
    with pytest.raises(ClientClosed) as closed:
        client.recv(LIMIT)
    assert closed.value.rcvd.code == 1009  # type: ignore[union-attr]
    until(lambda: server._handlers.counts() == (0, 0))


def test_compression_when_both_want_it(serve: Serve, connect: Connect) -> None:
    """And not otherwise."""

    def setup(server: QuickServer) -> None:
        @server.websocket("/", compression="deflate")
        def handler(ws: Any) -> None:
            for message in ws:
                ws.send(message)

    server = serve(setup)
    for wanted in ("deflate", None):
        client = connect(server, "", compression=wanted)
        assert bool(client.protocol.extensions) is bool(wanted)
        for message in ("hello " * 10_000, b"\x00" * 10_000, "x"):
            client.send(message)
            assert client.recv(LIMIT) == message


def test_nothing_is_left_of_many(serve: Serve) -> None:
    """Threads, connections and files are what they were, whoever has closed, and however."""

    def setup(server: QuickServer) -> None:
        echo(server)
        server.websocket("/end")(lambda ws: None)

    server = serve(setup)
    rounds: list[tuple[int, int]] = []
    for _ in range(4):
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(partial(_come_and_go, server), range(80)))
        until(lambda: server._handlers.counts() == (0, 0))
        until(lambda: server._sidecar.channels == 0)
        rounds.append((_open_files(), len(server._handlers._lines)))
    files, lines = rounds[1]
    assert len(server._handlers._lines) == lines
    until(lambda: _open_files() <= files)  # the last connections close while we look


def _come_and_go(server: QuickServer, number: int) -> None:
    path = ("echo", "async", "end", "echo")[number % 4]
    with socket.create_connection(server.server_address[:2], timeout=LIMIT) as client:
        client.sendall(HEAD.replace("/echo", f"/{path}").encode() + b"\r\n")
        client.recv(65536)
        if number % 3:
            client.sendall(_frame(b"x"))
        if number % 5 == 0:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def _open_files() -> int:
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


# -- before it is opened ---------------------------------------------------------------------------


def _refusal(connect: Connect, server: QuickServer, path: str, **options: Any) -> Any:
    with pytest.raises(InvalidStatus) as refused:
        connect(server, path, **options)
    return refused.value.response


def test_pages_of_other_sites_are_refused(serve: Serve, connect: Connect) -> None:
    """403 and no upgrade; pages of this server are welcome."""
    server = serve(echo)
    assert _refusal(connect, server, "echo", origin="http://evil.example").status_code == 403
    client = connect(server, "echo", origin=server.url.rstrip("/"))
    client.send("x")
    assert client.recv(LIMIT) == "x"


def test_middleware_can_refuse(serve: Serve, connect: Connect) -> None:
    """Of the route, of a block, and before everything; what passes leaves its notes."""

    def key(req: Any, args: Any, okay: Any) -> Any:
        if req.query_params.get("key") != "secret":
            return Response({"error": "who are you?"}, 401)
        args["meta"]["user"] = "ann"
        return okay

    def before(req: Any, path: str, cookie: Any) -> None:
        if path.startswith("/private"):
            raise PreventDefaultResponse(403, "not for you")

    def setup(server: QuickServer) -> None:
        def handler(ws: Any) -> None:
            ws.send(ws.args["meta"]["user"])

        server.add_pre_middleware(before)
        server.websocket("/own")(server.middleware(key)(handler))
        server.websocket("/private")(handler)
        with server.middlewares(key):
            server.websocket("/block")(handler)

    server = serve(setup)
    for path in ("own", "block"):
        assert connect(server, f"{path}?key=secret").recv(LIMIT) == "ann"
        answer = _refusal(connect, server, path)
        assert (answer.status_code, b"who are you" in answer.body) == (401, True)
    assert _refusal(connect, server, "private").status_code == 403


def test_middleware_can_begin_a_session(serve: Serve, connect: Connect) -> None:
    """The cookie comes with the upgrade, and the handler has the same data."""

    def setup(server: QuickServer) -> None:
        def begin(req: Any, args: Any, okay: Any) -> Any:
            req.session["visits"] = req.session.get("visits", 0) + 1
            return okay

        @server.websocket("/")
        @server.middleware(begin)
        def handler(ws: Any) -> None:
            ws.send(str(ws.args["session"]["visits"]))
            ws.args["session"]["told"] = True

        server.json_get("/told", 0)(lambda req, args: dict(req.session))

    server = serve(setup)
    first = connect(server, "")
    assert first.recv(LIMIT) == "1"
    cookie = first.response.headers["Set-Cookie"].partition(";")[0]  # type: ignore[union-attr]
    again = connect(server, "", additional_headers={"Cookie": cookie})
    assert again.recv(LIMIT) == "2"
    until(lambda: server._handlers.counts() == (0, 0))
    answer = requests.get(f"{server.url}told", headers={"Cookie": cookie}, timeout=LIMIT)
    assert answer.json() == {"told": True, "visits": 2}


@pytest.mark.parametrize("known", [True, False])
def test_async_handlers_wait_for_no_store(serve: Serve, connect: Connect, known: bool) -> None:
    """Looking for the session and storing what they change is done by other threads."""
    users: set[str] = set()

    def setup(server: QuickServer) -> None:
        store = server.store
        for name in ("get", "put", "put_text", "touch"):
            setattr(store, name, partial(_noted, users, getattr(store, name)))

        @server.websocket("/")
        async def handler(ws: Any) -> None:
            if ws.args["session"] is not None:
                ws.args["session"]["a"] = 1
            await ws.send(threading.current_thread().name)

    server = serve(setup)
    session_id = server.sessions.issue("").id if known else "A" * 32
    cookie = {"Cookie": f"session_{server.server_address[1]}={session_id}"}
    thread = connect(server, "", additional_headers=cookie).recv(LIMIT)
    until(lambda: server._handlers.counts() == (0, 0))
    assert thread not in users
    assert len(users) >= 1 + known
    assert not known or server.sessions.get(session_id).data == {"a": 1}  # type: ignore[union-attr]


def _noted(users: set[str], function: Callable[..., Any], *args: Any) -> Any:
    users.add(threading.current_thread().name)
    return function(*args)


def test_a_full_server_says_so(serve: Serve, connect: Connect) -> None:
    """503 before the upgrade, with the time to try again; then there is room again."""
    server = serve(echo, max_handler_threads=1)
    client = connect(server, "echo")
    until(lambda: server._handlers.counts() == (1, 0))
    answer = _refusal(connect, server, "echo")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    client.close()
    until(lambda: server._handlers.counts() == (0, 0))
    connect(server, "echo")


HEAD = (
    "GET /echo HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        ("Upgrade: websocket\r\n", "", 426),
        ("Connection: Upgrade\r\n", "", 400),
        ("Version: 13", "Version: 12", 426),
        ("dGhlIHNhbXBsZSBub25jZQ==", "dGhl", 400),
        ("HTTP/1.1", "HTTP/1.0", 400),
        ("GET", "HEAD", 400),
        ("GET", "POST", 405),
        ("\r\nHost", "\r\nSec-WebSocket-Protocol: a, a\r\nHost", 400),
        ("\r\nHost", "\r\nContent-Length: 3\r\nHost", 400),
        ("\r\nHost", "\r\nTransfer-Encoding: chunked\r\nHost", 400),
    ],
)
def test_what_is_no_handshake(serve: Serve, old: str, new: str, status: int) -> None:
    """Raw bytes: RFC 6455 section 4.2.1, and no body that could be taken for frames."""
    server = serve(echo)
    with socket.create_connection(server.server_address[:2], timeout=LIMIT) as client:
        client.sendall(HEAD.replace(old, new, 1).encode() + b"\r\n0\r\n\r\n")
        answer = client.recv(65536).decode()
    assert int(answer.split(" ")[1]) == status
    if status == 426:
        assert "Sec-WebSocket-Version: 13" in answer


def test_a_bare_handshake_works(serve: Serve) -> None:
    """And frames that come with it are not lost."""
    server = serve(echo)
    with socket.create_connection(server.server_address[:2], timeout=LIMIT) as client:
        client.sendall(HEAD.encode() + b"\r\n" + _frame(b"early"))
        received = b""
        while not received.endswith(b"\x82\x05early"):
            received += client.recv(65536)
    assert received.startswith(b"HTTP/1.1 101 ")
    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in received


# -- the end ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["echo", "async"])
def test_the_end_of_the_server(serve: Serve, connect: Connect, path: str) -> None:
    """Blocked handlers are woken at once, and clients are told 1001."""
    server = serve(echo, shutdown_timeout=LIMIT * 2)
    client = connect(server, path)
    started = time.monotonic()
    server.shutdown()
    assert time.monotonic() - started < LIMIT
    with pytest.raises(ClientClosed) as closed:
        client.recv(LIMIT)
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (  # type: ignore[union-attr]
        1001,
        "the server stops",
    )


@pytest.mark.parametrize("path", ["plain", "async"])
def test_a_handler_may_stop_the_server(serve: Serve, connect: Connect, path: str) -> None:
    """It does not wait for itself."""
    ended = threading.Event()

    def setup(server: QuickServer) -> None:
        @server.websocket("/plain")
        def handler(ws: Any) -> None:
            server.shutdown()
            list(ws)
            ended.set()

        @server.websocket("/async")
        async def async_handler(ws: Any) -> None:
            server.shutdown()
            async for _ in ws:
                pass
            ended.set()

    server = serve(setup)
    connect(server, path)
    assert ended.wait(LIMIT)
    server.shutdown()
    assert "left behind" not in logged(server)


def test_async_handlers_share_a_thread(serve: Serve, connect: Connect) -> None:
    """And take turns: one that waits holds up nobody."""
    threads: set[int] = set()
    gates: list[asyncio.Event] = []

    def setup(server: QuickServer) -> None:
        @server.websocket("/")
        async def handler(ws: Any) -> None:
            threads.add(threading.get_ident())
            gates.append(asyncio.Event())
            if len(gates) < 3:
                await gates[-1].wait()
            for gate in gates:
                gate.set()
            await ws.send("done")

    server = serve(setup)
    for client in [connect(server, "") for _ in range(3)]:
        assert client.recv(LIMIT) == "done"
    assert len(threads) == 1


def test_handlers_run_on_threads_of_the_factory(
    start_server: Callable[..., QuickServer], connect: Connect
) -> None:
    """As endpoints do."""

    class Mine(threading.Thread):
        pass

    def setup(server: QuickServer) -> None:
        @server.websocket("/")
        def handler(ws: Any) -> None:
            ws.send(type(threading.current_thread()).__name__)

    server = start_server(setup, thread_factory=Mine)
    assert connect(server, "").recv(LIMIT) == "Mine"


def test_over_tls(
    start_server: Callable[..., QuickServer], connect: Connect, authority: Any
) -> None:
    """The same through wss."""
    server = start_server(echo, certfile=authority.certfile, keyfile=authority.keyfile)
    client = connect(server, "echo", ssl=authority.websocket_context())
    for message in ("text", b"bytes", "x" * 300_000):
        client.send(message)
        assert client.recv(LIMIT) == message


@pytest.mark.browser
def test_in_a_browser(serve: Serve, chromium: Browser) -> None:
    """A script of a page talks to a handler: text, bytes, subprotocol, compression, close code."""

    def setup(server: QuickServer) -> None:
        server.text_get("/page", 0)(lambda req, args: Response("<p>", ctype="text/html"))

        @server.websocket("/talk", subprotocols=["v1"], compression="deflate")
        def talk(ws: Any) -> None:
            ws.send(f"{ws.receive()} {ws.subprotocol}")
            ws.send(ws.receive())
            ws.close(4000, "bye")

    script = """() => new Promise((resolve) => {
        const got = [], socket = new WebSocket(new URL("talk", location.href), "v1");
        socket.binaryType = "arraybuffer";
        socket.onopen = () => { socket.send("hi"); socket.send(new Uint8Array([1, 2])); };
        socket.onmessage = ({data}) =>
            got.push(typeof data == "string" ? data : [...new Uint8Array(data)]);
        socket.onclose = ({code, reason}) => resolve([...got, socket.extensions, code, reason]);
    })"""
    server = serve(setup)
    with chromium.new_context() as visitor:
        page = visitor.new_page()
        page.goto(f"{server.url}page")
        hi, data, extensions, code, reason = page.evaluate(script)
    assert (hi, data, code, reason) == ("hi v1", [1, 2], 4000, "bye")
    assert extensions.startswith("permessage-deflate")
