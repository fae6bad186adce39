"""The server as a whole: its life, its sessions, and that nobody waits for another."""

import http.server
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from io import StringIO
from pathlib import Path

import pytest
import requests

from quick_htag import MessageLog, Settings, create_server
from quick_htag.errors import ConfigurationError

LIVE_APPS = Path(__file__).resolve().parent / "live_apps"


@pytest.fixture
def open_page(live_apps):
    """``open_page(url, visitor=None)``: a connected page; closed when the test is over."""
    from gui_client import Page

    pages = []

    def opened(url, visitor=None):
        pages.append(Page(url, visitor).open())
        return pages[-1]

    yield opened
    for page in pages:
        page.close()


def hello(server):
    """Register an endpoint."""
    server.json_get("/hello", 0)(lambda req, args: {"message": "hello"})


def until(condition):
    """Wait for a condition that nothing announces."""
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end, "this did not become true"
        threading.Event().wait(0.002)


def busy_threads(server):
    """Threads of the HTTP side that have something to do."""
    counts = server._transport.counts()
    return counts["threads"] - counts["waiting_threads"]


class TestAddress:
    def test_it_is_a_threading_http_server(self, live_server):
        """Code that expects the class of the standard library gets it."""
        assert isinstance(live_server, http.server.ThreadingHTTPServer)

    def test_the_empty_host_is_localhost(self, live_server):
        """Nothing but this machine reaches a server that names no host."""
        assert live_server.server_address[0] == "127.0.0.1"

    def test_port_zero_takes_a_free_port(self, start_server):
        """Two servers that ask for any port have one each."""
        first, second = start_server(hello), start_server(hello)
        assert first.server_address[1] != second.server_address[1]
        assert all(requests.get(f"{s.url}hello", timeout=5).ok for s in (first, second))

    def test_a_taken_port_is_an_error(self, live_server):
        """A port in use is not shared."""
        with pytest.raises(OSError, match=r"in use|only one usage"):
            create_server(("", live_server.server_address[1]))

    def test_ipv6(self):
        """An IPv6 host is served, and its url has brackets."""
        try:
            server = create_server(("::1", 0))
        except OSError as error:
            pytest.skip(f"this machine has no IPv6: {error}")
        with server:
            hello(server)
            server.start()
            assert requests.get(f"{server.url}hello", timeout=5).json() == {"message": "hello"}
            assert server.url.startswith("http://[::1]:")

    def test_it_names_itself(self, live_server):
        """``str`` shows the address and whether requests run in parallel."""
        port = live_server.server_address[1]
        assert str(live_server) == f"QuickServer[('127.0.0.1', {port}) parallel]"


@pytest.mark.usefixtures("no_thread_left")
class TestLife:
    def serve(self, server):
        server.no_command_loop = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        return thread

    def test_shutdown_before_the_start(self):
        """Stopping a server that never served returns."""
        with create_server(("", 0)) as server:
            server.shutdown()

    def test_shutdown_twice_and_from_several_threads(self):
        """Every caller returns when the server has stopped."""
        server = create_server(("", 0))
        thread = self.serve(server)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: server.shutdown(), range(4)))
        thread.join(5)
        server.server_close()
        server.server_close()
        assert not thread.is_alive()

    def test_done_ends_serve_forever(self):
        """Setting ``done`` is enough, from anywhere."""
        with create_server(("", 0)) as server:
            thread = self.serve(server)
            server.done = True
            thread.join(5)
            assert not thread.is_alive()

    def test_a_stopped_server_does_not_start_again(self):
        """``done = False`` says what to do instead."""
        with create_server(("", 0)) as server:
            server.done = True
            with pytest.raises(ConfigurationError, match="make a new one"):
                server.done = False

    def test_shutdown_from_an_endpoint(self):
        """An endpoint may stop the server; its answer still arrives."""
        server = create_server(("", 0))

        @server.text_get("/stop", 0)
        def stop(req, args):
            server.shutdown()
            return "stopped"

        thread = self.serve(server)
        assert requests.get(f"{server.url}stop", timeout=5).text == "stopped"
        thread.join(5)
        server.server_close()
        assert not thread.is_alive()

    def test_the_port_is_free_afterwards(self):
        """A new server can take the port of a closed one."""
        with create_server(("", 0)) as server:
            server.start()
            port = server.server_address[1]
        with create_server(("", port)) as server:
            assert server.server_address[1] == port

    def test_a_request_under_way_is_answered(self):
        """``shutdown`` waits for what has begun."""
        server = create_server(("", 0))
        begun, go_on = threading.Event(), threading.Event()

        @server.text_get("/slow", 0)
        def slow(req, args):
            begun.set()
            go_on.wait(5)
            return "done"

        server.start()
        with ThreadPoolExecutor(2) as pool:
            answer = pool.submit(requests.get, f"{server.url}slow", timeout=5)
            begun.wait(5)
            stopped = pool.submit(server.shutdown)
            go_on.set()
            assert answer.result(5).text == "done"
            stopped.result(5)
        server.server_close()

    def test_a_stopping_server_refuses_new_clients(self):
        """While a request is finished the listener is closed already, so nobody waits in vain."""
        server = create_server(("", 0))
        begun, go_on = threading.Event(), threading.Event()

        @server.text_get("/slow", 0)
        def slow(req, args):
            begun.set()
            go_on.wait(5)
            return "done"

        server.start()
        with ThreadPoolExecutor(2) as pool:
            answer = pool.submit(requests.get, f"{server.url}slow", timeout=5)
            begun.wait(5)
            stopped = pool.submit(server.shutdown)
            while server.fileno() >= 0:
                time.sleep(0.001)
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(server.server_address[:2], 5)
            go_on.set()
            assert answer.result(5).headers["Connection"] == "close"
            stopped.result(5)
        server.server_close()

    def test_a_blocked_request_does_not_hold_the_end(self):
        """After ``shutdown_timeout`` a request that does not end is left behind."""
        log = StringIO()
        server = create_server(
            ("", 0), settings=Settings(shutdown_timeout=0.2), log=MessageLog(log)
        )
        begun, go_on = threading.Event(), threading.Event()

        @server.text_get("/stuck", 0)
        def stuck(req, args):
            begun.set()
            go_on.wait(20)
            return "late"

        server.start()
        with socket.create_connection(server.server_address[:2]) as client:
            client.sendall(b"GET /stuck HTTP/1.1\r\nHost: localhost\r\n\r\n")
            begun.wait(5)
            server.shutdown()
        assert "left behind" in log.getvalue()
        go_on.set()
        server.server_close()


