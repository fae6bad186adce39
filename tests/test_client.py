"""The Python client against a real server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from quick_htag import PreventDefaultResponse, QuickServer, Settings, WorkerError, check, progress
from quick_htag.client import worker_request

TIMEOUT = 20
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def serve(start_server: Callable[..., QuickServer]) -> Callable[[Any], str]:
    """``serve(fun)``: the address of a job."""

    def start(fun: Any, chunk: int = 10**7) -> str:
        server = start_server(lambda made: made.json_worker("/job")(fun))
        server.max_chunk_size = chunk
        return f"{server.url}job"

    return start


class Endless:
    """A job that ends when it is stopped."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.ended = threading.Event()

    def __call__(self, payload: Any) -> None:
        self.begun.set()
        try:
            while True:
                progress(0.5, "on and on")
        finally:
            self.ended.set()


def test_a_result_comes_back(serve: Any) -> None:
    """Decoded; cookies of a session go along."""
    url = serve(lambda payload: {"twice": payload["a"] * 2})
    assert worker_request(url, {"a": 4}) == {"twice": 8}
    with requests.Session() as session:
        assert worker_request(url, {"a": 5}, session=session) == {"twice": 10}


def test_a_slow_job_is_followed(serve: Any) -> None:
    """Its progress is told as it changes."""
    heard = threading.Event()
    told: list[Any] = []

    def work(payload: Any) -> str:
        progress(0.25, "begun")
        heard.wait(TIMEOUT)
        return "done"

    def listen(fraction: Any, text: str) -> None:
        told.append((fraction, text))
        heard.set()

    assert worker_request(serve(work), {}, listen) == "done"
    assert told == [(0.25, "begun")]


def test_long_results_are_put_together(serve: Any) -> None:
    """Whatever the size of the pieces."""
    text = "äöü" * 1000
    assert worker_request(serve(lambda payload: text, chunk=100), {}) == text


def test_failures_have_their_status(serve: Any) -> None:
    """Of the function, and of the server."""

    def pay(payload: Any) -> None:
        raise PreventDefaultResponse(402, "pay first")

    url = serve(pay)
    with pytest.raises(WorkerError, match="pay first") as caught:
        worker_request(url, {})
    assert caught.value.get_status_code() == 402
    with pytest.raises(WorkerError, match="File not found") as caught:
        worker_request(f"{url}/nowhere", {})
    assert caught.value.get_status_code() == 404


def test_what_the_server_says_is_the_message(serve: Any) -> None:
    """Without its status line, or the phrase of the status when it says nothing."""
    with pytest.raises(WorkerError, match=r"^worker error$"):
        worker_request(serve(lambda payload: 1 / 0), {})

    def refuse(payload: Any) -> None:
        raise PreventDefaultResponse(402)

    with pytest.raises(WorkerError, match=r"^Payment Required$"):
        worker_request(serve(refuse), {})


def test_a_timeout_stops_the_job(serve: Any) -> None:
    """The server does not work on for nobody."""
    work = Endless()
    with pytest.raises(TimeoutError):
        worker_request(serve(work), {}, timeout=0.2)
    assert work.ended.wait(TIMEOUT)


def test_a_start_without_an_answer_is_stopped(start_server: Callable[..., QuickServer]) -> None:
    """The client does not know what the server calls the job."""
    work, settings = Endless(), Settings(job_start_wait=60.0)
    server = start_server(lambda made: made.json_worker("/job")(work), settings=settings)
    with pytest.raises(TimeoutError):
        worker_request(f"{server.url}job", {}, timeout=0.3)
    assert work.ended.wait(TIMEOUT)


def test_an_exception_of_the_listener_stops_the_job(serve: Any) -> None:
    """And reaches the caller."""
    work = Endless()

    def refuse(fraction: Any, text: str) -> None:
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        worker_request(serve(work), {}, refuse)
    assert work.ended.wait(TIMEOUT)


SCRIPT = """
import sys
from quick_htag import worker_request
worker_request(sys.argv[1], {}, lambda fraction, text: print(text, flush=True))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise")
def test_ctrl_c_stops_the_job(serve: Any) -> None:
    """The program ends as it does with CTRL-C."""
    work = Endless()
    command, pipe = [sys.executable, "-c", SCRIPT, serve(work)], subprocess.PIPE
    client = subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True)
    assert client.stdout is not None
    assert client.stdout.readline() == "on and on\n"  # it knows its job, and waits
    os.kill(client.pid, signal.SIGINT)
    assert work.ended.wait(TIMEOUT)
    _, said = client.communicate(timeout=TIMEOUT)
    assert "KeyboardInterrupt" in said


def test_a_lost_job_is_an_error(start_server: Any) -> None:
    """A job that was forgotten by the server, which says so."""
    server = start_server()
    begun = threading.Event()

    @server.json_worker("/job")
    def work(payload: Any) -> None:
        begun.set()
        while True:
            check()

    def forget() -> None:
        begun.wait(TIMEOUT)
        for job in server.jobs.table.live():
            server.jobs.cancel(job)

    thread = threading.Thread(target=forget)
    thread.start()
    with pytest.raises(ValueError, match="timed out"):
        worker_request(f"{server.url}job", {})
    thread.join(TIMEOUT)


def test_a_server_that_is_not_there(serve: Any, live_server: QuickServer) -> None:
    """Is an ``OSError``, at once."""
    url = f"{live_server.url}job"
    live_server.shutdown()
    with pytest.raises(OSError):
        worker_request(url, {})


def test_without_requests_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """And how to get it."""
    monkeypatch.setitem(sys.modules, "requests", None)
    with pytest.raises(RuntimeError, match="pip install"):
        worker_request("http://127.0.0.1/", {})
