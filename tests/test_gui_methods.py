"""A server with htag apps: nobody waits for another, and all share the session."""

from concurrent.futures import ThreadPoolExecutor, as_completed
from io import StringIO

import requests

from quick_htag import MessageLog, Settings
from tests.patience import quick, until


def hello(server):
    """Register an endpoint."""
    server.json_get("/hello", 0)(lambda req, args: {"message": "hello"})


def busy_threads(server):
    """Threads of the HTTP side that have something to do."""
    counts = server._transport.counts()
    return counts["threads"] - counts["waiting_threads"]


class TestGui:
    def test_sessions_are_listed(self, start_server, open_page, app_name):
        """``sessions`` shows who is there."""
        log = StringIO()
        server = start_server(lambda server: server.bind_htag("/", app_name), log=MessageLog(log))
        page = open_page(server.url)
        page.receive()
        server.handle_cmd("sessions")
        assert "websocket  127.0.0.1" in log.getvalue()

    def test_a_session_is_killed_by_its_id(self, start_server, open_page, app_name):
        """``sessions kill`` ends the one that is named and tells its page."""
        log = StringIO()
        server = start_server(lambda server: server.bind_htag("/", app_name), log=MessageLog(log))
        page, other = open_page(server.url), open_page(server.url)
        server.handle_cmd("sessions")
        short_id = server.guis.sessions_snapshot()[0].short_id
        assert server.commands.complete("sessions kill ") == sorted(
            info.short_id for info in server.guis.sessions_snapshot()
        )
        server.handle_cmd(f"sessions kill {short_id}")
        assert page.end() == 4001
        other.click("more")
        assert f"session {short_id} ended" in log.getvalue()

    def test_killing_nobody_says_so(self, start_server):
        """An id that fits no session changes nothing."""
        log = StringIO()
        start_server(log=MessageLog(log)).handle_cmd("sessions kill 1234")
        assert "no single session starts with 1234" in log.getvalue()

    def test_a_page_that_is_slow_leaves_the_leader(self, start_server, open_page, app_name):
        """Pages are tried where requests are read; one that blocks is known for it afterwards."""
        from gate import GATE

        server = start_server(lambda server: server.bind_htag("/", app_name))
        page = next(one for one in server.app._router.routes() if one.mask == "/")
        assert page.cost == 0.0
        blocked = open_page(server.url)
        blocked.send(blocked.event_of("block"))
        assert GATE.entered.wait(30)
        with ThreadPoolExecutor(1) as pool:
            again = pool.submit(blocked.visitor.get, server.url, timeout=30)
            until(lambda: page.cost > server.settings.inline_limit)
            other = open_page(server.url)
            GATE.open()
            assert again.result(30).status_code == 200
        assert other.click("more") < 5

    def test_pages_of_a_serial_server_take_no_turn(self, start_server, app_name):
        """A page waits for the thread of its app, so it always goes to a worker there."""
        server = start_server(lambda server: server.bind_htag("/", app_name), parallel=False)
        page = next(one for one in server.app._router.routes() if one.mask == "/")
        assert page.cost == float("inf")

    def test_a_blocked_session_delays_nobody_else(self, start_server, open_page, app_name):
        """While one handler blocks, a click of another visitor is handled within 50 ms."""
        server = start_server(lambda server: server.bind_htag("/", app_name))
        from gate import GATE

        blocked, free = open_page(server.url), open_page(server.url)
        free.click("more")
        blocked.send(blocked.event_of("block"))
        assert GATE.entered.wait(30)
        quick(lambda: free.click("more"), 0.05, 20.0)  # the handler waits for 30 seconds
        page_load = open_page(server.url)
        GATE.open()
        assert page_load.seen >= 0

    def test_a_held_reload_of_a_blocked_app_uses_up_no_workers(
        self, start_server, open_page, app_name
    ):
        """Of many page requests for a blocked session, a few wait; the rest are refused at once."""
        settings = Settings(max_waiting_pages=2, max_threads=4)
        server = start_server(lambda server: server.bind_htag("/", app_name), settings=settings)
        from gate import GATE

        blocked = open_page(server.url)
        blocked.send(blocked.event_of("block"))
        assert GATE.entered.wait(30)
        with ThreadPoolExecutor(6) as pool:
            reloads = [pool.submit(blocked.visitor.get, server.url, timeout=30) for _ in range(6)]
            done = as_completed(reloads, timeout=20)
            refused = [next(done).result() for _ in range(4)]
            other = open_page(server.url)
            GATE.open()
        assert {answer.status_code for answer in refused} == {503}
        assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)
        assert sorted(one.result().status_code for one in reloads) == [200, 200, 503, 503, 503, 503]
        assert other.click("more") < 1

    def test_one_request_at_a_time_does_not_mean_one_session(
        self, start_server, open_page, app_name
    ):
        """With ``parallel=False`` a page that waits for a blocked session holds up nobody."""

        def setup(server):
            server.bind_htag("/", app_name)
            hello(server)

        server = start_server(setup, parallel=False)
        from gate import GATE

        blocked = open_page(server.url)
        blocked.send(blocked.event_of("block"))
        assert GATE.entered.wait(30)
        with ThreadPoolExecutor(1) as pool:
            reload = pool.submit(blocked.visitor.get, server.url, timeout=30)
            until(lambda: busy_threads(server) == 2)  # the leader, and the one that waits
            assert requests.get(f"{server.url}hello", timeout=30).ok
            assert not reload.done()
            GATE.open()
            assert reload.result().ok

    def test_a_route_and_an_app_share_the_session(self, start_server, app_name):
        """What a route stores is there in the next request of the same visitor."""
        server = start_server(lambda server: server.bind_htag("/", app_name))

        @server.json_post("/name", 0)
        def name(req, args):
            req.session["name"] = args["post"]["name"]
            return dict(req.session)

        @server.json_get("/name", 0)
        def who(req, args):
            return dict(req.session)

        visitor = requests.Session()
        visitor.post(f"{server.url}name", json={"name": "Ada"}, timeout=30)
        visitor.get(server.url, timeout=30)
        assert visitor.get(f"{server.url}name", timeout=30).json() == {"name": "Ada"}
        assert requests.get(f"{server.url}name", timeout=30).json() == {}

    def test_servers_do_not_share_cookies(self, start_server, app_name):
        """Cookies ignore ports, so each server has a name of its own for its cookie."""
        servers = [start_server(lambda s: s.bind_htag("/", app_name)) for _ in range(2)]
        visitor = requests.Session()
        for server in servers:
            visitor.get(server.url, timeout=30)
        assert len({cookie.name for cookie in visitor.cookies}) == 2

    def test_another_origin_is_refused(self, start_server, app_name):
        """A page of another site cannot open the websocket with the visitor's cookie."""
        server = start_server(lambda server: server.bind_htag("/", app_name))
        headers = {
            "Origin": "http://evil.example",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version": "13",
        }
        answer = requests.get(f"{server.url}ws?page=x&seen=0", headers=headers, timeout=30)
        assert answer.status_code == 403

    def test_shutdown_with_open_pages(self, start_server, open_page, app_name):
        """Pages are told that the server stops."""
        server = start_server(lambda server: server.bind_htag("/", app_name))
        page = open_page(server.url)
        server.shutdown()
        assert page.end() == 1001

    def test_the_hook_gets_the_app(self, start_server, app_name):
        """``on_instance`` gets what the visitor sees, before it is rendered."""
        seen = []

        def prepare(app, request):
            seen.append((type(app).__name__, request.query_params["name"]))
            app.count.clear("prepared")

        server = start_server(lambda one: one.bind_htag("/", app_name, on_instance=prepare))
        text = requests.get(f"{server.url}?name=ann", timeout=30).text
        assert "prepared" in text
        assert seen == [("App", "ann")]

    def test_a_failing_hook_fails_the_page(self, start_server, app_name):
        """What the hook raises is answered like a failure of the app."""
        log = StringIO()
        server = start_server(
            lambda one: one.bind_htag("/", app_name, on_instance=lambda app: 1 / 0),
            log=MessageLog(log),
        )
        assert requests.get(server.url, timeout=30).status_code == 500
        assert "ZeroDivisionError" in log.getvalue()

    def test_apps_may_be_decorated(self, start_server, app_name):
        """The class is bound where it is written, and stays a class."""
        from importlib import import_module

        app = import_module(app_name.partition(":")[0]).App

        def bind(server):
            assert server.htag_app("/a/b/", name="Shop")(app) is app

        server = start_server(bind)
        for spelling in ("a/b", "a/b/"):
            assert requests.get(server.url + spelling, timeout=30).status_code == 200
        assert server.htag_apps() == {"/a/b": "Shop"}

    def test_bound_apps_are_listed(self, start_server, app_name):
        """In the order they were bound, for an index page."""

        def bind(server):
            for path in ("/second", "/"):
                server.bind_htag(path, app_name)

        assert start_server(bind).htag_apps() == {"/second": "App", "/": "App"}
