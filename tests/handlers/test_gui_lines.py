"""The ways of a page over a real server: who may use them, and what comes over them."""

from __future__ import annotations

import io
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import pytest

from quick_htag.logs import MessageLog
from tests.patience import until

LIMIT = 30.0


class Visitor:
    """A page of the live app, without a browser."""

    def __init__(self, server: Any) -> None:
        self.server = server
        host, port = server.server_address
        self.host = f"{host}:{port}"
        self.connection = HTTPConnection(host, port, timeout=LIMIT)
        self.connection.request("GET", "/")
        answer = self.connection.getresponse()
        self.cookie = str(answer.headers["Set-Cookie"]).split(";")[0]
        html = answer.read().decode()
        self.html = html
        self.page = json.loads(re.search(r"quick_htag_page=(\{.*?\})</script>", html)[1])["page"]  # type: ignore[index]

    def headers(self, **changed: str | None) -> dict[str, str]:
        """Of a request of this page; None leaves one out."""
        fields = {"Cookie": self.cookie, "Origin": f"http://{self.host}", **changed}
        return {name.replace("_", "-"): value for name, value in fields.items() if value}

    def post(self, path: str, body: Any = None, **headers: str | None) -> tuple[int, Any]:
        """Status and answer of a POST."""
        text = "" if body is None else json.dumps(body)
        self.connection.request("POST", path, text, self.headers(**headers))
        answer = self.connection.getresponse()
        data = answer.read()
        return answer.status, json.loads(data) if answer.status == 200 else data

    def stream(self, query: str, **headers: str | None) -> HTTPResponse:
        """An open stream, or the answer that refuses it."""
        self.connection.request("GET", f"/stream?{query}", headers=self.headers(**headers))
        return self.connection.getresponse()

    def event(self, number: int) -> str:
        """A click on the button."""
        tag = re.search(r'<\w+ [^>]*class="more"[^>]*>', self.html)[0]  # type: ignore[index]
        found = re.search(r"htag_event\('([^']+)'", tag)
        if found:
            payload: Any = {"id": found[1], "event": "click", "data": {}}
        else:
            text = re.search(r"interact\( ({.*?}) \)", tag.replace("&quot;", '"'))
            payload = json.loads(text[1].replace("jevent(event)", "{}"))  # type: ignore[index]
        return json.dumps({"n": number, "p": payload})


@pytest.fixture
def live(start_server: Any, app_name: str) -> Callable[..., Any]:
    """``live(**settings)`` starts a server with the live app at its root."""
    from quick_htag import Settings

    def start(**settings: Any) -> Any:
        log = MessageLog(io.StringIO())
        server = start_server(settings=Settings(**settings), log=log)
        server.bind_htag("/", app_name)
        return server

    return start


@pytest.fixture
def visit() -> Iterator[Callable[[Any], Visitor]]:
    """``visit(server)`` opens the app as a new visitor; its connection is closed at the end."""
    made: list[Visitor] = []

    def come(server: Any) -> Visitor:
        made.append(Visitor(server))
        return made[-1]

    yield come
    for visitor in made:
        visitor.connection.close()


@pytest.fixture
def visitor(live: Callable[..., Any], visit: Any) -> Visitor:
    """A page of a server with default settings."""
    found: Visitor = visit(live())
    return found


def lines(answer: HTTPResponse, until: str) -> list[str]:
    """The data of the events up to the first that contains ``until``."""
    found: list[str] = []
    while not any(until in text for text in found):
        line = answer.readline().decode()
        assert line, found
        if line.startswith("data: "):
            found.append(line[6:-1])
    return found


WAYS = [("GET", "/stream?page={page}&seen=0"), ("POST", "/poll?page={page}&seen=0")]
WAYS.append(("POST", "/event?page={page}"))


@pytest.mark.parametrize(("method", "path"), WAYS)
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1"])
def test_another_origin_is_403(visitor: Visitor, method: str, path: str, origin: str) -> None:
    """A page of another site cannot use the visitor's cookie, even if it knew the token."""
    target = path.format(page=visitor.page)
    visitor.connection.request(method, target, "", visitor.headers(Origin=origin))
    answer = visitor.connection.getresponse()
    answer.read()
    assert answer.status == 403


