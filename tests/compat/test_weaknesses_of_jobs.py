"""The weaknesses of quick_server's workers on the server's side: W19, W24 to W26, W28 to W30."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import requests

from quick_htag import (
    DiskCache,
    MessageLog,
    PreventDefaultResponse,
    QuickServer,
    Settings,
    WorkerDeath,
    check,
    get_worker_check,
    is_worker_alive,
)
from tests.patience import until

TIMEOUT = 30
# of a server for quick jobs: a busy machine needs a while for these, too
PATIENT = {"settings": Settings(job_start_wait=TIMEOUT)}


class Asked:
    """A server with one worker at "/job", and a client that keeps its connection."""

    def __init__(self, server: QuickServer) -> None:
        self.server = server
        self.client = requests.Session()

    def post(self, action: str, **fields: Any) -> requests.Response:
        """One request of the protocol."""
        post = {"action": action, **fields}
        return self.client.post(f"{self.server.url}job", json=post, timeout=TIMEOUT)

    def ask(self, action: str, **fields: Any) -> Any:
        """Its answer."""
        answer = self.post(action, **fields)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def result(self, payload: Any) -> Any:
        """What a new job gives, however long it takes."""
        answer = self.ask("start", payload=payload)
        token = answer["token"]
        while not answer["done"]:
            answer = self.ask("get", token=token)
        return answer["result"]

    def job(self, token: str) -> Any:
        """The job behind a token."""
        return self.server.jobs.table.named(token)


@pytest.fixture
def worker(start_server: Callable[..., QuickServer]) -> Any:
    """``worker(fun, **options)``; ``server`` among them are options of the server."""
    made: list[Asked] = []

    def start(fun: Any, server: Any = None, **options: Any) -> Asked:
        def setup(one: QuickServer) -> None:
            one.suppress_noise = True
            one.json_worker("/job", **options)(fun)

        made.append(Asked(start_server(setup, **(server or {}))))
        return made[-1]

    yield start
    for one in made:
        one.client.close()


def _job_threads() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name.startswith("quick_htag-job-")]


def test_w19_finished_jobs_hold_no_thread(worker: Any) -> None:
    """Thirty jobs need a few threads, which end when they are idle."""
    asked = worker(
        lambda payload: 1, {"settings": Settings(thread_idle_timeout=0.05, job_start_wait=TIMEOUT)}
    )
    for _ in range(30):
        asked.ask("start", payload={})
    assert len(_job_threads()) < 10  # one or two, and never one for each
    until(lambda: not set(_job_threads()) - {"quick_htag-job-reaper"})


def test_w19_an_empty_job_does_not_wait(worker: Any) -> None:
    """The answer to its start has the result, after milliseconds and not after 0.1 s."""
    asked = worker(lambda payload: None)

    def is_quick() -> bool:
        begun = time.perf_counter()
        result = asked.ask("start")["result"]
        return result == "null" and time.perf_counter() - begun < 0.05

    until(is_quick)


@pytest.mark.parametrize("kind", [int, str])
def test_w24_a_slow_job_is_delivered_to_any_token(worker: Any, kind: Any) -> None:
    """As a number, as browsers of old send it, and as text; it comes back as it was sent."""
    go = threading.Event()
    asked = worker(lambda payload: go.wait(TIMEOUT))
    token = asked.ask("start")["token"]
    assert int(token) < 2**53  # exact as a number of JavaScript
    assert asked.ask("get", token=kind(token))["continue"]
    go.set()
    asked.job(token).ended.wait(TIMEOUT)
    answer = asked.ask("get", token=kind(token))
    assert (answer["token"], answer["result"]) == (kind(token), "true")


def test_w25_a_job_is_asked_to_stop(worker: Any) -> None:
    """Nothing is thrown into it: it sees by itself that it is not wanted."""
    begun, seen = threading.Event(), threading.Event()

    def work(payload: Any) -> None:
        wanted = get_worker_check()
        begun.set()
        while wanted() and is_worker_alive():
            pass
        seen.set()

    asked = worker(work)
    token = asked.ask("start")["token"]
    assert begun.wait(TIMEOUT)
    asked.ask("stop", token=token)
    assert seen.wait(TIMEOUT)


def test_w25_no_handler_swallows_the_end(worker: Any) -> None:
    """``WorkerDeath`` comes at points the job has chosen, and is no ``Exception``."""
    begun, ended = threading.Event(), threading.Event()

    def work(payload: Any) -> None:
        begun.set()
        try:
            while True:
                try:
                    check()
                except Exception:
                    continue
        except WorkerDeath:
            ended.set()

    asked = worker(work)
    token = asked.ask("start")["token"]
    assert begun.wait(TIMEOUT)
    asked.ask("stop", token=token)
    assert ended.wait(TIMEOUT)


def test_w26_tokens_cannot_be_guessed(worker: Any) -> None:
    """No two are near each other: they are random, not taken from a clock."""
    asked = worker(lambda payload: 1)
    tokens = sorted(int(asked.ask("start")["token"]) for _ in range(50))
    assert len({token >> 20 for token in tokens}) == 50


def test_w26_a_token_is_good_for_its_session_only(worker: Any) -> None:
    """Another visitor who knows it neither reads the job nor stops it."""
    go = threading.Event()
    asked = worker(lambda payload: go.wait(TIMEOUT))
    asked.server.json_get("/login")(lambda req, args: req.session.update(name=1))
    asked.client.get(f"{asked.server.url}login", timeout=TIMEOUT)
    token = asked.ask("start")["token"]
    assert asked.client.cookies
    stranger = Asked(asked.server)
    assert not stranger.ask("get", token=token)["continue"]
    stranger.ask("stop", token=token)
    stranger.client.close()
    assert asked.ask("get", token=token)["continue"]
    go.set()


def test_w28_failed_jobs_do_not_log_their_payload(worker: Any) -> None:
    """The log has the action, the end of the key, and what was raised."""
    said = StringIO()
    asked = worker(lambda payload: payload["a"]["b"], {"log": MessageLog(said), **PATIENT})
    assert asked.post("start", payload={"a": [], "password": "s3cret"}).status_code == 500
    assert "Error processing worker command: start of /job" in said.getvalue()
    assert "TypeError" in said.getvalue()
    assert "s3cret" not in said.getvalue()


def test_w29_the_cache_is_looked_up_for_each_job(worker: Any, tmp_path: Path) -> None:
    """It may be set after the decorator, and taken away again."""
    made: list[int] = []

    def work(payload: Any) -> int:
        made.append(1)
        return len(made)

    asked = worker(work, cache_id=lambda payload: {"id": payload["id"]})
    results = [asked.result({"id": 1})]
    with DiskCache(tmp_path / "cache.db") as cache:
        asked.server.cache = cache
        results += [asked.result({"id": 1}) for _ in range(2)]
        asked.server.cache = None
        results.append(asked.result({"id": 1}))
    assert results == ["1", "2", "2", "3"]


def test_w30_an_early_answer_without_a_code(worker: Any) -> None:
    """The job is done, with nothing as its result."""

    def work(payload: Any) -> None:
        raise PreventDefaultResponse

    answer = worker(work, PATIENT).ask("start")
    assert (answer["done"], answer["result"]) == (True, "null")


def test_w30_a_stop_at_any_moment_leaves_nothing(worker: Any) -> None:
    """Waiting, running or done: the job is forgotten at once, and its thread is free."""

    def work(payload: Any) -> None:
        while payload.get("long"):
            check()

    asked = worker(work, {"settings": Settings(job_threads=2, job_start_wait=0.0)})
    for step in range(100):
        token = asked.ask("start", payload={"long": step % 2})["token"]
        asked.ask("stop", token=token)
    assert len(asked.server.jobs.table) == 0
    assert asked.result({}) == "null"
