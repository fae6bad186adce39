"""Pages of other sites: what they may make a visitor's browser do here (CSRF, websockets)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag.testing import TestClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from quick_htag import QuickServer

    Serve = Callable[..., QuickServer]

OTHERS: list[dict[str, str]] = [
    {"origin": "http://evil.example"},
    {"origin": "null"},  # a sandboxed frame, a file, a redirect
    {"origin": "http://localhost:81"},
    {"origin": "http://localhost", "sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
]
OURS: list[dict[str, str]] = [
    {},
    {"origin": "http://localhost"},
    {"origin": "https://localhost"},
    {"origin": "https://front.example", "sec-fetch-site": "same-origin"},
]
FORM = {"content-type": "application/x-www-form-urlencoded"}
HANDSHAKE = {
    "connection": "Upgrade",
    "upgrade": "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


@pytest.fixture
def client(serve: Serve) -> TestClient:
    """A visitor of a server with endpoints, a job and a websocket."""
    server = serve()
    done: list[str] = []

    @server.json_post("/api", 0)
    @server.json_put("/api", 0)
    @server.json_delete("/api", 0)
    @server.json_get("/api", 0)
    def api(req: Any, args: Any) -> Any:
        done.append(req.method)
        return done

    @server.json_worker("/job")
    def job(args: Any) -> Any:
        return args

    @server.websocket("/socket")
    def socket(ws: Any) -> None:
        ws.send("hello")

    client = TestClient(server.app)
    client.server = server  # type: ignore[attr-defined]
    return client


@pytest.mark.parametrize("fields", OTHERS)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_other_sites_change_nothing(client: TestClient, method: str, fields: Any) -> None:
    """Not by a form, which no browser asks about before it sends it, nor by a script."""
    answer = client.request(method, "/api", {**fields, **FORM}, data="a=1")
    assert answer.status == 403
    assert "server.cross_origin" in answer.text
    assert client.get("/api", fields).json() == ["GET"]


@pytest.mark.parametrize("fields", OURS)
def test_ours_and_programs_do(client: TestClient, fields: dict[str, str]) -> None:
    """Also behind a proxy that ends TLS and does not tell."""
    assert client.post("/api", fields, json={}).status == 200


@pytest.mark.parametrize("fields", OTHERS)
@pytest.mark.parametrize(
    "body",
    [b'{"action": "start", "payload": 1}', b"action=start&payload=1", b"action=stop&token=1"],
)
def test_other_sites_start_no_jobs(client: TestClient, fields: Any, body: bytes) -> None:
    """In any form."""
    kind = "application/json" if body.startswith(b"{") else FORM["content-type"]
    assert client.post("/job", {**fields, "content-type": kind}, data=body).status == 403


def test_sites_that_are_let_in_may(client: TestClient) -> None:
    """Those that may read the answers; others still may not."""
    server = client.server  # type: ignore[attr-defined]
    server.cross_origin = ["http://friend.example"]
    assert client.post("/api", {"origin": "http://friend.example"}, json={}).status == 200
    assert client.post("/api", {"origin": "http://evil.example"}, json={}).status == 403
    server.cross_origin = {"/api": ["http://friend.example"]}
    assert client.post("/api", {"origin": "http://friend.example"}, json={}).status == 200
    post = {"action": "stop", "token": "1"}
    assert client.post("/job", {"origin": "http://friend.example"}, json=post).status == 403


def test_it_can_be_switched_off(client: TestClient) -> None:
    """For servers that have an answer of their own."""
    client.server.refuse_cross_site = False  # type: ignore[attr-defined]
    assert client.post("/api", OTHERS[0], json={}).status == 200


@pytest.mark.parametrize("fields", OTHERS[:3])
def test_other_sites_open_no_websocket(client: TestClient, fields: dict[str, str]) -> None:
    """Browsers send cookies with it, and ask nobody."""
    assert client.get("/socket", {**HANDSHAKE, **fields}).status == 403


@pytest.fixture
def opened(serve: Serve, app_name: str) -> tuple[TestClient, str]:
    """A visitor with an open page, and its token."""
    server = serve()
    server.bind_htag("/app", app_name, reset_parameter="new")
    client = TestClient(server.app)
    html = client.get("/app").text
    return client, json.loads(html.partition("quick_htag_page=")[2].partition("</script>")[0])[
        "page"
    ]


@pytest.mark.parametrize("fields", [*OTHERS[:3], {}])
def test_other_sites_do_not_reach_an_app(opened: Any, fields: dict[str, str]) -> None:
    """On no transport, even with the token of the page; nor does who says nothing."""
    client, token = opened
    query = f"page={token}&seen=0"
    assert client.get(f"/app/ws?{query}", {**HANDSHAKE, **fields}).status == 403
    assert client.post(f"/app/poll?{query}", fields).status == 403
    assert client.post(f"/app/event?page={token}", fields, json=["{}"]).status == 403
    assert client.post("/app/reset", fields).status == 403
    if fields:
        assert client.get(f"/app/stream?{query}", fields).status == 403


def test_the_cookie_is_not_sent_with_requests_of_other_sites(opened: Any, serve: Serve) -> None:
    """Nor can a script read it."""
    client, _ = opened
    client.cookies.clear()
    flags = client.get("/app").headers["set-cookie"].split("; ")[1:]
    assert set(flags) == {"Path=/", "HttpOnly", "SameSite=Lax"}
    secure = TestClient(client.app, scheme="https").get("/app").headers["set-cookie"]
    assert secure.startswith("__Host-")
    assert set(secure.split("; ")[1:]) == {"Path=/", "HttpOnly", "SameSite=Lax", "Secure"}


def test_a_link_of_another_site_starts_nothing_anew(opened: Any) -> None:
    """The parameter that does is for the visitor himself."""
    client, _ = opened
    before = client.get("/app").text
    answer = client.get("/app?new", {"sec-fetch-site": "cross-site"})
    assert (answer.status, answer.headers["location"]) == (303, "./app")
    assert _ids(client.get("/app").text) == _ids(before)


def _ids(html: str) -> set[str]:
    """The ids that an instance of an app has given to its elements."""
    return set(re.findall(r"\b[0-9]{12,}\b", html))
