"""``json_worker`` on a server."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests

from quick_htag import BaseWorker, ConfigurationError, DefaultWorker, QuickServer, Settings

TIMEOUT = 30
PATIENT = Settings(job_start_wait=TIMEOUT)  # a busy machine needs a while for a quick job, too


@pytest.fixture
def ask(start_server: Callable[..., QuickServer]) -> Any:
    """``ask(setup, action, client=requests, settings=None, **fields)`` at "/job" of a server."""
    servers: list[QuickServer] = []

    def send(
        setup: Any,
        action: str,
        client: Any = requests,
        settings: Settings | None = None,
        **fields: Any,
    ) -> Any:
        if setup is not None:
            servers.append(start_server(setup, settings=settings))
        url = f"{servers[-1].url}job"
        return client.post(url, json={"action": action, **fields}, timeout=TIMEOUT)

    return send


def test_a_decorated_function_stays_itself(live_server: QuickServer) -> None:
    """So decorators stack."""

    def job(payload: Any) -> int:
        return 1

    assert live_server.json_worker("/job")(job) is job
    assert job({}) == 1


def test_over_http(ask: Any) -> None:
    """The whole way of a quick job."""
    fields = {"settings": PATIENT, "payload": {"a": [1]}}
    answer = ask(lambda server: server.json_worker("/job")(lambda got: got), "start", **fields)
    assert answer.status_code == 200
    assert json.loads(answer.json()["result"]) == {"a": [1]}


def test_a_job_belongs_to_its_session(ask: Any) -> None:
    """Whoever guesses or overhears a token of a session without its cookie has nothing."""
    go = threading.Event()

    def setup(server: QuickServer) -> None:
        server.json_worker("/job")(lambda payload: go.wait(TIMEOUT))
        server.json_get("/login")(lambda req, args: req.session.update(name=1))

    ann, eve = requests.Session(), requests.Session()
    token = ask(setup, "start").json()["token"]
    url = ask(None, "stop", token=token).request.url
    for visitor in (ann, eve):
        visitor.get(url.replace("/job", "/login"), timeout=TIMEOUT)
    token = ask(None, "start", ann).json()["token"]
    for other in (eve, requests):
        assert not ask(None, "get", other, token=token).json()["continue"]
        ask(None, "stop", other, token=token)
    assert ask(None, "get", ann, token=token).json()["continue"]
    go.set()


def test_chunk_size_is_looked_up_per_answer(ask: Any) -> None:
    """It is an attribute of the server."""

    def setup(server: QuickServer) -> None:
        server.json_worker("/job")(lambda payload: "x" * 30)
        server.max_chunk_size = 10

    assert len(ask(setup, "start", settings=PATIENT).json()["result"]) == 4


def test_a_worker_of_your_own(start_server: Callable[..., QuickServer]) -> None:
    """Called once for each endpoint, with what quick_server gives it."""
    made: list[Any] = []

    def construct(mask: str, fun: Any, **options: Any) -> BaseWorker:
        made.append((mask, fun, sorted(options)))
        return DefaultWorker(mask, fun, **options)

    server = start_server(worker_constructor=construct, soft_worker_death=True)
    server.json_worker("/a")(int)
    assert made == [
        (
            "/a",
            int,
            [
                "cache",
                "cache_id",
                "cache_method",
                "cache_section",
                "get_max_chunk_size",
                "is_verbose_workers",
                "log",
                "name_prefix",
                "soft_worker_death",
                "thread_factory",
            ],
        )
    ]


@pytest.mark.parametrize("limit", [0, -1.0, float("inf"), float("nan")])
def test_a_time_limit_that_is_none(live_server: QuickServer, limit: float) -> None:
    """Is refused."""
    with pytest.raises(ConfigurationError, match="time_limit"):
        live_server.json_worker("/job", time_limit=limit)


def test_the_end_of_the_server_ends_its_jobs(start_server: Callable[..., QuickServer]) -> None:
    """A job that looks is over before ``shutdown`` returns; a job may call it, too."""
    server = start_server()
    server.json_worker("/job")(lambda payload: server.shutdown())
    url = f"{server.url}job"
    requests.post(url, json={"action": "start"}, timeout=TIMEOUT)
    server.shutdown()
    assert server.done


@pytest.mark.parametrize("first", [True, False])
def test_a_get_of_your_own_is_answered(
    start_server: Callable[..., QuickServer], first: bool
) -> None:
    """Whichever of the two was registered first."""
    server = start_server()
    adds = [
        lambda: server.json_worker("/job")(int),
        lambda: server.json_get("/job", 0)(lambda req, args: "mine"),
    ]
    for add in adds if first else adds[::-1]:
        add()
    assert requests.get(f"{server.url}job", timeout=TIMEOUT).json() == "mine"


def test_a_job_can_be_followed(start_server: Callable[..., QuickServer]) -> None:
    """Its items and its end come as server-sent events; then the result is fetched."""
    go = threading.Event()

    def work(payload: Any) -> Any:
        yield "one"
        go.wait(TIMEOUT)
        yield "two"

    server = start_server(lambda made: made.json_worker("/job")(work))
    url = f"{server.url}job"
    token = requests.post(url, json={"action": "start"}, timeout=TIMEOUT).json()["token"]
    ask: Any = {"params": {"token": token}, "stream": True, "timeout": TIMEOUT}
    with requests.get(url, **ask) as answer:
        lines = answer.iter_lines(decode_unicode=True)
        assert answer.headers["content-type"] == "text/event-stream"
        assert 'data: "one"' in lines  # it may have waited for its turn before
        go.set()
        assert 'data: {"state": "done"}' in list(lines)
    answer = requests.post(url, json={"action": "get", "token": token}, timeout=TIMEOUT)
    assert json.loads(answer.json()["result"]) == ["one", "two"]


@pytest.mark.parametrize(
    ("query", "status"), [("", 405), ("?token=1", 404), ("?token=1&seen=x", 400)]
)
def test_nothing_to_follow(start_server: Any, query: str, status: int) -> None:
    """Is told by the status, so that a client goes on asking."""
    server = start_server(lambda made: made.json_worker("/job")(int))
    assert requests.get(f"{server.url}job{query}", timeout=TIMEOUT).status_code == status
