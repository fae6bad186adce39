"""``status``, ``log``, ``reload`` and ``tokens`` at the prompt."""

from __future__ import annotations

from io import StringIO

import pytest

from quick_htag import MessageLog, create_server


@pytest.fixture
def said():
    """What was logged."""
    return StringIO()


@pytest.fixture
def server(said):
    """A server that does not serve."""
    with create_server(("", 0), log=MessageLog(said)) as server:
        yield server


def test_status(server, said):
    """It is there before the first request."""
    server.handle_cmd("status")
    assert "[SERVER] requests     0 in all, 0.0/s\n" in said.getvalue()


@pytest.mark.parametrize(
    ("line", "text", "level", "slow"),
    [
        ("log", "level all, slow requests off", "all", False),
        ("log level none", "level none, slow requests off", "none", False),
        ("log level loud", "the log has the levels all, failures, errors, none", "all", False),
        ("log slow on", "level all, slow requests from 5 s", "all", True),
        ("log slow 0.5", "level all, slow requests from 0.5 s", "all", 0.5),
        ("log slow often", "log slow takes on, off or seconds, not 'often'", "all", False),
        ("log slow -1", "report_slow_requests takes False, True, seconds", "all", False),
    ],
)
def test_log(server, said, line, text, level, slow):
    """What cannot be is explained and changes nothing."""
    server.handle_cmd(line)
    assert text in said.getvalue()
    assert (server.log_level, server.report_slow_requests) == (level, slow)


def test_slow_requests_off(server, said):
    """A function of the program is told of no more."""
    server.report_slow_requests = print
    server.handle_cmd("log")
    server.handle_cmd("log slow off")
    assert "slow requests to a function\n" in said.getvalue()
    assert server.report_slow_requests is False


def test_reload(server, said):
    """It says what was done."""
    server.on_reload(lambda: "texts read")
    server.handle_cmd("reload")
    assert "certificate: there is none" in said.getvalue()
    assert "<lambda>: texts read\n" in said.getvalue()


def test_tokens(server, said):
    """With their time and size, and never whole."""
    token = server.create_token()
    server.get_token_obj(token, 100.0)["a"] = 1
    server.handle_cmd("tokens")
    server.handle_cmd("tokens ttl>1h")
    assert token not in said.getvalue()
    assert f"{token[:6]}...  1m39s  7 B   1\n" in said.getvalue()
    assert said.getvalue().endswith("no tokens\n")


def test_own_commands_win(server, said):
    """A program that has a command of the same name keeps it."""
    server.add_cmd_method("status", lambda args: server.log.message("mine"))
    server.handle_cmd("status")
    assert said.getvalue() == "[SERVER] mine\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("sta", ["status"]),
        ("log ", ["level", "slow"]),
        ("log level f", ["failures"]),
        ("log slow o", ["off", "on"]),
        ("tok", ["tokens "]),
        ("tokens t", ["token=", "ttl<", "ttl>"]),
        ("help job", ["jobs"]),
    ],
)
def test_words_are_completed(server, line, words):
    """Each place has its own."""
    server.handle_cmd("")
    assert server.commands.complete(line) == words


@pytest.mark.parametrize("name", ["status", "log", "reload", "sessions", "tokens", "jobs"])
def test_every_command_has_help(server, said, name):
    """In the list, and more when asked."""
    server.handle_cmd("help")
    server.handle_cmd(f"help {name}")
    (listed,) = [
        line for line in said.getvalue().splitlines() if line.startswith(f"[SERVER]     {name}  ")
    ]
    assert listed.endswith(".")
    assert f"[SERVER] {name}" in said.getvalue()
