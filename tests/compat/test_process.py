"""Scripts for quick_server as programs: what they print, how they end, what they find around them.

The scripts are written as their users write them; each runs as a process of its own.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import quick_htag
from quick_htag import create_server
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 150.0  # seconds; a busy machine needs a while for a program

INVALID = "type help or use <TAB> for a list of commands"

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and pipes of POSIX")

SERVE = """
import os, sys
from quick_htag import create_server, msg, setup_restart, setup_shutdown, is_original
from quick_htag import has_been_restarted, add_shutdown_hook, set_restart_exit_code
{first}
server = create_server(("", 0))

@server.cmd()
def requests_uptime(args):
    msg("{{0}} {{1}}", "uptime", args)

@server.cmd(argc=1, complete=lambda args, text: ["full"])
def cache_clear(args):
    msg("cleared {{0}}", args[0])

@server.cmd(argc=0)
def fail(args):
    raise KeyError("of the command")

@server.cmd(argc=0)
def where(args):
    msg("original {{0}} restarted {{1}}", is_original(), has_been_restarted())
    msg("env {{0}}", sorted(name for name in os.environ if name.startswith("QUICK_SERVER")))

msg("{{0}}", " ".join(sys.argv))
msg("starting server at {{0}}:{{1}}", *server.server_address)
try:
    server.serve_forever()
finally:
    msg("shutting down..")
    server.server_close()
"""


@pytest.fixture
def script(tmp_path):
    """``script(typed, first="", env={})``: the finished program after what was typed."""
    (tmp_path / "my_script.py").write_text("")

    def run(typed, first="", **env):
        (tmp_path / "my_script.py").write_text(SERVE.format(first=first))
        return subprocess.run(
            [sys.executable, "my_script.py"],
            input=typed,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            cwd=tmp_path,
            env={**_environment(), **env},
        )

    return run


def _environment():
    names = ("QUICK_SERVER_RESTART", "QUICK_SERVER_SUBSEQ", "QUICK_HTAG_SOCKETS", "RUN_ATEXIT")
    kept = {name: value for name, value in os.environ.items() if name not in names}
    return {**kept, "PYTHONPATH": str(ROOT)}


class TestCommands:
    def test_a_session_at_the_prompt(self, script):
        """Answers are on stderr, the prompt is on stdout, ``quit`` ends with 0."""
        done = script("requests uptime a # b\nquit\n")
        assert done.returncode == 0
        assert "uptime ['a']" in done.stderr
        assert done.stdout.startswith("> ")
        assert "> " not in done.stderr
        lines = done.stderr.splitlines()
        assert lines[0].startswith("my_script.py (")
        assert lines[1].partition("): ")[2].startswith("starting server at 127.0.0.1:")
        assert lines[-1].endswith("): shutting down..")

    def test_help(self, script):
        """Commands in the order of registration, indented, with spaces, and what they do."""
        lines = script("help\nquit\n").stderr.splitlines()
        at = lines.index("[SERVER] available commands:")
        said = [line.removeprefix("[SERVER]     ") for line in lines[at + 1 :]]
        names = [line.partition("  ")[0] for line in said]
        expected = ["requests uptime", "cache clear", "fail", "where", "help", "restart", "quit"]
        assert names[: len(expected)] == expected

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ("cache_clear all", "cleared all"),
            ("cache clear", "[SERVER] command cache_clear expects 1 argument, got 0"),
            ("quit now", "[SERVER] command quit expects 0 arguments, got 1"),
            ("cache", '[SERVER] command "cache" needs more arguments:\n[SERVER]     clear'),
            ("no such thing", f'[SERVER] command "no such thing" invalid; {INVALID}'),
            ("fail", "ERROR in err_command: exception executing command fail"),
        ],
    )
    def test_texts(self, script, typed, said):
        """The words that scripts match on; the prompt goes on after each."""
        done = script(f"{typed}\nrequests uptime\nquit\n")
        assert said in done.stderr
        assert "uptime []" in done.stderr
        assert done.returncode == 0

    @posix
    def test_the_end_of_input(self, tmp_path):
        """The server says so and goes on; W43: no history file is left by a service."""
        with Running(tmp_path, "") as program:
            program.process.stdin.write("requests uptime\n")
            program.process.stdin.close()
            program.until("[SERVER] no command loop - use CTRL-C to terminate")
            program.process.send_signal(signal.SIGTERM)
            program.until("shutting down..")
            assert program.process.wait(TIMEOUT) == 0
        assert [path.name for path in tmp_path.iterdir()] == ["my_script.py"]

    def test_commands_without_a_prompt(self, capsys):
        """``handle_cmd`` and the built-in commands exist with ``no_command_loop`` too."""
        with create_server(("", 0)) as server:
            server.no_command_loop = True
            server.handle_cmd("quit")
            assert server.done is True


class TestRestart:
    @posix
    @pytest.mark.parametrize("first", ["", "setup_restart()"])
    def test_twice(self, script, first):
        """What is typed ahead goes to the next process, which knows what it is."""
        done = script("where\nrestart\nwhere\nrestart\nwhere\nquit\n", first)
        assert done.returncode == 0
        said = [line.partition("): ")[2] for line in done.stderr.splitlines()]
        states = [line for line in said if line.startswith("original")]
        begin = "original False restarted False" if first else "original True restarted False"
        assert states == [begin, *["original False restarted True"] * 2]
        assert done.stderr.count("[SERVER] restarting: ") == 2

    @posix
    def test_environment(self, script):
        """A supervised child has quick_server's variables, from the second on one more."""
        done = script("where\nrestart\nwhere\nquit\n", "setup_restart()")
        assert "env ['QUICK_SERVER_RESTART']" in done.stderr
        assert "env ['QUICK_SERVER_RESTART', 'QUICK_SERVER_SUBSEQ']" in done.stderr

    @posix
    @pytest.mark.parametrize(
        ("typed", "first", "given", "code"),
        [
            ("quit\n", "", "42", 0),
            ("restart\n", "setup_restart()", "42", 42),
            ("restart\n", "setup_restart()", "17", 17),
        ],
    )
    def test_under_a_supervisor_of_somebody_else(self, script, typed, first, given, code):
        """The code in QUICK_SERVER_RESTART is what a restart ends with."""
        assert script(typed, first, QUICK_SERVER_RESTART=given).returncode == code

    @posix
    @pytest.mark.parametrize("first", ["", "setup_restart()"])
    @pytest.mark.parametrize("port", ["0", "free"])
    def test_the_port_is_an_argument(self, launch, first, port):
        """It is given again, also a port of 0, and the new process has the old one's socket."""
        if port == "free":
            port = str(free_port())
        source = SERVE.format(first=first).replace('("", 0)', '("", int(sys.argv[2]))')
        program = launch(source, args=("--port", port))
        said = [program.until("starting server at").split()[-1]]
        program.type("restart\n")
        assert program.until("takes over the socket")
        said += [program.until("starting server at").split()[-1]]
        assert said[0] == said[1]
        program.type("quit\n")
        assert program.end() == 0

    def test_other_codes_pass(self, script):
        """A supervisor ends with the code of its child."""
        first = "setup_restart(); import atexit; sys.exit(5)"
        assert script("", first).returncode == 5

    @posix
    def test_a_chosen_code(self, script):
        """``set_restart_exit_code`` before ``setup_restart`` is what the child is told."""
        first = "set_restart_exit_code(50); setup_restart()"
        assert script("restart\nquit\n", first).returncode == 0


