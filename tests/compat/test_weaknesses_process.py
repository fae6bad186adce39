"""The weaknesses of quick_server around its process, W40 to W48, and that they are gone.

Each program is a script as its users write it, in a process of its own.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

import quick_htag
from quick_htag import App, MessageLog, create_server
from quick_htag.testing import TestClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from quick_htag import QuickServer

    Start = Callable[..., QuickServer]
    Programs = Callable[..., Any]

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 30.0  # seconds

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

SCRIPT = """
import os, sys, threading
from quick_htag import create_server, msg, setup_restart, setup_shutdown, has_been_restarted
{first}
server = create_server(("", 0))
begun, go_on = threading.Event(), threading.Event()

@server.text_get("/slow", 0)
def slow(req, args):
    msg("has begun")
    go_on.wait(10)
    return "done"

@server.cmd(argc=0)
def finish(args):
    threading.Timer(0.2, go_on.set).start()
    server.handle_cmd("restart")

@server.cmd()
def echo(args):
    msg("heard {{}} of {{}}", args, has_been_restarted())

{setup}
flag = sys.flags.dont_write_bytecode
msg("serves {{}} in {{}} flags {{}}.", server.server_port, os.getpid(), flag)
try:
    server.serve_forever()
finally:
    msg("shutting down..")
    server.server_close()
"""


@pytest.fixture
def run(launch: Programs) -> Programs:
    """``run(first="", setup="", flags=())`` starts the script; it ends with the test."""

    def start(first: str = "", setup: str = "", flags: tuple[str, ...] = ()) -> Any:
        return launch(SCRIPT.format(first=first, setup=setup), flags=flags)

    return start


@posix
@pytest.mark.parametrize(("first", "code"), [("", 0), ("setup_shutdown()", 130)])
def test_w40_ctrl_c_ends_the_program(run: Programs, first: str, code: int) -> None:
    """Although its prompt waits for a line that never comes."""
    program = run(first)
    program.type("echo 1\n")
    program.until("heard")
    program.process.send_signal(signal.SIGINT)
    assert program.end() == code


@posix
def test_w41_the_child_ends_with_its_supervisor(run: Programs) -> None:
    """SIGTERM is passed on, and the end is waited for."""
    program = run("setup_restart()")
    child = int(program.until("serves").split()[5])
    assert child != program.process.pid
    program.type("echo 1\n")
    program.until("heard")  # so it handles signals
    program.process.send_signal(signal.SIGTERM)
    assert program.end() == 0
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


@posix
def test_w42_restarts_finish_what_has_begun(run: Programs) -> None:
    """The request under way is answered, lines typed ahead and flags of the interpreter stay."""
    program = run(flags=("-B",))
    words = program.until("serves").split()
    assert words[-1] == "1."
    answers: list[str] = []
    url = f"http://127.0.0.1:{words[3]}/slow"
    client = threading.Thread(
        target=lambda: answers.append(requests.get(url, timeout=TIMEOUT).text)
    )
    client.start()
    program.until("has begun")
    program.type("finish\necho ahead\nquit\n")
    assert program.until("flags").split()[-1] == "1."
    assert program.until("heard").endswith("heard ['ahead'] of True\n")
    client.join(TIMEOUT)
    assert (answers, program.end()) == (["done"], 0)


@posix
@pytest.mark.parametrize("setup", ["", 'server.history_file = "/nowhere/history"'])
def test_w43_no_history_without_a_terminal(run: Programs, tmp_path: Path, setup: str) -> None:
    """And a place that cannot be written is no failure."""
    program = run(setup=setup)
    program.type("echo 1\nquit\n")
    assert program.end() == 0
    assert not (tmp_path / ".cmd_history").exists()


def test_w44_shutdown_comes_back(no_thread_left: None) -> None:
    """On any thread, any number of times, and with it ``serve_forever``."""
    with create_server(("", 0), log=MessageLog(StringIO())) as server:
        server.no_command_loop = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        server.shutdown()
        server.shutdown()
        thread.join(TIMEOUT)
        assert not thread.is_alive()


def test_w45_the_log_shows_what_it_is_sent(
    quiet: Start, logged: StringIO, connect: Callable[..., Any]
) -> None:
    """No terminal codes and no lines of a client's making."""
    wire = connect(quiet(lambda s: s.text_get("/x")(lambda req, args: args["paths"][0])))
    wire.ask("GET /x/%1b[2J%c2%85 HTTP/1.1\nHost: localhost\n\n")
    quick = MessageLog(logged)
    quick.message("a\x1b[2Jb\x85[SERVER] forged\u2028too")
    assert not {"\x1b", "\x85", "\u2028"} & set(logged.getvalue())
    assert len(logged.getvalue().splitlines()) == 2


@pytest.mark.parametrize("value", ["yes", "1", "0", ""])
def test_w46_the_import_needs_nothing(value: str, tmp_path: Path) -> None:
    """No package but the standard library, no readline, and no variable breaks it."""
    code = f"import sys; sys.modules['readline'] = None; sys.path.insert(0, {str(ROOT)!r})"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"{code}; import quick_htag"],
        env={**os.environ, "QUICK_SERVER_DEBUG": value},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr


def test_w47_settings_are_of_one_server(quiet: Start, start_server: Start) -> None:
    """The version, paths that are not logged, and limits of one are not those of the other."""
    logs = [StringIO(), StringIO()]
    servers = [start_server(log=MessageLog(log)) for log in logs]
    servers[0].update_version_string("mine/1.0")
    servers[0].set_common_invalid_paths(["/robots.txt"])
    servers[0].max_file_size = 7
    answers = [requests.get(f"{one.url}robots.txt", timeout=TIMEOUT) for one in servers]
    assert [one.headers["server"] for one in answers] == ["mine/1.0 quick_htag", "quick_htag"]
    assert ["robots.txt" in log.getvalue() for log in logs] == [False, True]
    assert servers[1].max_file_size != 7


def test_w47_settings_of_the_log_have_an_effect(capsys: pytest.CaptureFixture[str]) -> None:
    """Functions set what assigning to an imported name never could."""
    quick_htag.set_long_msg(False)
    try:
        quick_htag.msg("short")
    finally:
        quick_htag.set_long_msg(True)
    quick_htag.msg("long")
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "[SERVER] short"
    assert said[1].startswith("test_weaknesses_process.py (")


def test_w48_answers_need_no_socket() -> None:
    """What answers is apart from what listens, and no file is a library of its own."""
    app = App()
    app.text_get("/x", 0)(lambda req, args: "x")
    assert TestClient(app).get("/x").text == "x"
    sizes = {
        path.name: len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / "quick_htag").rglob("*.py")
    }
    assert max(sizes.values()) < 600, sizes


def test_w48_an_answer_belongs_to_its_request(quiet: Start) -> None:
    """Fields of a request that fails, or runs at the same time, are in no other answer."""
    turn = threading.Barrier(2, timeout=TIMEOUT)

    def mark(req: Any, args: Any) -> str:
        req.send_header("X-Mark", args["paths"][0])
        turn.wait()
        return args["paths"][0] if args["paths"][0] != "bad" else 1 / 0

    server = quiet(lambda s: s.text_get("/x", 1)(mark))
    answers: dict[str, Any] = {}

    def ask(name: str) -> None:
        answers[name] = requests.get(f"{server.url}x/{name}", timeout=TIMEOUT)

    threads = [threading.Thread(target=ask, args=(name,)) for name in ("good", "bad")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT)
    assert answers["good"].headers["x-mark"] == "good"
    assert answers["bad"].status_code == 500
    assert answers["bad"].headers.get("x-mark") != "good"
