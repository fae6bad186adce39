"""Starting, stopping and restarting a server, in this process and as a program."""

import os
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path

import pytest
import requests

from quick_htag import MessageLog, Settings, create_server
from quick_htag.errors import ConfigurationError
from tests.patience import LIMIT, until
from tests.ports import free_port

LIVE_APPS = Path(__file__).resolve().parent / "live_apps"


def hello(server):
    """Register an endpoint."""
    server.json_get("/hello", 0)(lambda req, args: {"message": "hello"})


def busy_threads(server):
    """Threads of the HTTP side that have something to do."""
    counts = server._transport.counts()
    return counts["threads"] - counts["waiting_threads"]


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
        thread.join(30)
        server.server_close()
        server.server_close()
        assert not thread.is_alive()

    def test_done_ends_serve_forever(self):
        """Setting ``done`` is enough, from anywhere."""
        with create_server(("", 0)) as server:
            thread = self.serve(server)
            server.done = True
            thread.join(30)
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
        assert requests.get(f"{server.url}stop", timeout=30).text == "stopped"
        thread.join(30)
        server.server_close()
        assert not thread.is_alive()

    def test_the_port_is_free_afterwards(self):
        """A new server can take the port of a closed one."""
        port = free_port()  # which is given to nobody else in between
        for _ in range(2):
            with create_server(("", port)) as server:
                server.start()
                assert server.server_address[1] == port

    def test_a_request_under_way_is_answered(self):
        """``shutdown`` waits for what has begun."""
        server = create_server(("", 0))
        begun, go_on = threading.Event(), threading.Event()

        @server.text_get("/slow", 0)
        def slow(req, args):
            begun.set()
            go_on.wait(30)
            return "done"

        server.start()
        with ThreadPoolExecutor(2) as pool:
            answer = pool.submit(requests.get, f"{server.url}slow", timeout=30)
            begun.wait(30)
            stopped = pool.submit(server.shutdown)
            go_on.set()
            assert answer.result(30).text == "done"
            stopped.result(30)
        server.server_close()

    def test_a_stopping_server_refuses_new_clients(self):
        """While a request is finished the listener is closed already, so nobody waits in vain."""
        server = create_server(("", 0))
        begun, go_on = threading.Event(), threading.Event()

        @server.text_get("/slow", 0)
        def slow(req, args):
            begun.set()
            go_on.wait(30)
            return "done"

        server.start()
        with ThreadPoolExecutor(2) as pool:
            answer = pool.submit(requests.get, f"{server.url}slow", timeout=30)
            begun.wait(30)
            stopped = pool.submit(server.shutdown)
            until(lambda: server.fileno() < 0)
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(server.server_address[:2], 5)
            go_on.set()
            assert answer.result(30).headers["Connection"] == "close"
            stopped.result(30)
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
            begun.wait(30)
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
            assert requests.get(f"{server.url}hello", timeout=30).ok
            assert [signal.getsignal(number) for number in numbers] == before
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{server.url}hello", timeout=30)

    def test_a_cell_that_runs_again(self):
        """A new server takes the place of the old one at the same port, many times."""
        port = free_port()
        for _ in range(5):
            with create_server(("", port)) as server:
                hello(server)
                server.start()
                assert requests.get(f"{server.url}hello", timeout=30).ok

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
                assert requests.get(f"{server.url}hello", timeout=30).ok
                now = resource.getrlimit(resource.RLIMIT_NOFILE)
                assert signal.getsignal(signal.SIGTERM) == before
            thread.join(30)
            resource.setrlimit(resource.RLIMIT_NOFILE, limit)
            assert now[0] == min(limit[0], 1000)
            with pytest.raises(BlockingIOError):
                manager.recv(100)

    def test_two_servers_stop_in_any_order(self):
        """Each has its own life."""
        first, second = create_server(("", free_port())), create_server(("", 0))
        for server in (first, second):
            hello(server)
            server.start()
        first.server_close()
        assert requests.get(f"{second.url}hello", timeout=30).ok
        with create_server(("", first.server_port)) as third:
            hello(third)
            third.start()
            second.server_close()
            assert requests.get(f"{third.url}hello", timeout=30).ok


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
            program.process.communicate("quit\n", timeout=LIMIT)
            assert program.process.returncode == 0

    def test_the_end_of_input_keeps_serving(self):
        """``cat /dev/null | python app.py`` is a service; SIGTERM ends it."""
        with Program(stdin=subprocess.DEVNULL) as program:
            assert "no command loop" in program.process.stderr.readline()
            assert requests.get(program.url, timeout=30).ok
            program.process.terminate()
            assert program.process.wait(LIMIT) in (0, 1 if sys.platform == "win32" else 0)

    @pytest.mark.skipif(sys.platform == "win32", reason="CTRL-C goes to a console there")
    def test_ctrl_c_ends_it_while_the_prompt_waits(self):
        """SIGINT ends the program although nobody presses Enter."""
        with Program(stdin=subprocess.PIPE) as program:
            program.process.stdin.write("help\n")
            program.process.stdin.flush()
            assert "available commands" in program.process.stderr.readline()
            program.process.send_signal(signal.SIGINT)
            assert program.process.wait(LIMIT) == 0

    @pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
    def test_pages_are_told_of_a_restart(self, open_page):
        """Their websockets end with 1012, service restart, after which a page connects again."""
        with Program(stdin=subprocess.PIPE) as program:
            page = open_page(program.url)
            page.receive()
            program.process.stdin.write("restart\nquit\n")
            program.process.stdin.flush()
            assert page.end() == 1012
            program.process.communicate(timeout=LIMIT)
            assert program.process.returncode == 0

    @pytest.mark.skipif(sys.platform == "win32", reason="the process is replaced on POSIX only")
    def test_restart_runs_it_again(self):
        """``restart`` starts the program anew; commands typed ahead are left for the new one."""
        with Program(stdin=subprocess.PIPE) as program:
            _, errors = program.process.communicate("restart\nquit\n", timeout=LIMIT)
            assert program.process.returncode == 0
            assert "restarting" in errors
            assert errors.count("http://127.0.0.1:") == 1  # the first line was read before
