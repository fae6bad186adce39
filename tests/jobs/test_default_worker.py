"""The protocol over the table of jobs."""

from __future__ import annotations

import json
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from quick_htag.errors import ConfigurationError, HTTPError, PreventDefaultResponse
from quick_htag.jobs.context import check, progress
from quick_htag.jobs.default_worker import DefaultWorker
from quick_htag.jobs.running_job import JobPlan
from tests.patience import until

TIMEOUT = 30
REQUEST = SimpleNamespace()


def _worker(fun: Any, said: Any, chunk: int = 1000) -> DefaultWorker:
    return DefaultWorker(
        "/job",
        fun,
        log=said.message,
        cache_id=None,
        cache=None,
        cache_method="string",
        cache_section="www",
        thread_factory=threading.Thread,
        name_prefix="job",
        soft_worker_death=False,
        get_max_chunk_size=lambda: chunk,
        is_verbose_workers=lambda: True,
    )


def _maker(jobs: Any, said: Any) -> Any:
    def make(fun: Any, chunk: int = 1000) -> Any:
        made = _worker(fun, said, chunk)
        made.attach(jobs.service, JobPlan(fun, "/job"))
        made.ask = lambda action, **rest: made.compute_worker(  # type: ignore[attr-defined]
            REQUEST, {"action": action, **rest}
        )
        return made

    return make


@pytest.fixture
def worker(jobs: Any, said: Any) -> Any:
    """``worker(fun, chunk)`` has a method ``ask(action, **fields)``."""
    return _maker(jobs, said)


@pytest.fixture
def patient(make_jobs: Any, said: Any) -> Any:
    """As ``worker``; a start waits for its job as long as a busy machine needs for a quick one."""
    return _maker(make_jobs(job_start_wait=TIMEOUT), said)


def test_a_quick_job_is_answered_at_once(patient: Any) -> None:
    """Its result is text, and comes with the answer to its start."""
    answer = patient(lambda payload: payload).ask("start", payload={"a": 1})
    assert (answer["done"], answer["continue"]) == (True, False)
    assert json.loads(answer["result"]) == {"a": 1}


def test_a_slow_job_is_fetched(worker: Any, jobs: Any) -> None:
    """Running, done, gone; the token is echoed as it came."""
    go = threading.Event()
    made = worker(lambda payload: go.wait(TIMEOUT))
    token = made.ask("start")["token"]
    until(lambda: jobs.table.named(token).state == "running")
    nothing = {"token": int(token), "done": False, "result": None}
    assert made.ask("get", token=int(token)) == {**nothing, "continue": True}
    go.set()
    jobs.table.named(token).ended.wait(TIMEOUT)
    done = {"token": int(token), "done": True, "result": "true", "continue": False}
    assert made.ask("get", token=int(token)) == done
    assert made.ask("get", token=int(token)) == {**nothing, "continue": False}


def test_a_long_result_is_cargo(patient: Any) -> None:
    """The pieces in order are the text; each is given once."""
    made = patient(lambda payload: "x" * 25, chunk=10)
    answer = made.ask("start")
    assert (answer["done"], answer["continue"]) == (True, True)
    pieces = [made.ask("cargo", token=name)["result"] for name in answer["result"]]
    assert json.loads("".join(pieces)) == "x" * 25
    with pytest.raises(HTTPError, match="404"):
        made.ask("cargo", token=answer["result"][0])


def test_stop_is_never_an_error(worker: Any, said: Any) -> None:
    """An unknown token is none; a running job is stopped, and that is logged if wanted."""
    go = threading.Event()
    made = worker(lambda payload: go.wait(TIMEOUT))
    token = made.ask("start")["token"]
    for one in (token, token, 0):
        stopped = {"token": one, "done": True, "result": None, "continue": False}
        assert made.ask("stop", token=one) == stopped
    assert said.lines == [f"killed worker {token[-6:]}"]
    go.set()


@pytest.mark.parametrize(
    "post", [{}, {"action": "dance"}, {"action": "get"}, {"action": "get", "token": [1]}]
)
def test_no_request_of_the_protocol(worker: Any, post: dict[str, Any]) -> None:
    """It is the client's fault."""
    with pytest.raises(HTTPError, match="400"):
        worker(int).compute_worker(REQUEST, post)


