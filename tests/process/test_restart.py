"""Restarts, and what a program can learn about itself."""

from __future__ import annotations

import http.client
import json
import socket
import sys
import threading
import types

import pytest

from quick_htag.process import restart
from quick_htag.process.restart import (
    begins_with,
    get_exec_arr,
    has_been_restarted,
    is_original,
    restart_requested,
    source_errors,
)

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


@posix
def test_restart_by_a_file(live, tmp_path):
    """With a restart file the program writes "1" there and ends with its own exit code."""
    (tmp_path / "script.py").write_text(BY_FILE)
    program = live("script.py", relative=True)
    assert program.exit_code() == 3
    assert (tmp_path / "restart").read_text() == "1"
    assert "restarting" not in program.said


@posix
def test_a_restart_file_that_cannot_be_written(live, tmp_path):
    """The log says what is wrong; the exit code is still the program's."""
    (tmp_path / "script.py").write_text(BY_FILE)
    (tmp_path / "restart").mkdir()
    program = live("script.py", relative=True)
    assert program.exit_code() == 3
    assert "cannot ask for a restart" in program.said


BY_FILE = """
import os, sys
from quick_htag import create_server, set_restart_file
set_restart_file("restart")
os.mkdir("elsewhere")
os.chdir("elsewhere")
with create_server(("", 0)) as server:
    server.no_command_loop = True
    server.handle_cmd("restart")
    server.serve_forever()
sys.exit(3)
"""


def test_nothing_is_requested_here():
    """Asking for a restart is known in the process that asked, and this one has not."""
    assert restart_requested() is False


# -- nobody is refused ---------------------------------------------------------------------------

MODES = ["replaced", "supervised"]
PATIENCE = 120.0  # seconds a client waits for an answer, whatever else the machine does


class Load:
    """Clients that ask without a pause until told to stop, and what went wrong for them."""

    def __init__(self, port):
        self.port = port
        self.failed = []
        self.answers = []  # generations that answered; append only, so it needs no lock
        self.stopped = threading.Event()
        self.threads = [
            threading.Thread(target=self.ask, args=(path, keep))
            for path in ("/generation", "/slowly")
            for keep in (False, False, True)
        ]

    def ask(self, path, keep):
        """Ask on new connections, or on one that is replaced when the server says "close"."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        while not self.stopped.is_set():
            try:
                connection.request("GET", path)
                response = connection.getresponse()
                body = response.read()
                assert response.status == 200, body
                self.answers.append(json.loads(body))
            except (OSError, http.client.HTTPException, ValueError, AssertionError) as error:
                self.failed.append((path, keep, repr(error)))
                connection.close()
            if not keep:
                connection.close()
        connection.close()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *exc_info):
        self.stopped.set()
        for thread in self.threads:
            thread.join(PATIENCE)


@posix
@pytest.mark.parametrize("mode", MODES)
def test_ten_restarts_under_load_fail_no_request(live, mode):
    """Clients, with new and with persistent connections, are all answered, by every generation."""
    program = live("restarting.py", mode)
    program.wait_for("generation 1.")
    with Load(program.port) as load:
        for generation in range(1, 11):
            program.wait_until(lambda generation=generation: generation in load.answers)
            program.type("restart\n")
            program.wait_for(f"generation {generation + 1}.", PATIENCE)
        program.wait_until(lambda: 11 in load.answers)
    program.type("quit\n")
    assert program.exit_code() == 0
    assert load.failed == []
    assert set(load.answers) == set(range(1, 12))
    assert program.said.count("clients wait at") == 10


@posix
@pytest.mark.parametrize("mode", MODES)
def test_a_client_waits_for_the_next_process(live, mode):
    """Who has connected while nobody was there is answered by the next process."""
    program = live("restarting.py", mode)
    program.wait_for("generation 1.")
    holder = socket.create_connection(("127.0.0.1", program.port), PATIENCE)
    program.type("restart\n")
    # the old process waits for this one to say something, and accepts no other
    program.wait_for("new clients wait")
    with holder, socket.create_connection(("127.0.0.1", program.port), PATIENCE) as client:
        request = f"GET /generation HTTP/1.1\r\nHost: 127.0.0.1:{program.port}\r\n\r\n".encode()
        client.sendall(request)
        holder.sendall(request)
        assert b"Connection: close" in holder.recv(1000)
        assert client.recv(1000).endswith(b"\r\n\r\n2")
    program.type("quit\n")
    assert program.exit_code() == 0


@posix
@pytest.mark.parametrize("mode", MODES)
def test_children_inherit_no_sockets(live, mode):
    """Neither in the first process, nor after the restart; and no variable tells of any."""
    program = live("leaking.py", mode)
    program.wait_for("again")
    assert program.exit_code() == 0
    assert program.said.count("child has") == program.said.count("child has [] []") == 3


def ask(port, method="GET", path="/"):
    """The body of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request(method, path)
    try:
        return connection.getresponse().read().decode()
    finally:
        connection.close()


