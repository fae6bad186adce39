"""How requests are read, whole and in time: raw bytes in, raw bytes out."""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading

import pytest

from quick_htag.errors import BodyRefused, ConfigurationError
from quick_htag.messages.response import HTTPResponse

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
PIECE = os.urandom(1 << 20)
PATIENCE = 20.0


def post(path: str, *lines: str, version: str = "1.1") -> bytes:
    """The head of a POST."""
    return "\r\n".join([f"POST {path} HTTP/{version}", "Host: x", *lines, "", ""]).encode()


def echo(request):
    """The body of the request."""
    return request.body.read()


# -- bodies ----------------------------------------------------------------------------------------


def test_body_with_a_length(live):
    """A body arrives as sent."""
    client = live.connect().send(post("/echo", "Content-Length: 5"), b"hello")
    assert client.answer().body == b"hello"
    assert client.get().body == b"hello"


def test_chunked_body(live):
    """A chunked body arrives without its coding."""
    head = post("/echo", "Transfer-Encoding: chunked")
    client = live.connect().send(head, b"3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nA: b\r\n\r\n", GET)
    assert [client.answer().body for _ in range(2)] == [b"hello", b"hello"]


def test_large_body_is_a_file(serve, site, monkeypatch):
    """A large body is spooled; its file is closed when the answer has gone."""
    files = []
    make = tempfile.TemporaryFile
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: files.append(make()) or files[-1])
    site.add("/hash", lambda request: hashlib.sha256(request.body.read()).hexdigest(), 1 << 24)
    live = serve(site, body_memory=1000)
    data = PIECE * 3
    client = live.connect().send(post("/hash", f"Content-Length: {len(data)}"), data)
    assert client.answer().body.decode() == hashlib.sha256(data).hexdigest()
    assert client.get().body == b"hello"
    assert [file.closed for file in files] == [True]


def test_file_of_a_client_that_leaves(serve, site, monkeypatch, until):
    """A client that leaves in the middle of a body leaves no file."""
    files = []
    make = tempfile.TemporaryFile
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: files.append(make()) or files[-1])
    site.add("/echo", echo, 1 << 24)
    live = serve(site, body_memory=1000)
    live.connect().send(post("/echo", "Content-Length: 10000"), b"x" * 5000).close()
    until(lambda: files and files[0].closed)
    until(lambda: live.counts()["connections"] == 0)


def test_no_room_for_a_body(serve, site, monkeypatch):
    """A full disk is told to the client and to the log."""

    def full():
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    site.add("/echo", echo, 1 << 24)
    live = serve(site, body_memory=1000)
    client = live.connect().send(post("/echo", "Content-Length: 5000"), b"x" * 5000)
    assert client.answer().status == 507
    assert "No space left" in live.log
    assert live.get().body == b"hello"


def test_body_announced_too_large(live):
    """A body that is too large is not read; the answer comes before it."""
    client = live.connect().send(post("/echo", "Content-Length: 100001"))
    answer = client.answer()
    assert (answer.status, answer.field("Connection")) == (413, "close")
    assert client.closed()


def test_chunked_body_too_large(live):
    """A chunked body is refused as soon as it is too large."""
    client = live.connect().send(post("/echo", "Transfer-Encoding: chunked"))
    client.send(b"186a1\r\n", b"x" * 100_001)
    assert client.answer().status == 413
    assert client.closed()


def test_answer_arrives_while_the_client_still_sends(live):
    """A refused body is read away for a while, lest its answer is lost."""
    client = live.connect().send(post("/echo", "Content-Length: 8388608"))
    sender = threading.Thread(target=client.send, args=[PIECE] * 8)
    sender.start()
    assert client.answer().status == 413
    sender.join(PATIENCE)
    assert client.closed()


@pytest.mark.parametrize("path", ["/deaf", "/nowhere", "/tiny"])
@pytest.mark.parametrize("chunked", [False, True])
def test_unwanted_body_is_read_away(live, path, chunked):
    """A small body nobody wants is no request: nothing in it is answered, what follows is."""
    body = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    head = post(path, f"Content-Length: {len(body)}")
    if chunked:
        head = post(path, "Transfer-Encoding: chunked")
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    client = live.connect().send(head, body, GET)
    status = {"/deaf": 200, "/nowhere": 404, "/tiny": 413}[path]
    assert client.answer().status == status
    assert client.answer().body == b"hello"
    assert all(seen[0].raw_path != "/smuggled" for seen in live.observed)


@pytest.mark.parametrize("path", ["/deaf", "/nowhere", "/echo"])
def test_large_unwanted_body_is_no_request(live, path):
    """A large body nobody wants ends the connection, and nothing in it is answered."""
    body = GET * 10_000
    client = live.connect().send(post(path, f"Content-Length: {len(body)}"))
    sender = threading.Thread(target=client.send, args=[body])
    sender.start()
    answer = client.answer()
    assert answer.field("Connection") == "close"
    sender.join(PATIENCE)
    assert client.closed()
    assert len(live.observed) == 1


