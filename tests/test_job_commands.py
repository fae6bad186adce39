"""The ``jobs`` commands."""

from __future__ import annotations

import threading
from io import StringIO

import pytest
import requests

from quick_htag import MessageLog, progress


@pytest.fixture
def said():
    """What was logged."""
    return StringIO()


@pytest.fixture
def server(start_server, said):
    """A job says that it is half done, and waits."""
    go, half = threading.Event(), threading.Event()

    def job(payload):
        progress(0.5, "half")
        half.set()
        go.wait(60.0)

    def setup(server):
        server.log_level = "none"
        server.json_worker("/job")(job)

    server = start_server(setup, log=MessageLog(said))
    start = {"action": "start", "payload": {"secret": "payload"}}
    answer = requests.post(f"{server.url}job", json=start, timeout=30).json()
    server.job_id = answer["token"][-6:]
    assert half.wait(60.0)
    yield server
    go.set()


def test_jobs_are_listed(server, said):
    """With how far they are."""
    server.handle_cmd("jobs columns=job,state,progress,text")
    assert f"{server.job_id}  running  50%       half\n" in said.getvalue()


def test_one_job_is_shown(server, said):
    """Neither its arguments nor its result are."""
    server.handle_cmd(f"jobs show {server.job_id}")
    assert "endpoint  /job\n" in said.getvalue()
    assert "payload" not in said.getvalue()


def test_one_job_is_cancelled(server, said):
    """Afterwards there is none."""
    server.handle_cmd(f"jobs cancel {server.job_id}")
    server.handle_cmd(f"jobs show {server.job_id}")
    server.handle_cmd("jobs")
    assert f"job {server.job_id} cancelled" in said.getvalue()
    assert f"no single job ends with {server.job_id}" in said.getvalue()
    assert said.getvalue().endswith("[SERVER] no jobs\n")


def test_a_failed_job_tells_its_status(start_server, said):
    """The details are in the log already."""
    go = threading.Event()

    def fail(payload):
        go.wait(60.0)
        raise RuntimeError("no")

    server = start_server(lambda server: server.json_worker("/job")(fail), log=MessageLog(said))
    start = {"action": "start", "payload": {}}
    token = requests.post(f"{server.url}job", json=start, timeout=30).json()["token"]
    go.set()
    assert server.jobs.table.snapshot()[0].ended.wait(30)
    server.handle_cmd(f"jobs show {token[-6:]}")
    assert "failure   500 worker error\n" in said.getvalue()


def test_words_are_completed(server):
    """The id as the only word."""
    server.handle_cmd("")  # brings the commands
    complete = server.commands.complete
    assert complete("jobs can") == ["cancel "]
    assert complete("jobs cancel ") == [server.job_id]
    assert complete("jobs show ") == [server.job_id]
    assert complete("jobs sta") == ["state="]
