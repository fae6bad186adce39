"""The weaknesses of quick_server in HTTP itself, W1 to W14, and that they are gone."""

from __future__ import annotations

import gzip
import http.server
import threading
from typing import TYPE_CHECKING, Any
from zlib import crc32

import pytest
import requests

from quick_htag import PreventDefaultResponse, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from quick_htag import QuickServer

    Start = Callable[..., QuickServer]
    Connect = Callable[[QuickServer], Any]

TIMEOUT = 30.0  # seconds
HIDDEN = "GET /hidden HTTP/1.1\nHost: localhost\n\n"  # a request inside of a body


def body_of(req: Any, args: Any) -> Any:
    """Tell the body that was understood."""
    return args["post"]


@pytest.mark.parametrize("path", ["/unknown", "/one/too/many"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_w1_whatever_is_asked_is_answered(
    quiet: Start, connect: Connect, method: str, path: str
) -> None:
    """Unknown paths and wrong counts are 404, and their bodies are no requests."""
    server = quiet(lambda s: s.json_get("/one", 1)(body_of))
    wire = connect(server)
    head = f"{method} {path} HTTP/1.1\nHost: localhost\nContent-Length: 41\n\n"
    assert wire.ask(head + HIDDEN).status == 404
    wire.send("GET /one/1 HTTP/1.1\nHost: localhost\nConnection: close\n\n")
    assert [wire.read().status, wire.rest()] == [200, b""]


def test_w1_other_methods_are_named(quiet: Start) -> None:
    """A path that is there for GET says so to POST."""
    server = quiet(lambda s: s.json_get("/one", 0)(lambda req, args: 1))
    answer = requests.post(f"{server.url}one", timeout=TIMEOUT)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


def test_w2_folder_redirect_has_an_end(quiet: Start, connect: Connect, tmp_path: Path) -> None:
    """A persistent connection goes on after it."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "index.html").write_text("page")
    wire = connect(quiet(lambda s: s.bind_path("/", str(tmp_path))))
    moved = wire.ask("GET /sub HTTP/1.1\nHost: localhost\n\n")
    assert (moved.status, moved.headers["Content-Length"]) == (301, "0")
    assert wire.ask("GET /sub/ HTTP/1.1\nHost: localhost\n\n").body == b"page"


def test_w3_continue_is_a_status_of_its_own(quiet: Start, connect: Connect) -> None:
    """A client that waits for 100 gets it, bare, and then its answer."""
    wire = connect(quiet(lambda s: s.json_post("/x", 0)(body_of)))
    wire.send("POST /x HTTP/1.1\nHost: localhost\nExpect: 100-continue\nContent-Length: 1\n")
    wire.send("Content-Type: application/json\n\n")
    assert wire.sock.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert wire.ask("7").body == b"7"


def test_w3_too_large_is_told_before_the_body(quiet: Start, connect: Connect) -> None:
    """The first thing a client with a large body hears is that it is too large."""
    server = quiet(lambda s: s.json_post("/x", 0)(body_of), settings=Settings(max_body_size=99))
    head = "POST /x HTTP/1.1\nHost: localhost\nExpect: 100-continue\nContent-Length: 100\n\n"
    assert connect(server).ask(head).status == 413


def test_w4_chunked_bodies_are_decoded(quiet: Start, connect: Connect) -> None:
    """A body in chunks is a body, and what follows is the next request."""
    wire = connect(quiet(lambda s: s.json_post("/x", 0)(body_of)))
    head = "POST /x HTTP/1.1\nHost: localhost\nContent-Type: application/json\n"
    wire.send(head + "Transfer-Encoding: chunked\n\n1\n[\n2\n1]\n0\n\n" + head)
    wire.send("Content-Length: 1\nConnection: close\n\n2")
    assert [wire.read().body, wire.read().body, wire.rest()] == [b"[\n  1\n]", b"2", b""]


def test_w4_two_framings_are_refused(quiet: Start, connect: Connect) -> None:
    """Length and chunks at once are 400, and the end of the connection."""
    wire = connect(quiet(lambda s: s.json_post("/x", 0)(body_of)))
    wire.send("POST /x HTTP/1.1\nHost: localhost\nContent-Length: 5\n")
    wire.send("Transfer-Encoding: chunked\n\n0\n\n" + HIDDEN)
    assert [wire.read().status, wire.rest()] == [400, b""]


def test_w4_body_of_a_get_is_no_request(quiet: Start, connect: Connect) -> None:
    """It is read away."""
    wire = connect(quiet(lambda s: s.text_get("/x", 0)(lambda req, args: "x")))
    wire.send("GET /x HTTP/1.1\nHost: localhost\nConnection: close\nContent-Length: 41\n\n")
    wire.send(HIDDEN)
    assert [wire.read().body, wire.rest()] == [b"x", b""]


@pytest.mark.parametrize("lengths", [["-1"], ["abc"], ["1", "2"], ["+1"], ["1_0"], ["1, 2"]])
def test_w5_odd_lengths_are_refused(quiet: Start, connect: Connect, lengths: list[str]) -> None:
    """At once, with 400."""
    wire = connect(quiet(lambda s: s.json_post("/x", 0)(body_of)))
    fields = "".join(f"Content-Length: {one}\n" for one in lengths)
    assert wire.ask(f"POST /x HTTP/1.1\nHost: localhost\n{fields}\n").status == 400


def test_w5_no_length_is_no_body(quiet: Start, connect: Connect) -> None:
    """Which is no error."""
    wire = connect(quiet(lambda s: s.json_post("/x", 0)(body_of)))
    assert wire.ask("POST /x HTTP/1.1\nHost: localhost\n\n").body == b"{}"


class Behind(http.server.BaseHTTPRequestHandler):
    """A server behind ours: tells what it was asked, or redirects."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        text = self.path.encode()
        self.send_response(302 if self.path.endswith("/moved") else 200)
        self.send_header("Location", "/base/elsewhere")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    do_HEAD = do_GET  # noqa: N815 theirs

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def proxied(quiet: Start) -> Iterator[QuickServer]:
    """A server that passes ``/px/`` on to ``/base`` of another."""
    behind = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Behind)
    thread = threading.Thread(target=behind.serve_forever, args=(0.05,))
    thread.start()
    target = f"http://127.0.0.1:{behind.server_address[1]}/base"
    server = quiet(lambda s: s.bind_proxy("/px/", target))
    yield server
    server.shutdown()
    behind.shutdown()
    thread.join(TIMEOUT)
    behind.server_close()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_w6_proxied_requests_have_one_answer(
    proxied: QuickServer, connect: Connect, method: str
) -> None:
    """With the query as it was, one date, one server, and nothing after it."""
    wire = connect(proxied)
    wire.send(f"{method} /px/a?x=1 HTTP/1.1\nHost: localhost\nConnection: close\n\n")
    head, _, body = wire.rest().partition(b"\r\n\r\n")
    assert body == (b"/base/a?x=1" if method == "GET" else b"")
    assert (head.count(b"\nDate:"), head.count(b"\nServer:")) == (1, 1)


def test_w6_proxied_redirects_are_the_clients(proxied: QuickServer) -> None:
    """They are not followed, and name the place in front."""
    answer = requests.get(f"{proxied.url}px/moved", timeout=TIMEOUT, allow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, "/px/elsewhere")


def test_w6_proxied_paths_stay_in_their_target(proxied: QuickServer, connect: Connect) -> None:
    """No way up."""
    assert connect(proxied).ask("GET /px/../x HTTP/1.1\nHost: localhost\n\n").status == 400


def test_w7_no_answer_is_an_answer(quiet: Start) -> None:
    """Who says to have answered and has not, has answered 204."""

    def silent(req: Any, args: Any) -> None:
        raise PreventDefaultResponse

    server = quiet(lambda s: s.text_get("/x", 0)(silent))
    assert requests.get(f"{server.url}x", timeout=TIMEOUT).status_code == 204


def test_w8_errors_have_each_field_once(quiet: Start, connect: Connect) -> None:
    """Also after another answer on the same connection."""
    wire = connect(quiet(lambda s: s.text_get("/x", 0)(lambda req, args: "x")))
    assert wire.ask("GET /x HTTP/1.1\nHost: localhost\n\n").status == 200
    error = wire.ask("BREW /x HTTP/1.1\nHost: localhost\n\n")
    assert error.status >= 400
    assert [len(error.headers.get_all(name)) for name in ("Server", "Date")] == [1, 1]


@pytest.mark.parametrize("text", ["a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\0"])
def test_w9_fields_stay_on_their_line(quiet: Start, connect: Connect, text: str) -> None:
    """A value that would break out is refused where it is set; nothing of it is sent."""

    def evil(req: Any, args: Any) -> str:
        req.send_header("X-A", text)
        return ""

    wire = connect(quiet(lambda s: s.text_get("/x", 0)(evil)))
    answer = wire.ask("GET /x HTTP/1.1\nHost: localhost\n\n")
    assert (answer.line, answer.headers["X-Evil"]) == ("HTTP/1.1 500 Internal Server Error", None)


def test_w10_odd_cookies_harm_nobody(quiet: Start) -> None:
    """They are left out, the others are there."""

    def cookies(req: Any, args: Any) -> Any:
        return {name: morsel.value for name, morsel in args["cookie"].items()}

    server = quiet(lambda s: s.json_get("/x", 0)(cookies))
    headers = {"Cookie": "bad{=2; good=1"}
    answer = requests.get(f"{server.url}x", headers=headers, timeout=TIMEOUT)
    assert (answer.status_code, answer.json()["good"]) == (200, "1")


def test_w11_reasons_stay_in_the_log(quiet: Start, connect: Connect, logged: Any) -> None:
    """The client is told no more than that it failed."""

    def fail(req: Any, args: Any) -> None:
        raise RuntimeError("the password is")

    wire = connect(quiet(lambda s: s.json_get("/x", 0)(fail)))
    answer = wire.ask("GET /x HTTP/1.1\nHost: localhost\n\n")
    assert answer.line == "HTTP/1.1 500 Internal Server Error"
    assert b"password" not in answer.body
    assert "the password is" in logged.getvalue()


def test_w11_bad_json_is_the_clients_mistake(quiet: Start) -> None:
    """400, and not told back."""
    server = quiet(lambda s: s.json_post("/x", 0)(body_of))
    headers = {"Content-Type": "application/json"}
    answer = requests.post(f"{server.url}x", b'{"told', headers=headers, timeout=TIMEOUT)
    assert (answer.status_code, "told" in answer.text) == (400, False)


def test_w12_tags_are_compared_by_the_book(quiet: Start) -> None:
    """Weak ones, lists and the star count; the tag is quoted."""
    server = quiet(lambda s: s.text_get("/x", 0)(lambda req, args: "x"))
    tag = requests.get(f"{server.url}x", timeout=TIMEOUT).headers["etag"]
    assert tag.strip('"') == tag[1:-1]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        headers = {"If-None-Match": known}
        assert requests.get(f"{server.url}x", headers=headers, timeout=TIMEOUT).status_code == 304


def test_w12_only_reading_can_be_unchanged(quiet: Start) -> None:
    """What POST has done is done."""
    server = quiet(lambda s: s.text_post("/x", 0)(lambda req, args: "x"))
    answer = requests.post(f"{server.url}x", headers={"If-None-Match": "*"}, timeout=TIMEOUT)
    assert answer.status_code == 200


def test_w12_tags_tell_texts_apart(quiet: Start) -> None:
    """Also those whose CRC-32 is the same."""
    assert crc32(b"plumless") == crc32(b"buckeroo")
    server = quiet(lambda s: s.text_get("/x", 1)(lambda req, args: args["paths"][0]))
    urls = [f"{server.url}x/{text}" for text in ("plumless", "buckeroo")]
    tags = {requests.get(url, timeout=TIMEOUT).headers["etag"] for url in urls}
    assert len(tags) == 2


def test_w13_ranges(quiet: Start, tmp_path: Path) -> None:
    """A download can be resumed."""
    (tmp_path / "a.txt").write_text("0123456789")
    server = quiet(lambda s: s.bind_path("/", str(tmp_path)))
    answer = requests.get(f"{server.url}a.txt", headers={"Range": "bytes=7-"}, timeout=TIMEOUT)
    assert (answer.status_code, answer.text) == (206, "789")
    assert answer.headers["content-range"] == "bytes 7-9/10"


def test_w13_gzip(quiet: Start, connect: Connect) -> None:
    """When it is switched on and the client takes it."""

    def setup(server: QuickServer) -> None:
        server.gzip = True
        server.text_get("/x", 0)(lambda req, args: "x" * 10_000)

    wire = connect(quiet(setup))
    answer = wire.ask("GET /x HTTP/1.1\nHost: localhost\nAccept-Encoding: gzip\n\n")
    assert len(answer.body) < 1000
    assert gzip.decompress(answer.body) == b"x" * 10_000


def test_w13_answers_without_a_length(quiet: Start) -> None:
    """Each piece is sent when it is there: the second waits until the first was read."""
    read = threading.Event()

    def pieces(req: Any, args: Any) -> Any:
        yield "first"
        yield "second" if read.wait(TIMEOUT) else "late"

    server = quiet(lambda s: s.text_get("/x", 0)(lambda req, args: pieces(req, args)))
    with requests.get(f"{server.url}x", stream=True, timeout=TIMEOUT) as answer:
        parts = answer.iter_content(None)
        assert next(parts) == b"first"
        read.set()
        assert next(parts) == b"second"


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("OPTIONS", "x", 204, "GET, HEAD, OPTIONS"),
        ("OPTIONS", "nowhere", 404, None),
        ("PATCH", "x", 405, "GET, HEAD, OPTIONS"),
    ],
)
def test_w13_methods(quiet: Start, method: str, path: str, status: int, allow: str | None) -> None:
    """What a path takes is told, and told of no other."""
    server = quiet(lambda s: s.text_get("/x", 0)(lambda req, args: "x"))
    answer = requests.request(method, f"{server.url}{path}", timeout=TIMEOUT)
    assert (answer.status_code, answer.headers.get("allow")) == (status, allow)


def test_w14_queries(quiet: Start) -> None:
    """Plus is a space, flags stay True, empty names are dropped, no value is lost."""

    def query(req: Any, args: Any) -> Any:
        return {name: args["query"].get_all(name) for name in args["query"]}

    server = quiet(lambda s: s.json_get("/x", 0)(query))
    answer = requests.get(f"{server.url}x?a=b+c&flag&a=2&&", timeout=TIMEOUT)
    assert answer.json() == {"a": ["b c", "2"], "flag": [True]}