def test_refused_body_tells_the_handler(live, site):
    """A handler that asks for a refused body gets the reason."""
    caught = []

    def ask(request):
        with pytest.raises(BodyRefused) as error:
            request.body.open()
        caught.append(error.value)
        return "fine"

    site.add("/ask", ask, body_limit=10)
    client = live.connect().send(post("/ask", "Content-Length: 11"), b"x" * 11)
    assert client.answer().body == b"fine"
    assert (caught[0].status, caught[0].detail) == (413, "the body is larger than 10 bytes")


# -- 100-continue ----------------------------------------------------------------------------------


def test_continue(live):
    """A client that waits for permission gets it, then its answer."""
    client = live.connect().send(post("/echo", "Content-Length: 5", "Expect: 100-continue"))
    assert client.answer().status == 100
    assert client.send(b"hello").answer().body == b"hello"
    assert client.get().body == b"hello"


def test_continue_with_chunks(live):
    """Permission is given for a chunked body as well."""
    head = post("/echo", "Transfer-Encoding: chunked", "Expect: 100-continue")
    client = live.connect().send(head)
    assert client.answer().status == 100
    assert client.send(b"2\r\nhi\r\n0\r\n\r\n").answer().body == b"hi"


def test_continue_for_a_large_upload(serve, site):
    """The way curl sends 2 MB."""
    site.add("/size", lambda request: str(len(request.body.read())), 1 << 24)
    live = serve(site)
    head = post("/size", "Content-Length: 2097152", "Expect: 100-continue")
    client = live.connect().send(head)
    assert client.answer().status == 100
    assert client.send(PIECE, PIECE).answer().body == b"2097152"


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [("/echo", 100_001, 413), ("/tiny", 11, 413), ("/nowhere", 5, 404), ("/deaf", 5, 200)],
)
def test_no_continue_for_a_refused_body(live, path, length, status):
    """A body that is not taken is not asked for; the final answer comes at once."""
    head = post(path, f"Content-Length: {length}", "Expect: 100-continue")
    client = live.connect().send(head)
    answer = client.answer()
    assert (answer.status, answer.field("Connection")) == (status, "close")
    assert client.closed()


def test_no_continue_for_an_unwanted_chunked_body(live):
    """A chunked body nobody takes is not asked for either."""
    head = post("/deaf", "Transfer-Encoding: chunked", "Expect: 100-continue")
    assert live.connect().send(head).answer().status == 200


def test_no_continue_for_http_1_0(live):
    """HTTP/1.0 knows no interim answers."""
    head = post("/echo", "Content-Length: 2", "Expect: 100-continue", version="1.0")
    client = live.connect().send(head)
    assert client.send(b"hi").answer().body == b"hi"


def test_no_continue_when_the_body_is_there(live):
    """A client that did not wait needs no permission."""
    head = post("/echo", "Content-Length: 2", "Expect: 100-continue")
    client = live.connect().send(head, b"hi")
    assert client.answer().body == b"hi"


def test_no_continue_without_a_body(live):
    """There is nothing to send after the permission."""
    client = live.connect().send(post("/deaf", "Content-Length: 0", "Expect: 100-continue"))
    assert client.answer().body == b"deaf"


# -- time ------------------------------------------------------------------------------------------


def test_slow_head(serve, site, clock, until):
    """A head that does not come to its end is answered 408."""
    live = serve(site, {"clock": clock}, header_timeout=10.0)
    client = live.connect().send(b"GET / HTTP/1.1\r\nHost: x\r\n")
    until(lambda: waits_until(live) == ("HEAD", 1010.0))
    turn(live, clock, 10.1)
    answer = client.answer()
    assert (answer.status, answer.field("Connection")) == (408, "close")
    assert client.closed()
    assert live.get().body == b"hello"


def test_slow_head_is_not_helped_by_dripping(serve, site, clock, until):
    """The time of a head counts from its first byte, whatever follows."""
    live = serve(site, {"clock": clock}, header_timeout=10.0)
    head = b"GET / HTTP/1.1\r\nA: "
    client = live.connect().send(head)
    until(lambda: waits_until(live) == ("HEAD", 1010.0))
    for count in range(1, 5):
        turn(live, clock, 2.0)
        client.send(b"a")
        expected = [len(head) + count]
        until(lambda expected=expected: buffered(live) == expected)
        assert waits_until(live) == ("HEAD", 1010.0)
    turn(live, clock, 2.1)
    assert client.answer().status == 408


