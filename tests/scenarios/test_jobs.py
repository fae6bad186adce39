"""Many jobs, large results, and nothing left behind."""

from __future__ import annotations

import gc
import hashlib
import json
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from quick_htag import QuickServer, Settings, SQLiteStore, check, progress, worker_request
from quick_htag.jobs.archive import _key
from tests.patience import until

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 60


@pytest.fixture
def serve(start_server: Callable[..., QuickServer]) -> Any:
    """``serve(fun, **settings)``: a server with one job at "/job", and its address."""

    def start(fun: Any, **settings: Any) -> Any:
        def setup(server: QuickServer) -> None:
            server.suppress_noise = True
            server.json_worker("/job")(fun)

        server = start_server(setup, settings=Settings(**settings))
        return server, f"{server.url}job"

    return start


def test_200_jobs_on_4_threads_keep_their_order(serve: Any) -> None:
    """First come, first served, four at a time; each waiting one knows its place."""
    order: list[int] = []
    began, step = threading.Semaphore(0), threading.Semaphore(0)
    lock, most = threading.Lock(), [0, 0]

    def work(payload: Any) -> int:
        with lock:
            order.append(payload["number"])
            most[0] += 1
            most[1] = max(most)
        began.release()
        assert step.acquire(timeout=TIMEOUT)
        with lock:
            most[0] -= 1
        return int(payload["number"])

    server, url = serve(work, job_threads=4, job_start_wait=0.0)
    with requests.Session() as client:

        def ask(**post: Any) -> Any:
            return client.post(url, json=post, timeout=TIMEOUT).json()

        tokens = [ask(action="start", payload={"number": one})["token"] for one in range(200)]
        while (place := ask(action="get", token=tokens[-1])["position"]) != 196:
            assert place > 196  # the first four are on their way to their threads
        assert ask(action="get", token=tokens[100])["position"] == 97
        for number in range(200):
            assert began.acquire(timeout=TIMEOUT)
            if number >= 3:
                step.release()  # one ends, one begins
        step.release(3)
        for token in tokens:
            job = server.jobs.table.named(token)
            assert job.ended.wait(TIMEOUT)
        results = [json.loads(ask(action="get", token=one)["result"]) for one in tokens]
    assert results == list(range(200))
    assert sorted(order[:4]) + order[4:] == results  # four begin at the same moment
    assert most[1] == 4


def test_10_000_jobs_leave_nothing(serve: Any) -> None:
    """Queued and drained: what is left is the room that emptied tables keep."""
    server, _ = serve(lambda payload: payload, job_start_wait=0.0)
    worker, table = _worker_of(server), server.jobs.table

    def drain(count: int) -> None:
        tokens = []
        for number in range(count):
            start = {"action": "start", "payload": {"n": number}}
            tokens.append(worker.compute_worker(None, start)["token"])
        for token in tokens:
            job = table.named(token)
            assert job is None or job.ended.wait(TIMEOUT)
            worker.compute_worker(None, {"action": "get", "token": token})
        gc.collect()

    drain(500)
    tracemalloc.start()
    try:
        drain(500)
        before = tracemalloc.get_traced_memory()[0]
        drain(10_000)
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 1_000_000  # a job alone takes more than 100 bytes
    assert len(table) == 0


def _worker_of(server: QuickServer) -> Any:
    """What answers at "/job"."""
    from quick_htag.messages.request import Request

    return server.app.target(Request("POST", "/job")).handler._worker  # type: ignore[attr-defined]


def test_a_result_of_30_mb(serve: Any) -> None:
    """It comes in pieces and is whole."""
    text = "0123456789abcdef" * (2 * 1024 * 1024 - 4096)
    server, url = serve(lambda payload: text)
    result = worker_request(url, {})
    assert len(result) > 30 * 1024 * 1024
    assert hashlib.sha256(result.encode()).digest() == hashlib.sha256(text.encode()).digest()
    assert len(server.jobs.table) == 0
    assert server.jobs.table.next_deadline() is None  # no piece is left