@posix
def test_what_nobody_serves_any_more_is_refused(live):
    """A socket whose server does not come back is closed, so no client waits there in vain.

    And a server that only runs in the background finishes what it does before the restart.
    """
    program = live("moved.py")
    program.wait_for(" .")
    first, other = program.port, int(program.said.partition("and ")[2].partition(" ")[0])
    answers = []
    client = threading.Thread(target=lambda: answers.append(ask(other, path="/slow")))
    client.start()
    assert ask(first, "POST", "/restart") == "soon"
    client.join(PATIENCE)
    assert answers == ["done"]
    program.wait_for(" .")
    program.wait_until(lambda: refused(first))


def refused(port):
    """Whether nobody listens there."""
    try:
        socket.create_connection(("127.0.0.1", port), 5.0).close()
    except ConnectionRefusedError:
        return True
    return False


BREAKABLE = """
import sys
from quick_htag import create_server, msg, setup_restart
if sys.argv[1] == "supervised":
    setup_restart()
with create_server(("127.0.0.1", 0)) as server:
    server.commands.add("say", lambda args: msg("heard {0}", args[0]), 1)
    msg("VERSION")
    server.serve_forever()
"""


@posix
@pytest.mark.parametrize("mode", ["replaced", "supervised"])
def test_a_script_that_cannot_be_read_is_not_started_again(live, tmp_path, mode):
    """The prompt tells what is wrong and where, the server goes on, and may try again."""
    script = tmp_path / "script.py"
    script.write_text(BREAKABLE)
    program = live("script.py", mode, relative=True)
    program.wait_for("VERSION")
    script.write_text(BREAKABLE + "x = (")
    program.type("restart\nsay one\n")
    program.wait_for("refused")
    program.wait_for(f'script.py", line {BREAKABLE.count(chr(10)) + 1}')
    program.wait_for("SyntaxError")
    program.wait_for("heard one")
    script.write_text(BREAKABLE.replace("VERSION", "the second"))
    program.type("restart\nsay two\nquit\n")
    program.wait_for("the second")
    program.wait_for("heard two")
    assert program.exit_code() == 0


@pytest.fixture
def script(monkeypatch, tmp_path):
    """``script(name, text)``: makes a file, of which this program is, and gives its path."""

    def make(name, text):
        path = tmp_path / name
        path.write_text(text)
        main = types.ModuleType("__main__")
        main.__file__ = str(path)
        monkeypatch.setitem(sys.modules, "__main__", main)
        return path

    monkeypatch.setattr(restart._restart, "begins_with", ())
    return make


@pytest.mark.parametrize("name", ["script.py", "script.pyw", "script"])
def test_what_is_wrong_with_the_script(script, name):
    """And nothing when it is repaired, or gone: then Python says so."""
    path = script(name, "x = (")
    assert str(path) in source_errors()
    path.write_text("raise RuntimeError")
    assert source_errors() == ""
    path.unlink()
    assert source_errors() == ""


@pytest.mark.parametrize("name", ["script.pyc", "archive.pyz", "script.bat"])
def test_what_is_no_source_has_no_errors(script, name):
    """Python can run more than that."""
    script(name, "x = (")
    assert source_errors() == ""


def test_no_script_has_no_errors(monkeypatch):
    """``python -c``, and a notebook."""
    monkeypatch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))
    assert source_errors() == ""


def test_who_else_starts_it_may_repair_it(script, monkeypatch):
    """With a restart file it is another program's."""
    path = script("script.py", "x = (")
    monkeypatch.setattr(restart._restart, "restart_file", str(path.parent / "restart"))
    assert source_errors() == ""


def test_a_file_beside_the_script(script):
    """Such as the one whose app a command line serves."""
    path = script("script.py", "")
    app = path.with_name("app.py")
    app.write_text("x = (")
    begins_with(str(app))
    assert str(app) in source_errors()