def test_slow_body(serve, site):
    """A body that does not come is answered 408."""
    site.add("/echo", echo, 100)
    live = serve(site, body_timeout=0.05)
    client = live.connect().send(post("/echo", "Content-Length: 5"), b"hell")
    assert client.answer().status == 408
    assert client.closed()
    assert live.get().body == b"hello"


def waits_until(live):
    """The state and deadline of the only connection."""
    [(state, deadline)] = [
        (one.state.name, one.deadline) for one in list(live.transport._hub.connections)
    ] or [("", 0.0)]
    return state, pytest.approx(deadline)


def buffered(live):
    """How many bytes have come of what is not complete, for each connection."""
    return [len(one.buffer) for one in list(live.transport._hub.connections)]


def turn(live, clock, seconds):
    """Let time pass, and the leader look at it."""
    clock.advance(seconds)
    live.transport._hub.poller.wake()


def test_steady_body_has_all_the_time_it_needs(serve, site, clock, until):
    """A body that keeps up the rate may take longer than the grace."""
    site.add("/echo", echo, 100_000)
    live = serve(site, {"clock": clock}, body_timeout=10.0, body_min_rate=100.0)
    client = live.connect().send(post("/echo", "Content-Length: 5000"))
    for number in range(1, 5):
        client.send(b"x" * 1000)
        until(lambda number=number: waits_until(live) == ("BODY", 1001.0 + 9.0 * number))
        turn(live, clock, 9.0)
    assert len(client.send(b"x" * 1000).answer().body) == 5000


def test_body_below_the_rate(serve, site, clock, until):
    """A body slower than the rate is refused when its grace is used up."""
    site.add("/echo", echo, 100_000)
    live = serve(site, {"clock": clock}, body_timeout=10.0, body_min_rate=100.0)
    client = live.connect().send(post("/echo", "Content-Length: 5000"), b"x" * 10)
    until(lambda: waits_until(live) == ("BODY", 1010.0))
    turn(live, clock, 9.0)
    client.send(b"x" * 20)
    until(lambda: waits_until(live) == ("BODY", 1010.2))
    turn(live, clock, 1.3)
    assert client.answer().status == 408


def test_body_that_was_quick_and_stops(serve, site, clock, until):
    """What has come in a moment buys no hours of silence."""
    site.add("/echo", echo, 100_000)
    live = serve(site, {"clock": clock}, body_timeout=10.0, body_min_rate=100.0)
    # little enough to arrive at once, and a minute and a half at the rate
    client = live.connect().send(post("/echo", "Content-Length: 9900"), b"x" * 9000)
    until(lambda: waits_until(live) == ("BODY", 1010.0))
    turn(live, clock, 10.1)
    assert client.answer().status == 408


def test_empty_lines_keep_nothing_open(serve, site, clock, until):
    """Line ends are no request; they do not begin the time of an idle client anew."""
    live = serve(site, {"clock": clock}, keep_alive_timeout=30.0)
    client = live.connect()
    assert client.get().body == b"hello"
    until(lambda: waits_until(live) == ("IDLE", 1030.0))
    turn(live, clock, 29.0)
    client.send(b"\r\n")
    until(lambda: buffered(live) == [2])
    assert waits_until(live) == ("IDLE", 1030.0)
    turn(live, clock, 1.1)
    assert client.closed()


def test_body_time_begins_after_the_head(serve, site, clock, until):
    """A slow head does not use up the time of the body."""
    site.add("/echo", echo, 100)
    live = serve(site, {"clock": clock}, body_timeout=10.0, header_timeout=20.0)
    head = post("/echo", "Content-Length: 2")
    client = live.connect().send(head[:10])
    until(lambda: waits_until(live) == ("HEAD", 1020.0))
    turn(live, clock, 15.0)
    client.send(head[10:])
    until(lambda: waits_until(live) == ("BODY", 1025.0))
    assert client.send(b"hi").answer().body == b"hi"


def test_time_of_the_next_head(serve, site, clock, until):
    """The time of a head that was pipelined begins when its turn comes."""
    live = serve(site, {"clock": clock}, header_timeout=20.0)
    client = live.connect().send(b"GET ")
    until(lambda: waits_until(live) == ("HEAD", 1020.0))
    turn(live, clock, 10.0)
    assert client.send(b"/ HTTP/1.1\r\nHost: x\r\n\r\nGET ").answer().body == b"hello"
    until(lambda: waits_until(live) == ("HEAD", 1030.0))


def test_silent_connection(serve, site):
    """A client that connects and says nothing is dropped without an answer."""
    live = serve(site, header_timeout=0.05)
    assert live.connect().closed()


def test_idle_connection(serve, site):
    """A kept connection is closed when it is idle too long."""
    live = serve(site, keep_alive_timeout=0.05)
    client = live.connect()
    assert client.get().body == b"hello"
    assert client.closed()