def test_progress_and_items_come_with_get(worker: Any, jobs: Any) -> None:
    """Items from the one that was not seen yet, when the client counts."""
    go, there = threading.Event(), threading.Event()

    def numbers(payload: Any) -> Any:
        progress(0.25, "begun")
        yield 1
        yield 2
        there.set()
        go.wait(TIMEOUT)
        yield 3

    made = worker(numbers)
    token = made.ask("start")["token"]
    assert there.wait(TIMEOUT)
    answer = made.ask("get", token=token, seen=1)
    assert (answer["first"], answer["items"]) == (1, [2])
    assert answer["progress"] == {"fraction": 0.25, "text": "begun"}
    assert "items" not in made.ask("get", token=token)
    go.set()
    jobs.table.named(token).ended.wait(TIMEOUT)
    answer = made.ask("get", token=token, seen=2)
    assert (answer["first"], answer["items"], answer["result"]) == (2, [3], "[1, 2, 3]")


def test_a_waiting_job_has_a_position(worker: Any, jobs: Any) -> None:
    """1 is the next; those that run have none."""
    go = threading.Event()
    made = worker(lambda payload: go.wait(TIMEOUT))
    tokens = [made.ask("start")["token"] for _ in range(4)]
    until(lambda: [jobs.table.named(token).state for token in tokens[:2]] == ["running"] * 2)
    states = [made.ask("get", token=token) for token in tokens]
    assert [state.get("position") for state in states] == [None, None, 1, 2]
    go.set()


def test_a_failure_is_told_once(patient: Any, said: Any) -> None:
    """And the log of the request has neither payload nor reason."""
    made = patient(lambda payload: payload["x"])
    with pytest.raises(HTTPError, match="500 worker error"):
        made.ask("start", payload={"secret": "s3cret"})
    assert "s3cret" not in "".join(said.lines)
    assert said.lines[-1] == "Error processing worker command: start of /job"


def test_an_early_answer_is_passed_on(patient: Any) -> None:
    """With its code and text."""

    def answer(payload: Any) -> None:
        raise PreventDefaultResponse(402, "pay")

    with pytest.raises(PreventDefaultResponse) as caught:
        patient(answer).ask("start")
    assert (caught.value.code, caught.value.msg) == (402, "pay")


def test_one_made_by_hand_says_what_is_missing(said: Any) -> None:
    """It needs a server."""
    with pytest.raises(ConfigurationError, match="made by a server"):
        _worker(int, said).compute_worker(REQUEST, {"action": "start"})


def test_the_methods_of_base_worker(worker: Any) -> None:
    """Subclasses may use them: a job by hand, from its key to its result."""
    made = worker(int)
    key = made.reserve_worker()
    assert not made.is_done(key)
    made.add_task(key, threading.current_thread, False)
    made.set_task_result(key, "7")
    assert made.is_done(key)
    assert made.remove_worker(key) == ("7", None)
    assert made.remove_worker(key)[1][1] is None
    assert made.get_key() != key
    other = made.reserve_worker()
    made.set_task_pdr(other, PreventDefaultResponse(402, "pay"))
    assert made.remove_worker(other) == (None, ("__pdr402", "pay"))
    failed = made.reserve_worker()
    made.set_task_err(failed, ValueError("no"))
    made.remove_from_cancelled(failed)
    assert made.remove_worker(failed) == (None, ("worker error", "ValueError('no')"))
    (piece,) = made.add_cargo("text")
    assert made.remove_cargo(piece) == "text"
    with pytest.raises(KeyError):
        made.remove_cargo(piece)


NAME = {"id": "a name of my own choice"}


def test_a_start_is_stopped_by_its_own_name(worker: Any, jobs: Any) -> None:
    """Its client has no answer yet, so it knows no token."""
    made = worker(lambda _: [check() for _ in iter(int, 1)])
    job = jobs.table.named(made.ask("start", **NAME)["token"])
    made.ask("stop", token="", **NAME)
    assert job.ended.wait(TIMEOUT)
    assert job.state == "cancelled"


def test_a_stop_that_is_faster_than_its_start(worker: Any, jobs: Any) -> None:
    """The function is not called."""
    made = worker(pytest.fail)
    made.ask("stop", token="", **NAME)
    answer = made.ask("start", **NAME)
    assert (answer["done"], answer["continue"]) == (False, False)
    assert len(jobs.table) == 0


@pytest.mark.parametrize("name", ["short", "x" * 65, 7, ["a"]])
def test_a_name_that_is_none(worker: Any, jobs: Any, name: Any) -> None:
    """Is refused, and starts nothing."""
    with pytest.raises(HTTPError) as refused:
        worker(pytest.fail).ask("start", id=name)
    assert (refused.value.status, len(jobs.table)) == (400, 0)
