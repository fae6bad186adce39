"""Servers behind a running one: order, methods, both bodies, failures, websockets."""

from __future__ import annotations

import base64
import http.client
import http.server
import io
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
import tracemalloc
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag import ConfigurationError, MessageLog, Settings
from quick_htag.messages.response import HTTPResponse, Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from quick_htag import QuickServer

MIB = 1 << 20
SIZE = 20 * MIB
PATIENCE = 20.0


class Answer:
    """An answer, read completely."""

    def __init__(self, raw: http.client.HTTPResponse) -> None:
        self.status = raw.status
        self.fields = raw.getheaders()
        self.body = raw.read()

    def all(self, name: str) -> list[str]:
        """Every value of a field."""
        return [value for key, value in self.fields if key.lower() == name]


def ask(
    server: QuickServer, path: str, method: str = "GET", body: Any = None, **fields: str
) -> Answer:
    """The answer on a connection of its own."""
    with closing(http.client.HTTPConnection(*server.server_address[:2], PATIENCE)) as client:
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        client.request(method, path, body, headers)
        return Answer(client.getresponse())


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with what it was asked, as the standard library does it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        text = f"{self.command} {self.path}\n{self.headers}".encode() + body
        self.send_response(200)
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        self.send_header("Keep-Alive", "timeout=5")
        self.send_header("Connection", "keep-alive, X-Hop")
        self.send_header("X-Hop", "1")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_GET  # noqa: N815 theirs

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def standard() -> Iterator[str]:
    """The URL of a server of the standard library."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def raw() -> Iterator[Callable[[bytes], str]]:
    """``raw(answer)``: the URL of a server that sends these bytes to anything, and closes."""
    servers: list[tuple[socket.socket, threading.Thread]] = []

    def start(answer: bytes) -> str:
        sock = socket.create_server(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                try:
                    client, _ = sock.accept()
                except OSError:  # the test is over
                    return
                with client:
                    client.recv(65536)
                    client.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        servers.append((sock, thread))
        return f"http://127.0.0.1:{sock.getsockname()[1]}"

    yield start
    for sock, thread in servers:
        sock.shutdown(socket.SHUT_RDWR)
        sock.close()
        thread.join(PATIENCE)


def test_one_answer_with_the_query_once(start_server: Any, standard: str) -> None:
    """A proxied GET has exactly one answer, and the query arrives as it was sent."""
    server = start_server(lambda s: s.bind_proxy("/px/", f"{standard}/base"))
    with closing(http.client.HTTPConnection(*server.server_address[:2], PATIENCE)) as client:
        for _ in range(3):  # on one connection: a second answer would be taken for the next
            client.request("GET", "/px/foo?x=1&y=%2F")
            answer = Answer(client.getresponse())
            assert answer.status == 200
            assert answer.body.startswith(b"GET /base/foo?x=1&y=%2F\n")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_every_method_is_passed_on(start_server: Any, standard: str, method: str) -> None:
    """With its body."""
    server = start_server(lambda s: s.bind_proxy("/px/", standard))
    answer = ask(server, "/px", method, b"the body")
    assert answer.body.startswith(f"{method} /\n".encode())
    assert answer.body.endswith(b"the body")


def test_head_has_the_length_and_no_body(start_server: Any, standard: str) -> None:
    """HEAD is told what GET would be, and the connection goes on."""
    server = start_server(lambda s: s.bind_proxy("/px/", standard))
    answer = ask(server, "/px/", "HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.all("content-length")[0]) > 10


def test_fields_of_an_answer(start_server: Any, standard: str) -> None:
    """Cookies stay apart; one date, one server; nothing about the other connection."""
    server = start_server(lambda s: s.bind_proxy("/px/", standard))
    answer = ask(server, "/px/")
    assert answer.all("set-cookie") == ["a=1", "b=2"]
    assert answer.all("server") == ["quick_htag"]
    assert len(answer.all("date")) == 1
    assert answer.all("keep-alive") == answer.all("x-hop") == answer.all("connection") == []


def test_routes_and_files_come_first(start_server: Any, standard: str, tmp_path: Path) -> None:
    """Only what nothing else answers is passed on."""
    (tmp_path / "file.txt").write_text("a file")

    def setup(server: QuickServer) -> None:
        server.bind_proxy("/px/", standard)
        server.bind_path("/", str(tmp_path))
        server.bind_path("/px/files/", str(tmp_path))
        server.text_get("/px/route", 0)(lambda req, args: "a route")

    server = start_server(setup)
    assert ask(server, "/px/route").body == b"a route"
    assert ask(server, "/px/files/file.txt").body == b"a file"
    assert ask(server, "/px/files/other.txt").body.startswith(b"GET /files/other.txt")
    assert ask(server, "/px/route", "POST", b"x").body.startswith(b"POST /route")
    assert ask(server, "/elsewhere").status == 404


def test_the_longest_name_counts_then_the_latest(start_server: Any, standard: str) -> None:
    """As with folders."""

    def setup(server: QuickServer) -> None:
        server.bind_proxy("/a/b/", f"{standard}/long")
        server.bind_proxy("/a/", f"{standard}/first")
        server.bind_proxy("/a/", f"{standard}/second")

    server = start_server(setup)
    assert ask(server, "/a/b/c").body.startswith(b"GET /long/c")
    assert ask(server, "/a/c").body.startswith(b"GET /second/c")


@pytest.mark.parametrize("path", ["/px/../secret", "/px/%2e%2e/secret", "/px/a//b", "/px/..%5cx"])
def test_a_target_cannot_be_escaped(start_server: Any, standard: str, path: str) -> None:
    """What might lead out of the base of the target is answered here."""
    server = start_server(lambda s: s.bind_proxy("/px/", f"{standard}/base"))
    assert ask(server, path).status == 400


def test_redirects_are_passed_on(start_server: Any) -> None:
    """Not followed; a location inside of the target gets our name."""
    behind = start_server()
    behind.app.add_target(
        "GET", "/base/old", 0, lambda req: HTTPResponse.redirect(f"{behind.url}base/new?x=1")
    )
    server = start_server(lambda s: s.bind_proxy("/px/", f"{behind.url}base"))
    answer = ask(server, "/px/old")
    assert (answer.status, answer.all("location")) == (302, ["/px/new?x=1"])


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"", 502),
        (b"HTTP/1.1 2", 502),
        (b"\x16\x03\x01 garbage\r\n\r\n", 502),
        (b"HTTP/1.1 200 OK\r\nA: " + b"x" * 100_000 + b"\r\n\r\n", 502),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", 304),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204),
        (b"HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", 201),
    ],
)
def test_odd_answers(start_server: Any, raw: Any, answer: bytes, status: int) -> None:
    """Nonsense is 502, what has no body has none."""
    url = raw(answer)
    server = start_server(lambda s: s.bind_proxy("/px/", url))
    assert ask(server, "/px/").status == status


def test_half_an_answer_breaks_the_connection(start_server: Any, raw: Any) -> None:
    """It never looks like a whole one."""
    url = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
    server = start_server(lambda s: s.bind_proxy("/px/", url))
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        ask(server, "/px/")


def test_a_silent_server_is_504(start_server: Any) -> None:
    """The timeouts are arguments, with defaults in the settings."""
    with socket.create_server(("127.0.0.1", 0)) as sock:  # the system accepts, nobody answers
        url = f"http://127.0.0.1:{sock.getsockname()[1]}"
        server = start_server(lambda s: s.bind_proxy("/px/", url, read_timeout=0.1))
        assert ask(server, "/px/").status == 504
        other = start_server(
            lambda s: s.bind_proxy("/px/", url), settings=Settings(proxy_read_timeout=0.1)
        )
        assert ask(other, "/px/").status == 504


def test_nobody_there_is_502(start_server: Any) -> None:
    """A refused connection is an answer, too."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    server = start_server(lambda s: s.bind_proxy("/px/", url))
    assert ask(server, "/px/").status == 502


