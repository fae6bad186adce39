"""What scripts for quick_server rely on, point by point: whole programs and their prompts."""

from __future__ import annotations

import re
import signal
import sys
from typing import Any

import pytest
import requests

TIMEOUT = 30.0  # seconds

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

SERVE = """
import os, sys
import quick_htag as quick_server
from quick_htag import create_server, msg, setup_restart, setup_shutdown
{first}
server = create_server(("", 0))
server.text_get("/x", 0)(lambda req, args: "x")

@server.cmd()
def say_env(args):
    msg("env {{0}}.", {{n: os.environ.get("QUICK_SERVER_" + n) for n in ("RESTART", "SUBSEQ")}})

{more}
msg("starting server at {{0}}:{{1}}", *server.server_address)
try:
    server.serve_forever()
finally:
    msg("shutting down..")
    server.server_close()
{last}
"""


def serve(first: str = "", more: str = "", last: str = "") -> str:
    """A whole script."""
    return SERVE.format(first=first, more=more, last=last)


def test_line_6_where_things_are_said(launch: Any) -> None:
    """The log with its heads is on stderr, the prompt on stdout."""
    program = launch(serve())
    program.type("help\nnonsense\nquit\n")
    assert program.end() == 0
    assert re.match(r"script\.py \(\d+\): starting server at 127\.0\.0\.1:\d+\n", program.said)
    assert "[SERVER] available commands:\n[SERVER]     say env\n" in program.said
    assert 'command "nonsense" invalid; type help or use <TAB> for a list' in program.said
    assert program.stdout.read().startswith("> ")
    assert "> \n" not in program.said


@posix
@pytest.mark.parametrize(
    ("first", "typed", "env", "code"),
    [
        ("", "quit\n", {}, 0),
        ("setup_restart()", "quit\n", {}, 0),
        ("setup_restart()", "restart\n", {"QUICK_SERVER_RESTART": "42"}, 42),
        ("setup_restart()", "restart\n", {"QUICK_SERVER_RESTART": "50"}, 50),
    ],
)
def test_line_7_exit_codes(launch: Any, first: str, typed: str, env: Any, code: int) -> None:
    """Zero for ``quit``; a supervised child asks for a restart with the code it was given."""
    program = launch(serve(first), **env)
    program.type(typed)
    assert program.end() == code


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_line_7_130_after_a_signal(launch: Any, number: int) -> None:
    """With ``setup_shutdown``."""
    program = launch(serve("setup_shutdown(pre_flush_wait=0.0, final_wait=0.0)"))
    program.type("say env\n")
    program.until("env ")
    program.process.send_signal(number)
    assert program.end() == 130


@posix
def test_line_7_names_in_the_environment(launch: Any) -> None:
    """The child of a supervisor has them, and so has what starts the program otherwise."""
    program = launch(serve("setup_restart()"))
    program.type("say env\nrestart\nsay env\nquit\n")
    assert program.until("env ").endswith("env {'RESTART': '42', 'SUBSEQ': None}.\n")
    assert program.until("env ").endswith("env {'RESTART': '42', 'SUBSEQ': '1'}.\n")
    assert program.end() == 0


@posix
def test_line_8_the_end_of_input_keeps_serving(launch: Any) -> None:
    """It says so."""
    program = launch(serve())
    port = program.until("starting").rpartition(":")[2].strip()
    program.stdin.close()
    program.until("no command loop - use CTRL-C to terminate")
    assert requests.get(f"http://127.0.0.1:{port}/x", timeout=TIMEOUT).text == "x"
    program.process.terminate()
    assert program.end() == 0