def test_waiting_jobs_hold_no_request_worker(serve: Any) -> None:
    """With few of these and many jobs under way, an endpoint answers long before they end."""
    go = threading.Event()
    server, url = serve(lambda payload: go.wait(TIMEOUT), max_threads=4)
    server.json_get("/quick")(lambda req, args: 1)
    for _ in range(30):
        requests.post(url, json={"action": "start"}, timeout=TIMEOUT)
    answer = requests.get(f"{server.url}quick", timeout=TIMEOUT / 2)
    assert answer.status_code == 200
    go.set()


def test_a_job_outlives_the_client_that_started_it(serve: Any) -> None:
    """Another connection goes on with its token."""
    there, go = threading.Event(), threading.Event()

    def work(payload: Any) -> str:
        progress(0.5, "half")
        there.set()
        while not go.is_set():
            check()
        return "done"

    server, url = serve(work)
    with requests.Session() as client:
        answer = client.post(url, json={"action": "start"}, timeout=TIMEOUT).json()
    assert there.wait(TIMEOUT)
    get = {"action": "get", "token": answer["token"]}
    again = requests.post(url, json=get, timeout=TIMEOUT).json()
    assert again["progress"] == {"fraction": 0.5, "text": "half"}
    go.set()
    assert server.jobs.table.named(answer["token"]).ended.wait(TIMEOUT)
    assert requests.post(url, json=get, timeout=TIMEOUT).json()["result"] == '"done"'


def test_a_killed_process_over_http(
    start_server: Callable[..., QuickServer], live_apps: Path, tmp_path: Path
) -> None:
    """``stop`` ends a job that never looks, and the next one has its place."""
    import cpu_jobs

    server = start_server(executor="processes", settings=Settings(job_processes=1))
    server.json_worker("/forever")(cpu_jobs.forever)
    server.json_worker("/add")(cpu_jobs.add)
    url = f"{server.url}forever"
    post = {"action": "start", "payload": {"pid": str(tmp_path / "pid")}}
    token = requests.post(url, json=post, timeout=TIMEOUT).json()["token"]
    end = time.monotonic() + TIMEOUT
    while not (tmp_path / "pid").exists():
        assert time.monotonic() < end
    requests.post(url, json={"action": "stop", "token": token}, timeout=TIMEOUT)
    assert worker_request(f"{server.url}add", {"numbers": [1, 2]}, timeout=TIMEOUT) == 3


SERVER = """
import os, sys, time
from quick_htag import SQLiteStore, create_server
def wait(payload):
    while not os.path.exists(payload["until"]):
        time.sleep(0.01)
    return "waited"
with create_server(("", 0), store=SQLiteStore(sys.argv[1])) as server:
    server.no_command_loop = True
    server.json_worker("/job")(wait)
    server.start()
    print(server.url, flush=True)
    sys.stdin.read()
"""


def test_a_killed_server_loses_no_result(start_server: Any, tmp_path: Path) -> None:
    """``kill -9``: the next one has what was done, and knows that the rest is lost."""
    path = str(tmp_path / "store.db")
    pipe = subprocess.PIPE
    first = subprocess.Popen(
        [sys.executable, "-c", SERVER, path], cwd=ROOT, stdin=pipe, stdout=pipe, text=True
    )
    assert first.stdout is not None
    url = first.stdout.readline().strip()

    def start(name: str) -> str:
        post = {"action": "start", "payload": {"until": str(tmp_path / name)}}
        token: str = requests.post(f"{url}job", json=post, timeout=TIMEOUT).json()["token"]
        return token

    done, running = start("go"), start("never")
    (tmp_path / "go").touch()  # not before the answers have come, which have no result so
    with SQLiteStore(path) as store:
        until(lambda: store.get(_key(done))["state"] == "done")
    first.kill()
    first.communicate()
    # a minute later, when a server that still lived would have said so
    with SQLiteStore(path, clock=lambda: time.time() + 61.0) as store:
        server = start_server(lambda made: made.json_worker("/job")(len), store=store)

        def get(token: str) -> Any:
            post = {"action": "get", "token": token}
            return requests.post(f"{server.url}job", json=post, timeout=TIMEOUT)

        assert get(done).json()["result"] == '"waited"'
        assert get(running).status_code == 410
        server.shutdown()
