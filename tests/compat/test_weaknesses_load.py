"""The weaknesses of quick_server in speed and under load, W15 to W23, and that they are gone."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import sys
import threading
import time
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
import requests

from quick_htag import Settings
from tests.patience import quick

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from quick_htag import QuickServer

    Start = Callable[..., QuickServer]
    Connect = Callable[[QuickServer], Any]

TIMEOUT = 30.0  # seconds
GET = "GET /x HTTP/1.1\nHost: localhost\n\n"


def text_at_x(server: QuickServer) -> None:
    """The endpoint of these tests."""
    server.text_get("/x", 0)(lambda req, args: "x")


def test_w15_an_answer_is_one_write(quiet: Start, connect: Connect) -> None:
    """Head and body arrive together."""
    wire = connect(quiet(text_at_x))
    wire.send(GET)
    assert wire.sock.recv(65536).endswith(b"\r\n\r\nx")


def test_w15_nothing_waits_for_an_acknowledgement(quiet: Start) -> None:
    """Requests on one connection take less than the 40 ms each that such waits add up to."""
    server = quiet(text_at_x)
    with contextlib.closing(http.client.HTTPConnection(*server.server_address[:2])) as client:

        def ask() -> None:
            for _ in range(25):
                client.request("GET", "/x")
                client.getresponse().read()

        quick(ask, 0.5)


def test_w16_silent_connections_cost_no_threads(quiet: Start, connect: Connect) -> None:
    """A hundred of them, and the next client is served."""
    server = quiet(text_at_x)
    before = threading.active_count()
    for _ in range(100):
        connect(server)
    assert requests.get(f"{server.url}x", timeout=TIMEOUT).text == "x"
    assert threading.active_count() - before < 5


def test_w16_one_at_a_time_does_not_wait_for_the_idle(quiet: Start, connect: Connect) -> None:
    """``parallel=False`` is about requests and not about connections."""
    server = quiet(text_at_x, parallel=False)
    assert connect(server).ask(GET).body == b"x"
    assert connect(server).ask(GET).body == b"x"


def test_w16_too_many_are_told(quiet: Start, connect: Connect) -> None:
    """One connection more than allowed is answered 503."""
    server = quiet(text_at_x, settings=Settings(max_connections=1))
    assert connect(server).ask(GET).status == 200
    assert connect(server).read().status == 503


def test_w16_silence_has_an_end(quiet: Start, connect: Connect) -> None:
    """Half a request is answered 408 after its time."""
    wire = connect(quiet(text_at_x, settings=Settings(header_timeout=1.0)))
    assert wire.ask("GET /x HTTP/1.1\n").status == 408


def test_w17_files_are_not_read_for_their_tags(quiet: Start, tmp_path: Path) -> None:
    """HEAD of a file of 1 GB takes no memory and no time to speak of."""
    with (tmp_path / "large.bin").open("wb") as file:
        file.truncate(1 << 30)
    server = quiet(lambda s: s.bind_path("/", str(tmp_path)))
    tracemalloc.start()
    try:
        answer = requests.head(f"{server.url}large.bin", timeout=TIMEOUT)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()
    assert (answer.headers["content-length"], "etag" in answer.headers) == (str(1 << 30), True)


def test_w18_handshakes_hold_up_nobody(quiet: Start, authority: Any) -> None:
    """A client that connects and says nothing is waited for elsewhere."""
    server = quiet(text_at_x, ssl_context=authority.server_context())
    with socket.create_connection(server.server_address[:2], TIMEOUT):
        answer = requests.get(f"{server.url}x", verify=authority.root, timeout=TIMEOUT)
        assert answer.text == "x"


def test_w18_silent_handshakes_have_an_end(quiet: Start, authority: Any) -> None:
    """The connection is closed after its time."""
    context: ssl.SSLContext = authority.server_context()
    server = quiet(ssl_context=context, settings=Settings(handshake_timeout=0.1))
    with socket.create_connection(server.server_address[:2], TIMEOUT) as client:
        assert client.recv(1) == b""


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_w20_every_body_has_a_limit(quiet: Start, kind: str) -> None:
    """Not only the parts of a form."""
    server = quiet(
        lambda s: s.json_post("/x", 0)(lambda req, args: 1), settings=Settings(max_body_size=1000)
    )
    headers = {"Content-Type": kind}
    answer = requests.post(f"{server.url}x", b"1" * 1001, headers=headers, timeout=TIMEOUT)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("limit", "form"),
    [
        ({"max_form_parts": 2}, {"a": (None, "1"), "b": (None, "2"), "c": (None, "3")}),
        ({"max_form_text": 9}, {"a": (None, "0123456789")}),
        ({"max_body_size": 200}, {"a": ("a", b"1" * 300)}),
    ],
)
def test_w20_forms_have_limits(quiet: Start, limit: Any, form: Any) -> None:
    """Number of parts, length of fields, and the total."""
    server = quiet(lambda s: s.json_post("/x", 0)(lambda req, args: 1), settings=Settings(**limit))
    assert requests.post(f"{server.url}x", files=form, timeout=TIMEOUT).status_code == 413


def test_w20_large_uploads_are_not_in_memory(quiet: Start) -> None:
    """Beyond a megabyte they are on disk."""
    used: list[int] = []

    def upload(req: Any, args: Any) -> int:
        used.append(tracemalloc.get_traced_memory()[1])
        size: int = args["files"]["f"].size
        return size

    server = quiet(lambda s: s.json_post("/x", 0)(upload))
    boundary = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
    pieces = [boundary, *[b"x" * (1 << 20)] * 24, b"\r\n--b--\r\n"]
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    tracemalloc.start()
    try:
        answer = requests.post(f"{server.url}x", iter(pieces), headers=headers, timeout=TIMEOUT)
    finally:
        tracemalloc.stop()
    assert answer.json() == 24 << 20
    assert used[0] < 12 << 20


def test_w21_reports_of_slow_requests_share_one_thread(quiet: Start) -> None:
    """Fifty requests that are watched see a handful of threads and not one each."""
    seen: set[threading.Thread] = set()

    def look(req: Any, args: Any) -> str:
        seen.update(threading.enumerate())
        return ""

    def setup(server: QuickServer) -> None:
        server.report_slow_requests = True
        server.text_get("/x", 0)(look)

    server = quiet(setup)
    before = set(threading.enumerate())
    for _ in range(50):
        requests.get(f"{server.url}x", timeout=TIMEOUT)
    assert len(seen - before) < 8


def test_w22_the_number_of_tokens_costs_nothing(quiet: Start) -> None:
    """A thousand looks among 20000 tokens; each took longer than a millisecond."""
    server = quiet()
    for number in range(20_000):
        server.get_token_obj(str(number))
    began = time.thread_time()
    for number in range(1000):
        assert server.get_token_obj(str(number), readonly=True) == {}
    assert time.thread_time() - began < 1.0


def test_w22_tokens_have_a_limit(quiet: Start) -> None:
    """Clients cannot fill the memory with them."""

    def look(req: Any, args: Any) -> str:
        with server.get_token_obj(args["paths"][0]):
            return ""

    server = quiet(lambda s: s.text_get("/t", 1)(look), settings=Settings(max_tokens=2))
    codes = [requests.get(f"{server.url}t/{one}", timeout=TIMEOUT).status_code for one in "aabc"]
    assert codes == [200, 200, 200, 503]


def test_w22_tokens_can_be_ours_alone(quiet: Start) -> None:
    """What ``create_token`` did not give is refused when that is asked for."""

    def look(req: Any, args: Any) -> str:
        with server.get_token_obj(args["paths"][0]):
            return ""

    server = quiet(lambda s: s.text_get("/t", 1)(look), settings=Settings(issued_tokens_only=True))
    names = (server.create_token(), "invented")
    codes = [requests.get(f"{server.url}t/{one}", timeout=TIMEOUT).status_code for one in names]
    assert codes == [200, 403]


@pytest.mark.skipif(sys.platform == "win32", reason="counts context switches")
def test_w23_an_idle_server_sleeps(quiet: Start, connect: Connect) -> None:
    """In half a second no thread of it wakes up; ten times a second would be five times."""
    import resource

    wire = connect(quiet(text_at_x))
    assert wire.ask(GET).status == 200
    counts = []
    for _ in range(4):  # the first moments still have ends of threads and timers in them
        before = resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
        threading.Event().wait(0.5)
        counts.append(resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw - before)
        if counts[-1] <= 2:
            return
    pytest.fail(f"wakes up {counts} times in half a second")
