"""What a worker answers about its server."""

from __future__ import annotations

import http.client
import json
import sys
import threading
from typing import Any

import pytest

from quick_htag.process.commands import CommandTable
from quick_htag.workers.answers import Answers, CommandLog
from quick_htag.workers.worker import Worker
from tests.patience import until


class Log:
    """Keeps lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def message(self, text: str) -> None:
        self.lines.append(text)

    def error(self, *args: Any, **named: Any) -> None:
        self.lines.append(f"error {args[1]}")


class Stuck:
    """A server that hangs."""

    def comes_round(self, timeout: float) -> bool:
        return False


def test_a_command_is_heard_by_who_asked():
    """What other threads say meanwhile goes where it always goes."""
    log = Log()
    heard = CommandLog(log)
    table = CommandTable(heard)

    def speak(args):
        other = threading.Thread(target=heard.message, args=("other",))
        other.start()
        other.join()
        heard.message("mine")

    table.add("speak", speak)
    assert heard.heard(table, "speak") == "mine"
    assert log.lines == ["other"]
    heard.message("later")
    assert log.lines == ["other", "later"]


def test_failures_of_commands_are_in_the_log():
    """Not in the answer."""
    log = Log()
    heard = CommandLog(log)
    table = CommandTable(heard)
    table.add("fail", lambda args: int("x"))
    assert heard.heard(table, "fail") == ""
    assert log.lines == ["error exception executing command fail"]


def test_the_state_of_a_server_is_answered(live_server):
    """Rows as dicts, numbers as dicts, and only the program's own commands."""
    log = CommandLog(live_server.log)
    live_server.commands.add("greet", print, 1, help="Say hello.", once=True)
    live_server.commands.fill_later(live_server._add_builtin_commands)
    answers = Answers(live_server, live_server.commands, log, Worker({}))
    assert answers.commands() == [["greet", 1, "", "Say hello.", True]]
    named = answers.commands("log_slow", "greet", "nothing")
    assert [one[:3] for one in named] == [["greet", 1, ""], ["log_slow", 1, "on|off|SECONDS"]]
    assert answers.rows("jobs") == []
    assert answers.status()["requests"]["polls"] == 0
    assert answers.end_sessions(["nobody"]) == 0


def test_a_worker_whose_servers_come_round_is_alive(live_server, monkeypatch):
    """What a debugger halts may not answer the next time; what hangs does not now."""
    worker = Worker({})
    answers = Answers(live_server, live_server.commands, live_server.log, worker)
    worker.watch(live_server._comes_round)
    assert answers.alive(30.0) == "well"
    monkeypatch.setitem(sys.modules, "pydevd", sys)
    assert answers.alive(30.0) == "debugged"
    stuck = Stuck()
    worker.watch(stuck.comes_round)
    assert answers.alive(30.0) is None
    del stuck  # a server that is gone is no worker's business
    assert answers.alive(30.0) == "debugged"


def _post(program, body, cookie=""):
    connection = http.client.HTTPConnection(*program.address, timeout=30.0)
    try:
        head = {"Content-Type": "application/json", "Cookie": cookie}
        connection.request("POST", "/job", json.dumps(body), head)
        answer = connection.getresponse()
        assert answer.status == 200, answer.status
        return json.loads(answer.read())
    finally:
        connection.close()


@pytest.mark.skipif(sys.platform == "win32", reason="workers share a socket of POSIX")
def test_a_job_may_be_asked_for_in_any_worker(steady):
    """How far it is, its long result piece by piece, and that it is to stop."""
    program = steady
    program.workers(2)
    token = _post(program, {"action": "start", "payload": {"size": 3_000_000}})["token"]

    def told() -> Any:
        return _post(program, {"action": "get", "token": token}).get("progress")

    until(told)  # so it has begun
    for _ in range(12):  # each on a connection of its own, so some come to the other worker
        assert told() == {"fraction": 0.5, "text": "half"}
    (program.folder / "go").touch()
    done = until(lambda: (one := _post(program, {"action": "get", "token": token}))["done"] and one)
    pieces = [
        _post(program, {"action": "cargo", "token": piece})["result"] for piece in done["result"]
    ]
    (program.folder / "go").unlink()
    assert len(pieces) == 3
    assert len(json.loads("".join(pieces))["text"]) == 3_000_000


@pytest.mark.skipif(sys.platform == "win32", reason="workers share a socket of POSIX")
def test_a_job_is_stopped_from_any_worker(steady):
    """It hears of it wherever it runs, and not when its worker looks into the store."""
    for _ in range(3):
        token = _post(steady, {"action": "start", "payload": {}})["token"]
        _post(steady, {"action": "stop", "token": token})
        steady.wait_for("a job was stopped")