@pytest.mark.parametrize("path", ["/poll?page={page}&seen=0", "/event?page={page}"])
def test_a_post_without_an_origin_is_403(visitor: Visitor, path: str) -> None:
    """Browsers send one with every POST."""
    assert visitor.post(path.format(page=visitor.page), Origin=None)[0] == 403


def test_a_stream_asked_for_by_another_site_is_403(visitor: Visitor) -> None:
    """A GET has no Origin, but browsers say who asks."""
    answer = visitor.stream(f"page={visitor.page}&seen=0", Origin=None, Sec_Fetch_Site="cross-site")
    assert answer.status == 403


@pytest.mark.parametrize("query", ["page=x", "page=x&seen=-1", "page=x&seen=1.5"])
def test_a_broken_position_is_400(visitor: Visitor, query: str) -> None:
    """The position must be a number."""
    answer = visitor.stream(query)
    answer.read()
    assert answer.status == 400
    assert visitor.post(f"/poll?{query}")[0] == 400


@pytest.mark.parametrize("token", ["", "page=&", "page=nonsense&"])
def test_without_the_token_nothing_is_told(visitor: Visitor, visit: Any, token: str) -> None:
    """A request that is not of a page gets a close, and no byte of the app."""
    assert lines(visitor.stream(f"{token}seen=0"), "code")[0].startswith('{"code": 4004')
    other = visit(visitor.server)
    assert other.post(f"/poll?{token}seen=0")[1]["close"][0] == 4004
    assert other.post(f"/event?{token}", [other.event(1)])[1]["close"][0] == 4004


def test_the_token_of_another_visitor_is_none(visitor: Visitor, visit: Any) -> None:
    """A page belongs to its session."""
    other = visit(visitor.server)
    query = f"page={visitor.page}"
    assert other.post(f"/poll?{query}&seen=0")[1]["close"][0] == 4004
    assert other.post(f"/event?{query}", [other.event(1)])[1]["close"][0] == 4004
    assert other.post(f"/event?{query}", [], Cookie=None)[1]["close"][0] == 4001


@pytest.mark.parametrize("body", [None, {}, [], [1], [[]], "x", ["x"] * 1001])
def test_a_post_of_something_else_is_1008(visitor: Visitor, body: Any) -> None:
    """As a broken message on a websocket."""
    status, answer = visitor.post(f"/event?page={visitor.page}", body)
    assert (status, answer["close"][0]) == (200, 1008)


def test_too_large_a_post_is_413(live: Callable[..., Any], visit: Any) -> None:
    """Its body is not read."""
    visitor = visit(live(websocket_max_message=100))
    status, _ = visitor.post(f"/event?page={visitor.page}", ["x" * 200_000])
    assert status == 413


def test_a_page_by_events_and_posts(visitor: Visitor) -> None:
    """Greeting, pushes, acknowledgement and end of an event."""
    answer = visitor.stream(f"page={visitor.page}&seen=0")
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert lines(answer, "hello") == ['{"hello":0}']
    visitor.connection = HTTPConnection(*visitor.server.server_address, timeout=LIMIT)
    texts = [visitor.event(1), visitor.event(2)]
    assert visitor.post(f"/event?page={visitor.page}", texts) == (200, {"m": ['{"ack":2}']})
    lines(answer, '{"done":2}')
    answer.close()


def test_a_page_by_polls_keeps_its_connection(visitor: Visitor) -> None:
    """Every poll is answered on the same connection."""
    status, answer = visitor.post(f"/poll?page={visitor.page}&seen=0")
    sock = visitor.connection.sock
    assert (status, answer["m"][0]) == (200, '{"hello":0}')
    for number in range(1, 4):
        query = f"page={visitor.page}&c={answer['c']}&k={number}"
        assert visitor.post(f"/poll?{query}")[1]["m"]  # the clock of the app
    assert visitor.connection.sock is sock


