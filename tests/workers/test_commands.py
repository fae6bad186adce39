"""The prompt of several workers, for real."""

from __future__ import annotations

import json
import re
import sys

import pytest

from tests.patience import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="workers share a socket of POSIX")


def test_commands_are_for_all_workers(steady):
    """Lists are put together, commands of the program run in all workers or in one."""
    program = steady
    pids = program.workers(2)
    program.type("workers\n")
    program.wait_for("worker  process  state")
    for index, pid in sorted(pids.items()):
        program.wait_for(f"{index}       {pid}")
    program.type("greet ann\n")
    told = program.wait_for("hello ann") + program.wait_for("hello ann")
    assert set(re.findall(r"w[12] site.py", told)) == {"w1 site.py", "w2 site.py"}
    program.type("send it\nlog level errors\nsessions columns=nothing\nnonsense\n")
    program.wait_for("sent it")
    program.wait_for("[SERVER] level errors, slow requests off")
    program.wait_for("nothing")
    program.wait_for('command "nonsense" invalid')
    assert program.said.count("sent it") == program.said.count("level errors,") == 1


def test_help_says_where_a_command_runs(steady):
    """And what it does, also of those that belong to the server in each worker."""
    program = steady
    program.type("help\n")
    said = program.wait_for("Send something once.") + program.wait_for("\n")
    lines = [line.partition("[SERVER]")[2].split(maxsplit=1) for line in said.splitlines()]
    told = {words[0]: words[1] for words in lines if len(words) == 2}
    assert told["status"].endswith("(all workers together).")
    assert told["reload"].startswith("Read the certificate")
    assert told["reload"].endswith("(in every worker)")
    assert told["greet"] == "Say hello to somebody. (in every worker)"
    assert told["send"] == "(in one worker)"


def test_a_command_says_what_to_type(steady):
    """Before any worker is asked to run it."""
    steady.type("log level\n")
    steady.wait_for("log_level expects 1 argument, got 0; type: log level all|failures|errors|none")


def test_a_session_is_one_whichever_worker_knows_it(steady):
    """It is listed once, and ended in all."""
    program = steady
    program.workers(2)
    program.ask("/count")
    cookie, seen = program.cookie.partition(";")[0], set()
    until(lambda: seen.add(program.ask("/count", Cookie=cookie)["pid"]) or len(seen) == 2)
    program.type("sessions columns=session\n")
    program.wait_for("[SERVER] session\n")
    short = program.wait_for("\n").split()[-1]
    program.type(f"status\nsessions kill {short}\n")
    program.wait_for("1, 0 live apps")
    program.wait_for(f"session {short} ended")
    assert program.ask("/count", Cookie=cookie)["count"] == 1
    assert json.dumps(short) not in program.said
