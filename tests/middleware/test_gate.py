"""What is asked before everything: who is, what becomes of the answer, and who goes on."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from quick_htag import PreventDefaultResponse, QuickServer, Response, create_server
from quick_htag.logs import MessageLog
from quick_htag.testing import GuiPage, TestClient


@pytest.fixture
def server(tmp_path: Path) -> Iterator[QuickServer]:
    """One of each kind of thing that is served; nobody is let in without a login."""
    (tmp_path / "page.html").write_text("page")
    with create_server(("127.0.0.1", 0), log=MessageLog(StringIO())) as server:
        server.bind_path("/files/", str(tmp_path))
        server.bind_upload_progress("/progress")
        server.health = "/healthz"

        @server.text_post("/login", 0)
        def login(req: Any, args: Any) -> str:
            req.login("ann")
            return "in"

        @server.json_get("/api", 0)
        @server.json_post("/api", 0)
        def api(req: Any, args: Any) -> Any:
            return req.user

        @server.json_worker("/job")
        def job(payload: Any) -> int:
            return 1

        @server.websocket("/echo")
        def echo(socket: Any) -> None:
            socket.send(socket.receive())

        @server.before
        def only_users(req: Any) -> Any:
            if req.user is None and req.plain_path != "/login":
                return Response("who are you?", 401)
            return None

        yield server


@pytest.fixture
def client(server: QuickServer) -> TestClient:
    """A visitor."""
    return TestClient(server.app)


OTHERS = [
    ("GET", "/files/page.html", None),
    ("GET", "/api", None),
    ("POST", "/api", {"files": {"file": b"data"}}),
    ("POST", "/job", {"json": {"action": "start", "payload": {}}}),
    ("GET", "/progress?upload=abcdefghijklmnopqrst", None),
    ("PATCH", "/api", None),
    ("GET", "/nothing", None),
]


@pytest.mark.parametrize(("method", "path", "content"), OTHERS)
def test_it_stands_before_everything(
    client: TestClient, method: str, path: str, content: dict[str, Any] | None
) -> None:
    """Files, endpoints, uploads, jobs, streams, and what does not exist, have one guard."""
    refused = client.request(method, path, **(content or {}))
    assert (refused.status, refused.text) == (401, "who are you?")
    client.post("/login")
    welcome = client.request(method, path, **(content or {}))
    assert welcome.status != 401
    if welcome.stream is not None:
        welcome.stream.close()


def test_it_stands_before_a_handshake(client: TestClient) -> None:
    """A websocket is refused before there is one."""
    with pytest.raises(AssertionError, match="401"):
        client.websocket("/echo")
    client.post("/login")
    socket = client.websocket("/echo")
    socket.send("hello")
    assert socket.receive(10.0) == "hello"
    socket.drop()


def test_probes_pass(client: TestClient) -> None:
    """A load balancer has no user."""
    assert client.get("/healthz").status == 200


def test_an_answer_of_the_gate_is_not_kept(client: TestClient) -> None:
    """The same address is answered otherwise after the login."""
    assert client.get("/api").headers["cache-control"] == "no-store"


def test_the_first_that_answers_is_the_last_that_is_asked(
    server: QuickServer, client: TestClient
) -> None:
    """In the order in which they were added; pre-middleware comes first."""
    asked: list[str] = []
    server.add_pre_middleware(lambda req, path, cookie: asked.append("pre"))
    server.before(lambda req: asked.append("next"))
    client.get("/api")
    assert asked == ["pre"]
    client.post("/login")
    assert asked == ["pre", "pre", "next"]


def test_it_may_redirect_and_raise(server: QuickServer, client: TestClient) -> None:
    """Whatever a text endpoint could answer with."""
    client.post("/login")

    @server.before
    def elsewhere(req: Any) -> Any:
        if req.plain_path == "/files/old":
            req.send_header("Location", "/api")
            return Response("", 303)
        if req.plain_path == "/files/none":
            raise PreventDefaultResponse(403, "not you")
        return None

    answer = client.get("/files/old")
    assert (answer.status, answer.headers["location"]) == (303, "/api")
    assert client.get("/files/none").status == 403


def test_an_error_in_it_lets_nobody_in(server: QuickServer, client: TestClient) -> None:
    """It is reported, and the request is answered 500."""
    client.post("/login")
    server.before(lambda req: 1 / 0)
    assert client.get("/api").status == 500


# -- live pages ------------------------------------------------------------------------------------


@pytest.fixture
def page(server: QuickServer, client: TestClient, app_name: str) -> Iterator[GuiPage]:
    """A page of a live app, opened by a user."""
    server.bind_htag("/app", app_name)
    assert client.get("/app").status == 401
    client.post("/login")
    with GuiPage(client, "/app") as page:
        yield page


def _forbid(server: QuickServer, answer: Any) -> None:
    """From now on."""
    server.before(lambda req: answer)


@pytest.mark.parametrize("answer", [Response("no", 401), Response("no", 403), Response("", 303)])
def test_an_open_page_is_told(server: QuickServer, page: GuiPage, answer: Response) -> None:
    """One that comes back without its right is not left to try for ever."""
    page.drop()
    _forbid(server, answer)
    with pytest.raises(Exception, match="4001"):
        page.connect()


def test_a_posted_event_of_a_refused_page_is_not_handled(
    server: QuickServer, client: TestClient, page: GuiPage
) -> None:
    """On the other transports as well: the answer says that it is over."""
    _forbid(server, Response("no", 401))
    query = f"page={page._config['page']}"
    origin = {"origin": "http://localhost"}
    for path in (f"/app/event?{query}", f"/app/poll?{query}&seen=0"):
        answer = client.post(path, origin, json=['{"n": 1, "p": {}}'])
        assert (answer.status, answer.json()["close"][0]) == (200, 4001)


def test_a_passing_failure_does_not_end_a_page(server: QuickServer, page: GuiPage) -> None:
    """It tries again, as after any 500."""
    page.drop()
    server.before(lambda req: 1 / 0)
    with pytest.raises(AssertionError, match="500"):
        page.connect()


def test_other_sites_learn_nothing(server: QuickServer, client: TestClient, page: GuiPage) -> None:
    """A page of another origin is refused as ever."""
    _forbid(server, Response("no", 401))
    query = f"page={page._config['page']}&seen=0"
    answer = client.post(f"/app/poll?{query}", {"origin": "http://evil.example"})
    assert answer.status == 403


# -- bodies ----------------------------------------------------------------------------------------


def test_it_has_no_body(server: QuickServer, client: TestClient) -> None:
    """It is asked before there is one; looking at it fails, which lets nobody in."""
    client.post("/login")
    server.before(lambda req: None if req.body.read() == b"" else "never")
    assert client.get("/api").status == 200
    assert client.post("/api", json={"a": 1}).status == 500


def test_an_upload_is_asked_about_once(server: QuickServer, client: TestClient) -> None:
    """Before its body, and not again when that is there; the same for pre-middleware."""
    asked: list[str] = []
    server.before(lambda req: asked.append("before"))
    server.add_pre_middleware(lambda req, path, cookie: asked.append("pre"))
    client.post("/login", json={})
    assert client.post("/api", files={"file": b"data"}).json() == "ann"
    assert asked == ["pre", "before"] * 2


def test_its_session_is_that_of_the_handler(server: QuickServer, client: TestClient) -> None:
    """A session that it begins before the body is there is the only one, and its cookie is set."""

    @server.before
    def count(req: Any) -> None:
        req.session["asked"] = req.session.get("asked", 0) + 1

    @server.json_post("/count", 0)
    def tell(req: Any, args: Any) -> Any:
        return req.session["asked"]

    client.post("/login", json={})
    assert [client.post("/count", json={}).json() for _ in range(2)] == [2, 3]
    assert len(server.sessions) == 1


def test_a_handler_reads_on_what_it_has_begun(server: QuickServer, client: TestClient) -> None:
    """An answer that it has begun to write does not hide the body from the handler."""
    client.post("/login")
    server.before(lambda req: req.send_header("X-Seen", "yes") or req.end_headers())

    @server.text_post("/raw", 0)
    def raw(req: Any, args: Any) -> str:
        return str(req.rfile.read(), "ascii")

    answer = client.post("/raw", data=b"data")
    assert (answer.text, answer.headers["x-seen"]) == ("data", "yes")


def test_on_the_wire(server: QuickServer) -> None:
    """A stranger's upload is refused before a byte of it was read; a probe is not asked about."""
    server.start()
    host, port = server.server_address[:2]
    with socket.create_connection((host, port), 30.0) as stranger:
        lines = ["POST /api HTTP/1.1", f"Host: {host}", "Expect: 100-continue"]
        stranger.sendall("\r\n".join([*lines, "Content-Length: 40000000", "", ""]).encode())
        assert stranger.recv(100).startswith(b"HTTP/1.1 401 ")
