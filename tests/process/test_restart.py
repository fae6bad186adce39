"""Restarts, and what a program can learn about itself."""

from __future__ import annotations

import sys
import types

import pytest

from quick_htag.process.restart import get_exec_arr, has_been_restarted, is_original

posix = pytest.mark.skipif(sys.platform == "win32", reason="exec() and pipes of POSIX")


@pytest.mark.parametrize(
    ("environment", "original", "restarted"),
    [
        ({}, True, False),
        ({"QUICK_SERVER_RESTART": "42"}, False, False),
        ({"QUICK_SERVER_RESTART": "42", "QUICK_SERVER_SUBSEQ": "1"}, False, True),
        ({"QUICK_SERVER_SUBSEQ": "1"}, False, True),
    ],
)
def test_environment_tells(monkeypatch, environment, original, restarted):
    """The environment says whether this is the first process, and whether it is a restart."""
    for name in ("QUICK_SERVER_RESTART", "QUICK_SERVER_SUBSEQ"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert (is_original(), has_been_restarted()) == (original, restarted)


def test_command_line_keeps_flags(monkeypatch):
    """Interpreter flags and arguments are kept; the interpreter is the running one."""
    monkeypatch.setattr(sys, "orig_argv", ["python", "-X", "dev", "-c", "pass", "a b"])
    assert get_exec_arr() == [sys.executable, "-X", "dev", "-c", "pass", "a b"]


def test_command_line_has_the_whole_path(monkeypatch, tmp_path):
    """A script named by a relative path is named by its whole one."""
    script = str(tmp_path / "script.py")
    main = types.ModuleType("__main__")
    main.__file__ = script
    monkeypatch.setitem(sys.modules, "__main__", main)
    monkeypatch.setattr(sys, "orig_argv", ["python", "-u", "../script.py", "x"])
    assert get_exec_arr() == [sys.executable, "-u", script, "x"]


@pytest.mark.parametrize("executable", ["", None])
def test_interpreter_of_unknown_place(monkeypatch, executable):
    """Where Python does not know its own path, PYTHON names it."""
    monkeypatch.setattr(sys, "executable", executable)
    monkeypatch.setenv("PYTHON", "/opt/my python")
    assert get_exec_arr()[0] == "/opt/my python"


@posix
def test_restart_keeps_the_lines_typed_ahead(live):
    """Lines behind ``restart`` on the pipe are run by the next process, which has the same id."""
    program = live("prompting.py", "interrupt", "")
    program.type("echo one\nrestart\necho two\nrestart\nquit\n")
    program.wait_for("restarted False")
    program.wait_for("heard one")
    program.wait_for("[SERVER] restarting: ")
    assert program.wait_for("\n").endswith("prompting.py interrupt ''")
    program.wait_for(f"process {program.process.pid}.")
    program.wait_for("restarted True")
    program.wait_for("heard two")
    program.wait_for("restarted True")
    assert program.exit_code() == 0


@posix
def test_restart_keeps_interpreter_flags(live):
    """The restarted interpreter has the flags of the first."""
    program = live("flags.py", flags=("-X", "utf8", "-u", "-B"))
    flags = program.wait_for("first\n")
    assert program.wait_for("second\n").endswith(flags)
    assert program.exit_code() == 4


@posix
def test_restart_runs_all_exit_functions_once(live):
    """Exit functions registered before and after the import of the package run, once each."""
    program = live("flags.py")
    program.wait_for("first\n")
    said = program.wait_for("second\n")
    assert said.count("early exit") == said.count("late exit") == 1


@posix
def test_exit_functions_can_be_skipped(live, monkeypatch):
    """With RUN_ATEXIT in the environment, a restart skips the exit functions."""
    monkeypatch.setenv("RUN_ATEXIT", "1")
    program = live("flags.py")
    program.wait_for("first\n")
    assert "early exit" not in program.wait_for("second\n")


@posix
def test_restart_of_a_relative_script(live, tmp_path):
    """A script given by a relative path is found although the program changed its folder."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "script.py").write_text(RELATIVE)
    program = live("script.py", relative=True)
    program.wait_for("again True")
    assert program.exit_code() == 0


RELATIVE = """
import os
from quick_htag.process.restart import has_been_restarted, request_restart
os.chdir("folder")
print("again", has_been_restarted(), flush=True)
if not has_been_restarted():
    request_restart()
"""


@posix
def test_restart_on_a_terminal(on_terminal):
    """A restart from the terminal leads to a prompt again."""
    program = on_terminal("prompting.py", "interrupt", "")
    program.wait_for("> ")
    program.type("restart\r")
    program.wait_for("restarted True")
    program.type("quit\r")
    program.wait_for("stopped ended=True")
    assert program.exit_code() == 0


@posix
def test_supervised_restart_keeps_the_lines_typed_ahead(live):
    """With a supervisor too, lines behind ``restart`` are run by the next process."""
    program = live("supervised_prompt.py")
    program.type("restart\necho two\nquit\n")
    program.wait_for("child")
    program.wait_for("child")
    program.wait_for("heard two")
    assert program.exit_code() == 0


@posix
def test_exit_codes_can_be_chosen(live):
    """The codes for restarts and errors are the script's to choose."""
    program = live("codes.py")
    program.wait_for("run False 50")
    program.wait_for("run True 50")
    assert program.exit_code() == 42
