"""What HTTP says about one connection: raw bytes in, raw bytes out."""

from __future__ import annotations

import io
import logging
import os
import socket
import struct
import threading

import pytest

from quick_htag.errors import HTTPError
from quick_htag.messages.response import HTTPResponse
from quick_htag.transports import exchange

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
PIECE = os.urandom(1 << 20)
PATIENCE = 20.0


def post(path: str, *lines: str, version: str = "1.1") -> bytes:
    """The head of a POST."""
    return "\r\n".join([f"POST {path} HTTP/{version}", "Host: x", *lines, "", ""]).encode()


def echo(request):
    """The body of the request."""
    return request.body.read()


# -- what is refused -------------------------------------------------------------------------------

REFUSED = {
    "malformed line": (b"GET /\r\n\r\n", 400),
    "bare line feed": (b"GET / HTTP/1.1\nHost: x\n\n", 400),
    "folded field": (b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", 400),
    "space before colon": (b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400),
    "null": (b"GET / HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n", 400),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "length and coding": (post("/", "Content-Length: 1", "Transfer-Encoding: chunked"), 400),
    "two lengths": (post("/", "Content-Length: 1", "Content-Length: 1"), 400),
    "negative length": (post("/", "Content-Length: -1"), 400),
    "alphabetic length": (post("/", "Content-Length: a"), 400),
    "TLS hello": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    "malformed chunk": (post("/echo", "Transfer-Encoding: chunked") + b"x\r\n", 400),
    "unterminated chunk": (post("/echo", "Transfer-Encoding: chunked") + b"1\r\nab\r\n", 400),
    "no length": (post("/", version="1.0"), 411),
    "long line": (b"GET /" + b"a" * 9000, 414),
    "other expectation": (post("/", "Content-Length: 1", "Expect: wonders"), 417),
    "many bytes": (b"GET / HTTP/1.1\r\nA: " + b"a" * 40_000, 431),
    "many fields": (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 101, 431),
    "many trailers": (
        post("/echo", "Transfer-Encoding: chunked") + b"0\r\n" + b"A: b\r\n" * 2000,
        431,
    ),
    "unknown method": (b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 501),
    "unknown coding": (post("/", "Transfer-Encoding: gzip, chunked"), 501),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "HTTP/3 in words": (b"GET / HTTP/3\r\n\r\n", 505),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(live, case):
    """What is no request gets its status and the end; the server goes on with others."""
    data, status = REFUSED[case]
    client = live.connect().send(data)
    answer = client.answer()
    assert (answer.status, answer.field("Connection")) == (status, "close")
    assert client.closed()
    assert live.get().body == b"hello"


def test_refused_after_good_ones(live):
    """A broken request is answered in its turn, and what follows it is not read."""
    client = live.connect().send(GET, GET, b"nonsense\r\n\r\n", GET)
    assert [client.answer().status for _ in range(3)] == [200, 200, 400]
    assert client.closed()


def test_refused_while_sending(live):
    """The answer arrives although the client sends on and on."""
    client = live.connect().send(b"GET /", b"a" * 9000)
    for _ in range(5):
        client.send(b"b" * 1000)
    assert client.answer().status == 414


def test_nothing_of_the_inside_is_told(live):
    """The page of a refused request says what was wrong and no more."""
    body = live.connect().send(b"GET /\r\n\r\n").answer().body
    assert body == b"400 Bad Request\nthe request line is malformed\n"


def test_refused_is_observed(live):
    """A request that could not be read is observed, too, and why it could not."""
    live.connect().send(b"nonsense\r\n\r\n").answer()
    [(request, status, elapsed, size, refused)] = live.observed
    assert (request, status, refused) == (None, 400, "the request line is malformed")
    assert elapsed >= 0
    assert size > 0


# -- one request after the other -------------------------------------------------------------------


def test_keep_alive(live):
    """A connection takes one request after the other."""
    client = live.connect()
    for _ in range(5):
        answer = client.get()
        assert (answer.status, answer.body, answer.field("Connection")) == (200, b"hello", None)
    assert live.counts()["connections"] == 1


def test_empty_lines_between_requests(live):
    """A line end too many after a body is nobody's request (RFC 9112 section 2.2)."""
    client = live.connect().send(post("/echo", "Content-Length: 2"), b"hi\r\n")
    assert client.answer().body == b"hi"
    assert client.get().body == b"hello"


@pytest.mark.parametrize("size", [1, 7, 64])
def test_in_small_pieces(live, size):
    """A request may arrive in any pieces."""
    client = live.connect()
    data = post("/echo", "Content-Length: 5") + b"hello" + GET
    for start in range(0, len(data), size):
        client.send(data[start : start + size])
    assert [client.answer().body for _ in range(2)] == [b"hello", b"hello"]


def test_pipelining(live):
    """A thousand requests at once are answered in order."""
    client = live.connect()
    requests = [
        post("/echo", f"Content-Length: {len(str(number))}") + str(number).encode()
        for number in range(1000)
    ]
    sender = threading.Thread(target=client.send, args=requests)
    sender.start()
    assert [int(client.answer().body) for _ in range(1000)] == list(range(1000))
    sender.join(PATIENCE)


def test_pipelining_behind_a_slow_one(live, site, gate):
    """What follows a slow request waits for its turn."""
    site.add("/slow", gate)
    client = live.connect().send(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n", GET * 50)
    gate.await_inside()
    assert client.silent()
    gate.open()
    assert [client.answer().body for _ in range(51)] == [b"waited"] + [b"hello"] * 50


def test_pipelining_flood_is_fair(live):
    """A client that never stops asking does not keep others from their answers."""
    flood, stop = live.connect(), threading.Event()

    def drown():
        while not stop.is_set():
            flood.send(GET * 200)
            for _ in range(200):
                flood.answer()

    thread = threading.Thread(target=drown)
    thread.start()
    bodies = [live.get().body for _ in range(20)]
    stop.set()
    thread.join(PATIENCE)
    assert bodies == [b"hello"] * 20


def test_close_asked_for(live):
    """Connection: close is obeyed and told; what follows is not answered."""
    client = live.connect().send(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", GET)
    answer = client.answer()
    assert (answer.body, answer.field("Connection")) == (b"hello", "close")
    assert client.closed()


def test_close_by_the_application(live, site):
    """An answer may end the connection."""
    site.add("/bye", lambda _: HTTPResponse(200, body=b"bye", close=True))
    client = live.connect()
    assert client.get("/bye").field("Connection") == "close"
    assert client.closed()


def test_http_1_0(live):
    """HTTP/1.0 ends with the answer."""
    client = live.connect().send(b"GET / HTTP/1.0\r\n\r\n")
    assert client.answer().body == b"hello"
    assert client.closed()


def test_http_1_0_keep_alive(live):
    """HTTP/1.0 may keep the connection and is told that it can."""
    client = live.connect()
    for _ in range(3):
        answer = client.send(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").answer()
        assert (answer.body, answer.field("Connection")) == (b"hello", "keep-alive")


def test_head(live):
    """HEAD has the length of the content and none of it."""
    client = live.connect()
    answer = client.get("/", method="HEAD")
    assert (answer.status, answer.field("Content-Length")) == (200, "5")
    assert client.get().body == b"hello"


@pytest.mark.parametrize("status", [204, 304])
def test_without_content(live, site, status):
    """An answer without content has no length, and the connection goes on."""
    site.add("/none", lambda _: HTTPResponse(status, body=b"not sent"))
    client = live.connect()
    answer = client.get("/none")
    assert (answer.status, answer.field("Content-Length")) == (status, None)
    assert client.get().body == b"hello"


def test_application_decides(live, site):
    """404 and 405 are the application's; the connection goes on."""
    site.add("/get", _only_get)
    client = live.connect()
    assert client.get("/nowhere").status == 404
    answer = client.get("/get", method="DELETE")
    assert (answer.status, answer.field("Allow")) == (405, "GET")
    assert client.get().status == 200


def _only_get(request):
    raise HTTPError(405, headers=[("Allow", "GET")])


def test_one_write(live, site):
    """A small answer goes out as one segment: head and content together."""
    client = live.connect().send(GET)
    data = client.sock.recv(65536)
    assert data.endswith(b"\r\n\r\nhello")


def test_request_is_as_sent(live, site):
    """The application sees what the client sent, and who the client is."""
    seen = []
    site.add("/see", lambda request: seen.append(request) or "")
    client = live.connect()
    client.get("/see?a=b", "A: b")
    [request] = seen
    assert (request.method, request.target, request.version) == ("GET", "/see?a=b", "HTTP/1.1")
    assert request.client_address == client.sock.getsockname()
    assert request.headers["a"] == "b"


def test_half_closed_client(live, site, gate):
    """A client may end its side and still gets the answers to what it asked."""
    site.add("/slow", gate)
    client = live.connect().send(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n", GET)
    client.sock.shutdown(socket.SHUT_WR)
    gate.await_inside()
    gate.open()
    assert [client.answer().body for _ in range(2)] == [b"waited", b"hello"]
    assert client.closed()


def test_half_closed_client_gets_a_large_answer(live, site):
    """The end of what a client sends does not cut what it is sent."""
    site.add("/large", lambda _: PIECE * 8)
    client = live.connect().send(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    client.sock.shutdown(socket.SHUT_WR)
    assert client.answer().body == PIECE * 8
    assert client.closed()


# -- what must not happen, and does ----------------------------------------------------------------


@pytest.mark.parametrize("error", [ValueError, OSError, SystemExit, KeyboardInterrupt])
def test_handle_that_raises(live, site, monkeypatch, error):
    """An application that breaks its promise gets logged, its client 500, and nobody else hurt."""

    def fail(_):
        raise error("broken promise")

    with monkeypatch.context() as patch:
        patch.setattr(site, "handle", fail)
        client = live.connect()
        assert [client.get().status for _ in range(100)] == [500] * 100
    assert f"{error.__name__}: broken promise" in live.log
    assert client.get().body == b"hello"
    assert 1 <= live.counts()["threads"] <= 10


@pytest.mark.parametrize("error", [ValueError, OSError, SystemExit])
def test_target_that_raises(live, site, monkeypatch, error):
    """The same for the question where a request goes."""

    def fail(_):
        raise error("broken promise")

    with monkeypatch.context() as patch:
        patch.setattr(site, "target", fail)
        for _ in range(10):
            answer = live.get()
            assert (answer.status, answer.body) == (500, b"500 Internal Server Error\n")
    assert f"{error.__name__}: broken promise" in live.log
    assert live.get().body == b"hello"


def test_no_answer_at_all(live, site, monkeypatch):
    """An application that gives something else ends the connection, and no other."""
    with monkeypatch.context() as patch:
        patch.setattr(site, "handle", lambda _: None)
        assert live.connect().send(GET).closed()
    assert "a connection failed" in live.log
    assert live.get().body == b"hello"


def test_observer_that_raises(serve, site):
    """A bug in the observer ends the connection, and no other."""
    live = serve(site, {"observer": lambda *_: 1 // 0})
    assert live.connect().send(GET).closed()
    assert live.connect().send(GET).closed()
    assert "ZeroDivisionError" in live.log


def test_observed(live):
    """Every answer is observed with its status, duration and size."""
    client = live.connect()
    client.get()
    client.get("/nowhere")
    (first, second) = live.observed
    assert (first[0].raw_path, first[1], first[3]) == ("/", 200, 5)
    assert (second[0].raw_path, second[1]) == ("/nowhere", 404)
    assert 0 <= first[2] < PATIENCE


# -- one at a time ---------------------------------------------------------------------------------


class Solo:
    """Notes whether two were in it at once."""

    def __init__(self):
        self.inside = 0
        self.together = False

    def __call__(self, _=None):
        self.inside += 1
        self.together |= self.inside > 1
        io.BytesIO(PIECE).read()
        threading.Event().wait(0.002)
        self.together |= self.inside > 1
        self.inside -= 1
        return "solo"


def test_one_at_a_time(serve, site):
    """A serial server never runs two targets at once, nor a target and a stream."""
    solo = Solo()
    site.add("/solo", solo)
    site.add("/quick", lambda _: solo())
    site.add("/stream", lambda _: HTTPResponse(body=(solo().encode() for _ in range(3))))
    live = serve(site, {"parallel": False})
    clients = [live.connect() for _ in range(8)]
    for _ in range(5):
        for number, client in enumerate(clients):
            path = ["/solo", "/quick", "/stream"][number % 3]
            client.send(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        bodies = [client.answer().body for client in clients]
        assert set(bodies) == {b"solo", b"solosolosolo"}
    assert not solo.together


def test_one_at_a_time_waits_for_no_client(serve, site):
    """Idle and slow clients block nobody on a serial server."""
    site.add("/large", lambda _: PIECE * 8)
    live = serve(site, {"parallel": False})
    live.connect()
    live.connect().send(b"GET / HT")
    live.connect().send(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    live.connect().send(post("/large", "Content-Length: 5"), b"he")
    assert [live.get().body for _ in range(5)] == [b"hello"] * 5


def test_waiting_for_a_turn_is_not_slow(serve, site, gate):
    """A quick target that had to wait for a slow one is still known as quick."""
    site.add("/slow", gate)
    live = serve(site, {"parallel": False})
    slow = live.connect().send(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    gate.await_inside()
    quick = [live.connect().send(GET) for _ in range(3)]
    gate.open()
    assert slow.answer().body == b"waited"
    assert [client.answer().body for client in quick] == [b"hello"] * 3
    assert site.places["/"].cost < 1.0


def test_pipeline_limit_is_passed_over(live):
    """What is left when others get their turn is answered after them."""
    count = exchange._PIPELINED * 3 + 1
    client = live.connect().send(GET * count)
    assert [client.answer().body for _ in range(count)] == [b"hello"] * count


def test_a_client_that_leaves_is_for_debugging(live, caplog, until):
    """It is its right, so the log is silent, unless somebody wants to know."""
    with caplog.at_level(logging.DEBUG, "quick_htag"):
        client = live.connect()
        client.get("/")
        reset = struct.pack("ii", 1, 0)
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
        client.sock.close()
        until(lambda: "[DEBUG] the connection with 127.0.0.1 has ended" in live.log)
    assert {record.levelname for record in caplog.records} == {"DEBUG"}