@pytest.mark.parametrize("way", ["sse", "poll"])
def test_a_client_that_leaves_is_noticed(visitor: Visitor, way: str) -> None:
    """The page counts as not connected at once, and nothing is left."""
    host = visitor.server.guis
    [instance] = host._table.live()
    sock = socket.create_connection(visitor.server.server_address, LIMIT)
    fields = "".join(f"{name}: {value}\r\n" for name, value in visitor.headers().items())
    method, name = ("GET", "stream") if way == "sse" else ("POST", "poll")
    head = f"{method} /{name}?page={visitor.page}&seen=0 HTTP/1.1\r\nHost: {visitor.host}\r\n"
    with sock:
        sock.sendall(f"{head}{fields}\r\n".encode())
        received = ""
        while ("hello" if way == "sse" else '"c": ') not in received:
            received += sock.recv(65536).decode()
        if way == "poll":
            found = re.search(r'"c": "([^"]+)"', received)
            assert found
            query = f"page={visitor.page}&c={found[1]}&k=1"
            head = f"POST /poll?{query} HTTP/1.1\r\nHost: {visitor.host}\r\n"
            sock.sendall(f"{head}{fields}\r\n".encode())
        assert instance.pages.connected == 1
    until(lambda: not instance.pages.connected and not len(host.links))


@pytest.mark.parametrize("way", ["sse", "poll"])
def test_nothing_piles_up(visitor: Visitor, way: str) -> None:
    """Clients that come and leave, again and again, leave nothing behind."""
    host = visitor.server.guis
    [instance] = host._table.live()
    threads = threading.active_count()
    fields = "".join(f"{name}: {value}\r\n" for name, value in visitor.headers().items())
    method, name = ("GET", "stream") if way == "sse" else ("POST", "poll")
    head = f"{method} /{name}?page={visitor.page}&seen=0 HTTP/1.1\r\nHost: {visitor.host}\r\n"
    for _ in range(200):
        with socket.create_connection(visitor.server.server_address, LIMIT) as sock:
            sock.sendall(f"{head}{fields}\r\n".encode())
            sock.recv(100)
    until(lambda: visitor.server._sidecar.channels == 0)
    until(lambda: len(host.links) <= 1)  # the last one may still poll
    until(lambda: len(instance.pages) == 1)
    until(lambda: visitor.server._transport.counts()["connections"] <= 2)
    until(lambda: threading.active_count() <= threads + 2)


def test_a_slow_reader_of_a_stream_is_dropped(live: Callable[..., Any], visit: Any) -> None:
    """Who does not read loses its stream; the app goes on."""
    visitor = visit(live(websocket_max_queue=1000, websocket_ping_interval=0.1))
    [instance] = visitor.server.guis._table.live()
    with socket.create_connection(visitor.server.server_address, LIMIT) as sock:
        fields = "".join(f"{name}: {value}\r\n" for name, value in visitor.headers().items())
        head = f"GET /stream?page={visitor.page}&seen=0 HTTP/1.1\r\nHost: {visitor.host}\r\n"
        sock.sendall(f"{head}{fields}\r\n".encode())
        sock.recv(100)
        for _ in range(200):
            instance.outbox.send('{"action":"update","updates":{},"x":"%s"}' % ("x" * 100_000))
            if not instance.pages.connected:
                break
        until(lambda: not instance.pages.connected)


def test_the_token_is_not_logged(visitor: Visitor) -> None:
    """The query of every way holds it, and stays out of the log."""
    visitor.post(f"/poll?page={visitor.page}&seen=0")
    visitor.post(f"/event?page={visitor.page}", [visitor.event(1)])
    visitor.post(f"/poll?page={visitor.page}&seen=0", Origin=None)
    text = visitor.server.log.file.getvalue()
    assert "/poll" in text
    assert visitor.page not in text


def test_a_copy_of_a_page_must_be_loaded_anew(visitor: Visitor) -> None:
    """By each way, while the page is connected; the page itself goes on."""
    stream = visitor.stream(f"page={visitor.page}&seen=0&doc=one")
    lines(stream, "hello")
    visitor.connection = HTTPConnection(*visitor.server.server_address, timeout=LIMIT)
    answers = [
        visitor.post(f"/poll?page={visitor.page}&seen=0&doc=two")[1],
        visitor.post(f"/event?page={visitor.page}&doc=two", [visitor.event(1)])[1],
    ]
    assert [answer["close"][0] for answer in answers] == [4004, 4004]
    texts = [visitor.event(1)]
    target = f"/event?page={visitor.page}&doc=one"
    assert visitor.post(target, texts) == (200, {"m": ['{"ack":1}']})
    lines(stream, '{"done":1}')
    stream.close()


@pytest.mark.parametrize("name", ["a-b", "x" * 25])
def test_a_strange_name_of_a_document_is_400(visitor: Visitor, name: str) -> None:
    """Our pages have none of that form."""
    assert visitor.post(f"/poll?page={visitor.page}&seen=0&doc={name}")[0] == 400
