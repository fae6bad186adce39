"""Who may come in: the settings, as an application and a server follow them."""

from __future__ import annotations

import socket
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from quick_htag import App, HTTPError, MessageLog, create_server
from quick_htag.testing import TestClient, TestResponse

if TYPE_CHECKING:
    from quick_htag import QuickServer

SITE = "https://site.example"
ALLOW = "Access-Control-Allow-Origin"
SAID = {
    "x_forwarded_for": "192.0.2.1",
    "x_forwarded_proto": "https",
    "x_forwarded_host": "a.org",
}


@pytest.fixture
def app(tmp_path: Path) -> App:
    """An application with an endpoint for two methods, a broken one, and a file."""
    app = App(log=MessageLog(StringIO()))
    app.json_get("/api/thing", 0)(lambda req, args: {"thing": 1})
    app.json_put("/api/thing", 0)(lambda req, args: {"thing": args["post"]})
    app.json_get("/api/broken", 0)(lambda req, args: 1 // 0)
    app.json_get("/api/who", 0)(lambda req, args: [req.client_address[0], *req.get_original_host()])
    (tmp_path / "a.txt").write_text("a")
    app.bind_path("/files/", str(tmp_path))
    return app


def _ask(app: App, method: str, path: str, **fields: str) -> TestResponse:
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    return TestClient(app).request(method, path, headers)


def _preflight(app: App, path: str, **fields: str) -> TestResponse:
    fields = {"origin": SITE, "access_control_request_method": "PUT", **fields}
    return _ask(app, "OPTIONS", path, **fields)


class TestCrossOrigin:
    def test_off_by_default(self, app: App) -> None:
        """Without the setting no page of another origin reads anything."""
        assert app.cross_origin is False
        assert not [
            name for name in _ask(app, "GET", "/api/thing", origin=SITE).headers if "access" in name
        ]
        assert "access-control-allow-methods" not in _preflight(app, "/api/thing").headers

    def test_it_may_change_at_any_time(self, app: App) -> None:
        """On, another list, off: the next request knows; the setting can be read."""
        for setting, allowed in ((True, "*"), ([SITE], SITE), (["https://b"], None), (False, None)):
            app.cross_origin = setting
            assert _ask(app, "GET", "/api/thing", origin=SITE).headers.get(ALLOW) == allowed
        app.cross_origin = [SITE]
        assert app.cross_origin == (SITE,)

    @pytest.mark.parametrize(
        ("path", "status"),
        [("/api/thing", 200), ("/files/a.txt", 200), ("/none", 404), ("/api/broken", 500)],
    )
    def test_every_answer_has_the_fields(self, app: App, path: str, status: int) -> None:
        """A page must be able to read errors too."""
        app.cross_origin = [SITE]
        answer = _ask(app, "GET", path, origin=SITE)
        assert (answer.status, answer.headers.get(ALLOW)) == (status, SITE)

    def test_a_body_too_large_has_the_fields(self, app: App) -> None:
        """413 is an answer like any other."""
        app.cross_origin = True
        app.add_target("POST", "/small", 0, lambda req: req.body.read(), body_limit=1)  # type: ignore[arg-type,return-value]
        answer = TestClient(app).post("/small", {"origin": SITE}, data=b"123")
        assert (answer.status, answer.headers.get(ALLOW)) == (413, "*")

    def test_a_preflight_names_the_methods_of_the_path(self, app: App) -> None:
        """They are those of the routes, and of files."""
        app.cross_origin = [SITE]
        for path, methods in (
            ("/api/thing", "GET, HEAD, OPTIONS, PUT"),
            ("/files/a.txt", "GET, HEAD, OPTIONS"),
        ):
            answer = _preflight(app, path)
            assert (answer.status, answer.content) == (204, b"")
            assert answer.headers["Access-Control-Allow-Methods"] == methods
            assert answer.headers[ALLOW] == SITE

    def test_a_preflight_for_nothing_fails(self, app: App) -> None:
        """Where nothing is, nothing is allowed."""
        app.cross_origin = True
        assert _preflight(app, "/none").status == 404

    def test_a_preflight_passes_no_middleware(self, app: App) -> None:
        """It has no cookies, so a login check would refuse it."""

        def login(handler: Any) -> Any:
            def refuse(request: Any) -> Any:
                raise HTTPError(401)

            return refuse

        app.add_middleware(login)
        app.cross_origin = True
        assert _preflight(app, "/api/thing").status == 204
        assert _ask(app, "OPTIONS", "/api/thing").status == 401

    def test_a_plain_options_stays_as_it_is(self, app: App) -> None:
        """Without a question of a browser it is answered as ever."""
        before = dict(_ask(app, "OPTIONS", "/api/thing").headers)
        app.cross_origin = [SITE]
        after = dict(_ask(app, "OPTIONS", "/api/thing").headers)
        assert after == {**before, "vary": "Origin"}

    def test_an_endpoint_may_decide_for_itself(self, app: App) -> None:
        """What it sends wins over the setting."""

        @app.json_get("/own", 0)
        def own(req: Any, args: Any) -> Any:
            req.send_header(ALLOW, "https://own.example")
            req.cross_origin_headers()  # what scripts for quick_server may call
            return 1

        app.cross_origin = True
        assert _ask(app, "GET", "/own", origin=SITE).headers[ALLOW] == "https://own.example"


class TestHosts:
    def test_an_application_answers_for_every_host(self, app: App) -> None:
        """The check belongs to servers; tests and other servers bring their own hosts."""
        assert app.allowed_hosts is None
        assert _ask(app, "GET", "/api/thing", host="any.example").status == 200

    @pytest.mark.parametrize("path", ["/api/thing", "/files/a.txt", "/none"])
    def test_another_host_is_misdirected(self, app: App, path: str) -> None:
        """Whatever is asked for, the answer is 421 and says what to set."""
        app.allowed_hosts = ["example.org"]
        answer = _ask(app, "GET", path, host="evil.example")
        assert answer.status == 421
        assert "server.allowed_hosts" in answer.text
        assert _ask(app, "GET", path, host="example.org:80").status != 421

    def test_nothing_runs_before_the_check(self, app: App) -> None:
        """No endpoint and no middleware sees such a request, and no body is taken."""
        seen: list[Any] = []

        def watch(handler: Any) -> Any:
            return lambda request: seen.append(request) or handler(request)

        app.add_middleware(watch)
        app.allowed_hosts = ["example.org"]
        answer = TestClient(app, host="evil.example").put("/api/thing", data=b"1")
        assert (answer.status, seen) == (421, [])

    def test_the_page_escapes_the_host(self, app: App) -> None:
        """A host is text, also in the page of the error."""
        app.allowed_hosts = ["example.org"]
        answer = _ask(app, "GET", "/", host="<b>", accept="text/html")
        assert "<b>" not in answer.text


class TestProxies:
    def test_nobody_is_trusted_by_default(self, app: App) -> None:
        """Forwarded fields are just fields."""
        assert app.trusted_proxies == ()
        answer = _ask(app, "GET", "/api/who", **SAID)
        assert answer.json() == ["127.0.0.1", "http", "localhost"]

    def test_a_trusted_proxy_is_believed(self, app: App) -> None:
        """Endpoints see the client."""
        app.trusted_proxies = ["127.0.0.1"]
        answer = _ask(app, "GET", "/api/who", **SAID)
        assert answer.json() == ["192.0.2.1", "https", "a.org"]

    def test_it_can_be_taken_back(self, app: App) -> None:
        """An empty list trusts nobody."""
        app.trusted_proxies = ["127.0.0.1"]
        app.trusted_proxies = []
        assert _ask(app, "GET", "/api/who", **SAID).json()[1] == "http"

    def test_the_forwarded_host_is_checked_too(self, app: App) -> None:
        """A proxy does not open other names."""
        app.trusted_proxies = ["127.0.0.1"]
        app.allowed_hosts = ["localhost"]
        assert _ask(app, "GET", "/api/who", **SAID).status == 421


class TestServer:
    def test_a_local_server_answers_for_local_names_only(
        self, start_server: Callable[..., QuickServer]
    ) -> None:
        """A page that lets its name point here is refused, for files, endpoints and websockets."""
        log = StringIO()
        server = start_server(
            lambda server: server.json_get("/hello", 0)(lambda req, args: 1), log=MessageLog(log)
        )
        url, port = f"{server.url}hello", server.server_address[1]
        for host in ("localhost", f"localhost:{port}", f"127.0.0.1:{port}", "x.localhost"):
            assert requests.get(url, headers={"Host": host}, timeout=30).status_code == 200
        assert (
            requests.get(url, headers={"Host": f"evil.example:{port}"}, timeout=30).status_code
            == 421
        )
        assert "server.allowed_hosts = [*server.allowed_hosts, 'evil.example']" in log.getvalue()

    def test_what_the_log_says_works(self, start_server: Callable[..., QuickServer]) -> None:
        """The host that was refused is allowed by the line in the log."""
        server = start_server()
        server.allowed_hosts = [*server.allowed_hosts, "app.example.org"]
        got = requests.get(server.url, headers={"Host": "app.example.org"}, timeout=30)
        assert got.status_code == 404
        server.allowed_hosts = None
        got = requests.get(server.url, headers={"Host": "any.example"}, timeout=30)
        assert got.status_code == 404

    def test_http_1_0_without_a_host(self, start_server: Callable[..., QuickServer]) -> None:
        """Such a request is answered: no browser sends it."""
        server = start_server(lambda server: server.json_get("/hello", 0)(lambda req, args: 1))
        with socket.create_connection(server.server_address[:2], timeout=30) as client:
            client.sendall(b"GET /hello HTTP/1.0\r\n\r\n")
            assert client.recv(1000).startswith(b"HTTP/1.1 200 ")

    def test_a_server_for_others_answers_for_every_host(self) -> None:
        """Its names cannot be known."""
        with create_server(("0.0.0.0", 0)) as server:
            assert server.allowed_hosts is None

    def test_two_servers_have_settings_of_their_own(self) -> None:
        """Nothing of it is shared."""
        with create_server(("", 0)) as first, create_server(("", 0)) as second:
            first.cross_origin = True
            first.trusted_proxies = ["10.0.0.0/8"]
            first.allowed_hosts = ["a.example"]
            assert (second.cross_origin, second.trusted_proxies) == (False, ())
            assert second.allowed_hosts is not None
            assert "localhost" in second.allowed_hosts

    def test_a_large_body_for_another_host_is_not_read(
        self, start_server: Callable[..., QuickServer]
    ) -> None:
        """The answer comes before the body."""
        server = start_server(lambda server: server.json_put("/x", 0)(lambda req, args: 1))
        with socket.create_connection(server.server_address[:2], timeout=30) as client:
            client.sendall(
                b"PUT /x HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 9999999\r\n\r\n"
            )
            assert client.recv(1000).startswith(b"HTTP/1.1 421 ")
