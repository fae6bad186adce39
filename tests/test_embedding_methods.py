"""Servers inside of other programs."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests

from quick_htag import create_server

LIMIT = 30.0  # seconds
ROOT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.usefixtures("no_thread_left")


def hello(server):
    """Register an endpoint."""
    server.json_get("/hello", 0)(lambda req, args: "hello")


def ask(url):
    """What it answers."""
    return requests.get(f"{url}hello", timeout=LIMIT).json()


def test_who_asks_for_the_address_in_a_block_is_served():
    """On other threads, until the end of the block."""
    with create_server(("", 0)) as server:
        hello(server)
        url = server.url
        assert ask(url) == "hello"
    assert server.done
    with pytest.raises(requests.ConnectionError):
        ask(url)


def test_nothing_begins_before():
    """Not with the block, and not without one."""
    before = set(threading.enumerate())
    with create_server(("", 0)) as server:
        assert server.server_address[1]
        assert set(threading.enumerate()) <= before
    outside = create_server(("", 0))
    assert outside.url
    assert set(threading.enumerate()) <= before
    outside.server_close()


def test_signals_are_left_alone():
    """Whatever the program does with them is its own."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    with create_server(("", 0)) as server:
        assert server.url
        assert [signal.getsignal(number) for number in numbers] == before
    assert [signal.getsignal(number) for number in numbers] == before


def test_several_live_side_by_side():
    """And end one by one."""
    with create_server(("", 0)) as first, create_server(("", 0)) as second:
        hello(first)
        hello(second)
        assert [ask(server.url) for server in (first, second)] == ["hello", "hello"]
        first.server_close()
        assert ask(second.url) == "hello"


def test_a_thread_of_the_program_may_do_it_all():
    """From the first line to the last."""
    found = []

    def work():
        with create_server(("", 0)) as server:
            hello(server)
            found.append(ask(server.url))
            stopper = threading.Timer(0.05, server.shutdown)
            stopper.start()
            server.serve_forever()
            stopper.join()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(LIMIT)
    assert (found, thread.is_alive()) == (["hello"], False)


def test_the_block_may_go_on_to_serve():
    """``serve_forever`` after the address was shown, as programs do."""
    with create_server(("", 0)) as server:
        server.no_command_loop = True
        hello(server)
        assert ask(server.url) == "hello"
        threading.Timer(0.05, server.shutdown).start()
        server.serve_forever()
    assert server.done


def test_a_block_ends_when_it_fails():
    """And the error is that of the block."""
    server = create_server(("", 0))
    with pytest.raises(ZeroDivisionError), server:
        raise ZeroDivisionError(server.url)
    assert server.done


def test_the_program_ends_as_if_there_were_no_server(tmp_path):
    """Even when it was never closed: nothing of it keeps the interpreter."""
    code = (
        "from quick_htag import create_server\n"
        "server = create_server(('', 0))\nserver.start()\nprint('end')\n"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, cwd=ROOT)
    assert (done.returncode, done.stdout, done.stderr) == (0, "end\n", "")