def test_the_client_leaving_closes_the_connection_behind(start_server: Any) -> None:
    """A server behind ours learns that nobody waits any more."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        url = f"http://127.0.0.1:{sock.getsockname()[1]}"
        server = start_server(lambda s: s.bind_proxy("/px/", url))
        sock.settimeout(PATIENCE)
        with socket.create_connection(server.server_address[:2], PATIENCE) as client:
            client.sendall(b"GET /px/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
            behind, _ = sock.accept()
            behind.settimeout(PATIENCE)
            assert behind.recv(65536)
        with behind:
            assert behind.recv(1) == b""


def test_stopping_ends_what_waits(start_server: Any) -> None:
    """A server that waits for another one stops all the same."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        url = f"http://127.0.0.1:{sock.getsockname()[1]}"
        server = start_server(
            lambda s: s.bind_proxy("/px/", url), settings=Settings(shutdown_timeout=0.5)
        )
        sock.settimeout(PATIENCE)
        with socket.create_connection(server.server_address[:2], PATIENCE) as client:
            client.sendall(b"GET /px/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
            behind, _ = sock.accept()
            with behind:
                server.shutdown()
                assert server.app._proxied._mounts[0].links.counts[0] == 0


def test_a_slow_server_does_not_hold_others(start_server: Any) -> None:
    """Even a server that runs one request at a time answers while it waits for another one."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        url = f"http://127.0.0.1:{sock.getsockname()[1]}"

        def setup(server: QuickServer) -> None:
            server.bind_proxy("/px/", url)
            server.text_get("/own", 0)(lambda req, args: "own")

        server = start_server(setup, parallel=False)
        sock.settimeout(PATIENCE)
        with socket.create_connection(server.server_address[:2], PATIENCE) as client:
            client.sendall(b"GET /px/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
            behind, _ = sock.accept()
            with behind:
                assert ask(server, "/own").body == b"own"


def _piece_by_piece() -> Iterator[bytes]:
    yield from (b"x" * 65536 for _ in range(SIZE // 65536))


def _stream(_: Any) -> HTTPResponse:
    return HTTPResponse(200, body=_piece_by_piece())


def _stream_of_known_length(_: Any) -> HTTPResponse:
    return HTTPResponse(200, body=Stream(_piece_by_piece(), SIZE))


@pytest.fixture
def peak() -> Iterator[Callable[[], int]]:
    """``peak()`` is the most memory that was in use since the test began, in bytes."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


@pytest.mark.parametrize("handler", [_stream, _stream_of_known_length])
def test_large_answers_need_little_memory(
    start_server: Any, peak: Callable[[], int], handler: Any
) -> None:
    """20 MB are passed on piece by piece, with and without a known length."""
    behind = start_server(lambda s: s.app.add_target("GET", "/down", 0, handler))
    server = start_server(lambda s: s.bind_proxy("/px/", behind.url))
    with closing(http.client.HTTPConnection(*server.server_address[:2], PATIENCE)) as client:
        client.request("GET", "/px/down")
        answer = client.getresponse()
        assert (answer.length == SIZE) is (handler is _stream_of_known_length)
        assert sum(len(piece) for piece in iter(lambda: answer.read(65536), b"")) == SIZE
    assert peak() < 6 * MIB


@pytest.mark.parametrize("length", [{}, {"Content_Length": str(SIZE)}])
def test_large_bodies_need_little_memory(
    start_server: Any, peak: Callable[[], int], length: dict[str, str]
) -> None:
    """20 MB go to the server behind from the file they were collected in."""

    def size_of(req: Any) -> HTTPResponse:
        return HTTPResponse.text(str(req.body.length))

    settings = Settings(body_memory=MIB)
    behind = start_server(lambda s: s.app.add_target("PUT", "/up", 0, size_of), settings=settings)
    server = start_server(lambda s: s.bind_proxy("/px/", behind.url), settings=settings)
    answer = ask(server, "/px/up", "PUT", _piece_by_piece(), **length)
    assert answer.body == str(SIZE).encode()
    assert peak() < 6 * MIB


def test_a_body_that_is_too_large_is_413(start_server: Any, standard: str) -> None:
    """A body that was not taken here never looks like an empty one to the server behind."""
    server = start_server(
        lambda s: s.bind_proxy("/px/", standard), settings=Settings(max_body_size=10)
    )
    assert ask(server, "/px/", "POST", b"x" * 11).status == 413
    assert ask(server, "/px/", "POST", b"x" * 10).status == 200


def test_a_known_length_is_passed_on(start_server: Any, standard: str) -> None:
    """A client sees the progress of a download."""
    server = start_server(lambda s: s.bind_proxy("/px/", standard))
    answer = ask(server, "/px/")
    assert answer.all("content-length") == [str(len(answer.body))]
    assert answer.all("transfer-encoding") == []


def test_a_connection_is_kept_for_the_next(start_server: Any, standard: str) -> None:
    """Two requests in a row share a connection to the server behind."""
    server = start_server(lambda s: s.bind_proxy("/px/", standard))
    ask(server, "/px/")
    ask(server, "/px/")
    assert server.app._proxied._mounts[0].links.counts == (1, 0)


def test_a_preflight_is_answered_here(start_server: Any, standard: str) -> None:
    """With cross_origin set, pages of other origins may use what is passed on."""
    server = start_server(lambda s: s.bind_proxy("/px/", standard))
    server.cross_origin = ["https://page.example"]
    fields = {"Origin": "https://page.example", "Access_Control_Request_Method": "PUT"}
    answer = ask(server, "/px/", "OPTIONS", **fields)
    assert answer.status == 204
    assert "PUT" in answer.all("access-control-allow-methods")[0]


def test_debugging_is_of_one_server(start_server: Any, standard: str) -> None:
    """``set_debug_proxy`` logs heads of this server only, before and after binding."""
    texts = [io.StringIO(), io.StringIO()]
    servers = [start_server(log=MessageLog(text)) for text in texts]
    servers[0].set_debug_proxy(True)
    for server in servers:
        server.bind_proxy("/px/", standard)
        ask(server, "/px/debugged", Cookie="geheim=1")
    assert "GET /debugged HTTP/1.1" in texts[0].getvalue()
    assert "geheim" not in texts[0].getvalue()
    assert "/debugged HTTP/1.1\n" not in texts[1].getvalue()


def test_a_bad_bind_says_so(start_server: Any) -> None:
    """A name without slashes cannot be bound."""
    with pytest.raises(ConfigurationError, match="start and end with '/'"):
        start_server().bind_proxy("/px", "http://h")


def test_a_silent_server_does_not_hold_up_the_end(start_server: Any) -> None:
    """Ours stops soon, and its client is told; it had seconds more."""
    silent = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{silent.getsockname()[1]}"
    settings = Settings(proxy_stop_silence=0.1, shutdown_timeout=PATIENCE)
    server = start_server(
        lambda s: s.bind_proxy("/px/", url), settings=settings, log=MessageLog(io.StringIO())
    )
    with silent, closing(http.client.HTTPConnection(*server.server_address[:2])) as client:
        client.request("GET", "/px/")
        with silent.accept()[0]:
            began = time.monotonic()
            server.shutdown()
            assert time.monotonic() - began < PATIENCE / 2
            assert client.getresponse().status == 503


# -- websockets ------------------------------------------------------------------------------------


def _echo_server(raw_sock: socket.socket) -> None:
    """Agree to one upgrade, then send back what comes until that ends."""
    client, _ = raw_sock.accept()
    with client:
        client.settimeout(PATIENCE)
        head = client.recv(65536).decode()
        assert "Upgrade: websocket" in head
        client.sendall(b"HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        while data := client.recv(65536):
            client.sendall(data)


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "TLS"])
def test_a_websocket_is_passed_through(start_server: Any, authority: Any, secure: bool) -> None:
    """After 101 the bytes of both sides are passed on as they are, with half-closing."""
    options = {"certfile": authority.certfile, "keyfile": authority.keyfile} if secure else {}
    with socket.create_server(("127.0.0.1", 0)) as sock:
        thread = threading.Thread(target=_echo_server, args=(sock,))
        thread.start()
        url = f"http://127.0.0.1:{sock.getsockname()[1]}"
        server = start_server(lambda s: s.bind_proxy("/px/", url), **options)
        client = socket.create_connection(server.server_address[:2], PATIENCE)
        if secure:
            client = authority.client_context().wrap_socket(client, server_hostname="localhost")
        with client:
            key = base64.b64encode(os.urandom(16)).decode()
            fields = f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            client.sendall(f"GET /px/ws HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n".encode())
            file = client.makefile("rb")
            assert file.readline().startswith(b"HTTP/1.1 101 ")
            while file.readline() != b"\r\n":
                pass
            for data in (os.urandom(10_000) for _ in range(50)):
                client.sendall(data)
                assert file.read(len(data)) == data
            if not secure:  # a TLS client of Python cannot half-close
                client.shutdown(socket.SHUT_WR)
                assert file.read() == b""
            file.close()
        thread.join(PATIENCE)