@pytest.mark.usefixtures("no_thread_left")
class TestEmbedding:
    def test_in_a_notebook(self):
        """A ``with`` block, ``start`` and ``url`` are all it takes; signals stay as they are."""
        numbers = [signal.SIGINT, signal.SIGTERM]
        before = [signal.getsignal(number) for number in numbers]
        with create_server(("", 0)) as server:
            hello(server)
            server.start()
            assert requests.get(f"{server.url}hello", timeout=5).ok
            assert [signal.getsignal(number) for number in numbers] == before
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{server.url}hello", timeout=5)

    def test_a_cell_that_runs_again(self):
        """A new server takes the place of the old one at the same port, many times."""
        port = 0
        for _ in range(5):
            with create_server(("", port)) as server:
                hello(server)
                server.start()
                port = server.server_port
                assert requests.get(f"{server.url}hello", timeout=5).ok

    @pytest.mark.skipif(sys.platform == "win32", reason="limits and service managers of POSIX")
    def test_on_a_thread_it_leaves_the_process_alone(self, monkeypatch, tmp_path):
        """No signal handler, no limit, and no word to a service manager."""
        import resource

        limit = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit[0], 1000), limit[1]))
        before = signal.getsignal(signal.SIGTERM)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "n"))
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(str(tmp_path / "n"))
            manager.setblocking(False)
            with create_server(("", 0)) as server:
                hello(server)
                server.no_command_loop = True
                thread = threading.Thread(target=server.serve_forever)
                thread.start()
                assert requests.get(f"{server.url}hello", timeout=5).ok
                now = resource.getrlimit(resource.RLIMIT_NOFILE)
                assert signal.getsignal(signal.SIGTERM) == before
            thread.join(5)
            resource.setrlimit(resource.RLIMIT_NOFILE, limit)
            assert now[0] == min(limit[0], 1000)
            with pytest.raises(BlockingIOError):
                manager.recv(100)

    def test_two_servers_stop_in_any_order(self):
        """Each has its own life."""
        first, second = create_server(("", 0)), create_server(("", 0))
        for server in (first, second):
            hello(server)
            server.start()
        first.server_close()
        assert requests.get(f"{second.url}hello", timeout=5).ok
        with create_server(("", first.server_port)) as third:
            hello(third)
            third.start()
            second.server_close()
            assert requests.get(f"{third.url}hello", timeout=5).ok


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

    def test_a_blocked_session_delays_nobody_else(self, start_server, open_page, app_name):
        """While one handler blocks, a click of another visitor is handled within 50 ms."""
        server = start_server(lambda server: server.bind_htag("/", app_name))
        from gate import GATE

        blocked, free = open_page(server.url), open_page(server.url)
        free.click("more")
        blocked.send(blocked.event_of("block"))
        assert GATE.entered.wait(5)
        times = [free.click("more") for _ in range(20)]
        page_load = open_page(server.url)
        GATE.open()
        assert sorted(times)[len(times) // 2] < 0.02
        assert max(times) < 0.05
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
        assert GATE.entered.wait(5)
        with ThreadPoolExecutor(6) as pool:
            reloads = [pool.submit(blocked.visitor.get, server.url, timeout=10) for _ in range(6)]
            done = as_completed(reloads, timeout=4)
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
        assert GATE.entered.wait(5)
        with ThreadPoolExecutor(1) as pool:
            reload = pool.submit(blocked.visitor.get, server.url, timeout=10)
            until(lambda: busy_threads(server) == 2)  # the leader, and the one that waits
            assert requests.get(f"{server.url}hello", timeout=3).ok
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
        visitor.post(f"{server.url}name", json={"name": "Ada"}, timeout=5)
        visitor.get(server.url, timeout=5)
        assert visitor.get(f"{server.url}name", timeout=5).json() == {"name": "Ada"}
        assert requests.get(f"{server.url}name", timeout=5).json() == {}

    def test_servers_do_not_share_cookies(self, start_server, app_name):
        """Cookies ignore ports, so each server has a name of its own for its cookie."""
        servers = [start_server(lambda s: s.bind_htag("/", app_name)) for _ in range(2)]
        visitor = requests.Session()
        for server in servers:
            visitor.get(server.url, timeout=5)
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
        answer = requests.get(f"{server.url}ws?page=x&seen=0", headers=headers, timeout=5)
        assert answer.status_code == 403

    def test_shutdown_with_open_pages(self, start_server, open_page, app_name):
        """Pages are told that the server stops."""
        server = start_server(lambda server: server.bind_htag("/", app_name))
        page = open_page(server.url)
        server.shutdown()
        assert page.end() == 1001


class TestLog:
    def test_a_request_is_logged(self, start_server):
        """The line has the request and the status."""
        log = StringIO()
        server = start_server(hello, log=MessageLog(log))
        requests.get(f"{server.url}hello?x=1", timeout=5)
        assert '"GET /hello?x=1 HTTP/1.1" 200' in log.getvalue()

    def test_noise_is_suppressed(self, start_server):
        """Only what went well is left out."""
        log = StringIO()
        server = start_server(hello, log=MessageLog(log))
        server.suppress_noise = True
        requests.get(f"{server.url}hello", timeout=5)
        requests.get(f"{server.url}nowhere", timeout=5)
        assert "/hello" not in log.getvalue()
        assert '"GET /nowhere HTTP/1.1" 404' in log.getvalue()

    def test_the_id_of_a_page_is_not_logged(self, start_server, open_page, app_name):
        """The page id is a secret, so the log has the address of a websocket without it."""
        log = StringIO()
        server = start_server(lambda server: server.bind_htag("/", app_name), log=MessageLog(log))
        page = open_page(server.url)
        assert '"GET /ws HTTP/1.1" 101' in log.getvalue()
        assert page.config["page"] not in log.getvalue()


class Program:
    """``serve.py`` as a process."""

    def __init__(self, **options):
        root = str(LIVE_APPS.parent.parent)
        self.process = subprocess.Popen(
            [sys.executable, str(LIVE_APPS / "serve.py")],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": root},
            **options,
        )
        self.url = self.process.stderr.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


class TestProgram:
    def test_quit_ends_it_with_zero(self):
        """``quit`` on standard input ends the program."""
        with Program(stdin=subprocess.PIPE) as program:
            program.process.communicate("quit\n", timeout=10)
            assert program.process.returncode == 0

    def test_the_end_of_input_keeps_serving(self):
        """``cat /dev/null | python app.py`` is a service; SIGTERM ends it."""
        with Program(stdin=subprocess.DEVNULL) as program:
            assert "no command loop" in program.process.stderr.readline()
            assert requests.get(program.url, timeout=5).ok
            program.process.terminate()
            assert program.process.wait(10) in (0, 1 if sys.platform == "win32" else 0)

    @pytest.mark.skipif(sys.platform == "win32", reason="CTRL-C goes to a console there")
    def test_ctrl_c_ends_it_while_the_prompt_waits(self):
        """SIGINT ends the program although nobody presses Enter."""
        with Program(stdin=subprocess.PIPE) as program:
            assert requests.get(program.url, timeout=5).ok
            program.process.send_signal(signal.SIGINT)
            assert program.process.wait(10) == 0

    @pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
    def test_pages_are_told_of_a_restart(self, open_page):
        """Their websockets end with 1012, service restart, after which a page connects again."""
        with Program(stdin=subprocess.PIPE) as program:
            page = open_page(program.url)
            page.receive()
            program.process.stdin.write("restart\nquit\n")
            program.process.stdin.flush()
            assert page.end() == 1012
            program.process.communicate(timeout=20)
            assert program.process.returncode == 0

    @pytest.mark.skipif(sys.platform == "win32", reason="the process is replaced on POSIX only")
    def test_restart_runs_it_again(self):
        """``restart`` starts the program anew; commands typed ahead are left for the new one."""
        with Program(stdin=subprocess.PIPE) as program:
            _, errors = program.process.communicate("restart\nquit\n", timeout=20)
            assert program.process.returncode == 0
            assert "restarting" in errors
            assert errors.count("http://127.0.0.1:") == 1  # the first line was read before