def test_empty_line_is_no_slow_request(serve, site, clock, until):
    """A line end too many does not make an idle client a slow one."""
    live = serve(site, {"clock": clock}, header_timeout=20.0, keep_alive_timeout=75.0)
    client = live.connect().send(GET, b"\r\n")
    assert client.answer().body == b"hello"
    until(lambda: waits_until(live) == ("IDLE", 1075.0))


# -- what is asked before a body is read -----------------------------------------------------------


@pytest.fixture
def guarded(serve, site):
    """The echo behind a guard that lets in who says "please"; and what the guard was asked."""
    asked = []

    def admission(request):
        with pytest.raises(ConfigurationError, match="has not arrived"):
            request.body.read()
        asked.append(request.raw_path)
        return "please" in request.headers

    def handle(request):
        return request.body.read() if "please" in request.headers else HTTPResponse(401)

    site.add("/echo", handle, body_limit=1 << 24)
    site.admission = admission
    live = serve(site)
    live.asked = asked
    return live


def test_a_welcome_body_is_read(guarded):
    """The guard is asked once, with the head; the handler has the body."""
    client = guarded.connect().send(post("/echo", "Please: yes", "Content-Length: 5"), b"hello")
    assert (client.answer().body, client.get().body) == (b"hello", b"hello")
    assert guarded.asked == ["/echo"]


def test_continue_comes_after_the_guard(guarded):
    """A client that asks first is told to go on by a guard that agrees."""
    expect = post("/echo", "Please: yes", "Content-Length: 5", "Expect: 100-continue")
    client = guarded.connect().send(expect)
    assert client.answer().status == 100
    assert client.send(b"hello").answer().body == b"hello"


@pytest.mark.parametrize(
    "field",
    [
        ("Content-Length: 5", "Expect: 100-continue"),
        ("Content-Length: 10000000",),
        ("Transfer-Encoding: chunked",),
    ],
)
def test_who_is_refused_is_told_at_once(guarded, field):
    """Without "100 Continue", without a byte of the body, and for good."""
    client = guarded.connect().send(post("/echo", *field))
    answer = client.answer()
    assert (answer.status, answer.field("Connection")) == (401, "close")
    assert client.closed()


def test_a_small_body_of_who_is_refused_is_read_away(guarded):
    """The connection takes the next request."""
    client = guarded.connect().send(post("/echo", "Content-Length: 5"), b"hello")
    assert (client.answer().status, client.get().body) == (401, b"hello")


def test_nothing_is_spooled_for_who_is_refused(guarded, monkeypatch):
    """However much he sends."""
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: pytest.fail("a file was made"))
    client = guarded.connect().send(post("/echo", "Content-Length: 10000000"), PIECE)
    assert client.answer().status == 401


def test_a_guard_that_waits_delays_nobody(guarded, site, gate):
    """Others are answered meanwhile, and so is its own request in the end."""
    site.admission = lambda request: bool(gate())
    client = guarded.connect().send(post("/echo", "Please: yes", "Content-Length: 5"), b"hello")
    gate.await_inside()
    assert guarded.get().body == b"hello"
    gate.open()
    assert client.answer().body == b"hello"


@pytest.mark.parametrize("error", [ValueError, SystemExit])
def test_a_guard_that_fails_lets_nobody_in(guarded, site, error):
    """500, one report, and others are served."""

    def fail(request):
        raise error("a fault in a guard")

    site.admission = fail
    client = guarded.connect().send(post("/echo", "Please: yes", "Content-Length: 5"), b"hello")
    assert client.answer().status == 500
    assert client.closed()
    assert (guarded.get().body, guarded.log.count("before it was handled")) == (b"hello", 1)


def test_a_quick_guard_does_not_make_a_slow_target_quick(guarded, site):
    """What a worker is to run stays with a worker."""
    place = site.places["/echo"]
    place.cost = 0.5
    guarded.connect().send(post("/echo", "Please: yes", "Content-Length: 5")).send(b"he")
    guarded.get()
    assert place.cost == 0.5


def test_the_same_head_again_is_another_request(serve, site):
    """Alone, with another one behind it, and in pieces: each is answered, with its own notes."""
    seen, answered = [], 0
    site.add("/x", lambda request: seen.append(request.meta) or f"{len(seen)}")
    client = serve(site).connect()
    head = b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n"
    answered = 0  # what comes together may all be handled before the first answer is read
    for pieces in ([head], [head], [head + head], [head[:9], head[9:]], [head]):
        for piece in pieces:
            client.send(piece)
        for _ in range(b"".join(pieces).count(b"GET")):
            answered += 1
            assert client.answer().body == f"{answered}".encode()
    assert len({id(meta) for meta in seen}) == len(seen) == 6