def test_a_refused_websocket_is_an_answer(start_server: Any, standard: str) -> None:
    """What the server says instead of 101 gets to the client."""
    server = start_server(lambda s: s.bind_proxy("/px/", standard))
    assert ask(server, "/px/", Upgrade="websocket", Connection="Upgrade").status == 200


def test_a_live_page_works_behind_a_proxy(start_server: Any, app_name: str) -> None:
    """An htag app on a second server: its page, events, and what it pushes by itself."""
    behind = start_server(lambda s: s.bind_htag("/", app_name))
    behind.trusted_proxies = ["127.0.0.1"]  # so that it knows the origin of the page
    server = start_server(lambda s: s.bind_proxy("/px/", behind.url))
    from gui_client import Page

    with closing(Page(f"{server.url}px/").open()) as page:
        assert page.click("more") < PATIENCE
        assert [page.receive() for _ in range(3)]  # its ticks


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The URL of a server with TLS, and its certificate, which nobody trusts by default."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    extra = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate]
    subprocess.run([openssl, *made.split(), *extra], check=True, capture_output=True, timeout=60)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = tls.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False, suppress_ragged_eofs=True
    )
    server.handle_error = lambda *_: None  # type: ignore[method-assign] refused handshakes
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"https://127.0.0.1:{server.server_address[1]}", certificate
    server.shutdown()
    thread.join()
    server.server_close()


def test_certificates_are_verified(start_server: Any, secure: tuple[str, Path]) -> None:
    """A server nobody vouches for gets no request; one we vouch for does, with large bodies."""
    url, certificate = secure
    server = start_server(lambda s: s.bind_proxy("/px/", url))
    assert ask(server, "/px/").status == 502
    server.bind_proxy("/px/", url, tls=ssl.create_default_context(cafile=str(certificate)))
    assert ask(server, "/px/a").body.startswith(b"GET /a")
    body = b"x" * MIB
    assert ask(server, "/px/a", "POST", body).body.endswith(body)