class Running:
    """The script while it runs."""

    def __init__(self, tmp_path, first):
        (tmp_path / "my_script.py").write_text(SERVE.format(first=first))
        self.process = subprocess.Popen(
            [sys.executable, "my_script.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env=_environment(),
        )
        self.alarm = threading.Timer(TIMEOUT, self.process.kill)
        self.alarm.start()

    def until(self, text):
        """Read until a line has this."""
        assert any(text in line for line in self.process.stderr), f"{text} was not said"

    def end(self, number):
        """The exit code after a signal, and what was said; nothing is typed, not even Enter."""
        self.process.stdin.write("requests uptime\n")
        self.process.stdin.flush()
        self.until("uptime []")  # the prompt answers, so the handlers are there
        self.process.send_signal(number)
        said = self.process.stderr.read()
        return self.process.wait(TIMEOUT), said

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.alarm.cancel()
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stderr.close()


@posix
class TestSignals:
    @pytest.mark.parametrize(
        ("first", "number", "code"),
        [
            ("", signal.SIGINT, 0),
            ("", signal.SIGTERM, 0),
            ("setup_restart()", signal.SIGINT, 1),
            ("setup_restart()", signal.SIGTERM, 0),
            ("setup_shutdown()", signal.SIGINT, 130),
            ("setup_shutdown()", signal.SIGTERM, 130),
        ],
    )
    def test_exit_codes(self, tmp_path, first, number, code):
        """As in quick_server; SIGTERM alone ends in order. W40, W41: it ends, with its child."""
        with Running(tmp_path, first) as program:
            ended, said = program.end(number)
        assert ended == code
        assert "shutting down.." in said
        assert "Traceback" not in said

    def test_hooks(self, tmp_path):
        """They run in reverse order before the script's own end."""
        first = (
            "setup_shutdown(pre_flush_wait=0.1, final_wait=0.1); "
            "add_shutdown_hook(lambda: msg('one')); add_shutdown_hook(lambda: msg('two'))"
        )
        with Running(tmp_path, first) as program:
            _, said = program.end(signal.SIGTERM)
        lines = [line.partition("): ")[2] for line in said.splitlines()]
        assert [one for one in lines if one in ("one", "two", "shutting down..")] == [
            "two",
            "one",
            "shutting down..",
        ]


class TestLife:
    def test_shutdown_returns(self):
        """W44: ``shutdown()`` ends ``serve_forever`` and comes back; twice is harmless."""
        with create_server(("", 0)) as server:
            server.no_command_loop = True
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            server.shutdown()
            server.shutdown()
            thread.join(10)
            assert not thread.is_alive()

    @pytest.mark.parametrize(
        "name",
        [
            "add_shutdown_hook",
            "get_exec_arr",
            "has_been_restarted",
            "is_original",
            "set_error_exit_code",
            "set_restart_exit_code",
            "set_restart_file",
            "setup_restart",
            "setup_shutdown",
        ],
    )
    def test_names(self, name):
        """What scripts import for their process is there."""
        assert callable(getattr(quick_htag, name))

    @pytest.mark.parametrize("value", ["yes", "0", ""])
    def test_a_debug_variable_of_any_kind(self, value):
        """W46: no value of QUICK_SERVER_DEBUG breaks the import."""
        done = subprocess.run(
            [sys.executable, "-c", "import quick_htag"],
            env={**_environment(), "QUICK_SERVER_DEBUG": value},
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )
        assert done.returncode == 0, done.stderr
