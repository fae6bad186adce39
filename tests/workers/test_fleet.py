"""Workers for real: started, killed, replaced and ended."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
import tempfile

import pytest

from quick_htag.logs import MessageLog
from quick_htag.workers.fleet import Fleet
from quick_htag.workers.launcher import Launcher
from tests.live_program import is_alive
from tests.patience import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="workers share a socket of POSIX")


def test_a_dead_worker_is_replaced(fleet):
    """The other one answers meanwhile."""
    program = fleet("2")
    before = program.workers(2)
    os.kill(before[1], signal.SIGKILL)
    program.wait_for(f"worker 1 (process {before[1]}) was ended by SIGKILL; starts again")
    after = program.workers(2, but=frozenset([before[1]]))
    assert after[2] == before[2]


def test_a_worker_that_dies_at_its_start_waits_longer_each_time(fleet):
    """It says so, and the others serve."""
    program = fleet("2")
    before = program.workers(2)
    (program.folder / "flaw").write_text("start")
    os.kill(before[2], signal.SIGKILL)
    program.wait_for("was ended by SIGKILL; starts again\n")
    for pause in ("2 times in a row; starts again in 0.2 s", "starts again in 0.4 s"):
        program.wait_for("ended with exit code 7 before it was ready")
        program.wait_for(pause)
        assert program.ask()["worker"] == 1
    (program.folder / "flaw").unlink()
    assert set(program.workers(2)) == {1, 2}


def test_a_program_that_never_serves_ends_with_its_exit_code(fleet, tmp_path):
    """What is wrong with it is said once, by one worker."""
    (tmp_path / "flaw").write_text("all")
    program = fleet("2", begin=False, script="site.py")
    assert program.exit_code() == 7


def test_a_rolling_restart_fails_no_request(fleet, load):
    """Under load, by SIGHUP: all processes are new ones, and have the new code."""
    program = fleet("2")
    before = set(program.workers(2).values())
    clients = load(program.address)
    until(lambda: all(one.answers > 20 for one in clients))
    program.process.send_signal(signal.SIGHUP)
    program.wait_for("restart: done")
    after = set(program.workers(2, but=frozenset(before)).values())
    for one in clients:
        one.end()
    assert [one.failures for one in clients] == [[], [], []]
    assert not before & after
    assert not any(map(is_alive, before))


def test_a_restart_that_cannot_start_leaves_the_old_ones(fleet):
    """Whoever saves broken code and restarts has a site that goes on."""
    program = fleet("2")
    before = program.workers(2)
    (program.folder / "flaw").write_text("all")
    program.type("restart\n")
    program.wait_for("ended with exit code 7 before it was ready")
    program.wait_for("restart: given up, the old workers go on")
    assert program.workers(2) == before


@pytest.mark.parametrize("how", ["SIGINT", "done"])
def test_it_ends_in_order(fleet, how):
    """Requests under way are answered, every worker comes to its end, the exit code is 0."""
    program = fleet("2")
    found = program.workers(2)
    with socket.create_connection(program.address) as client:
        client.sendall(b"GET /who?slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        program.wait_for("slow begins")
        if how == "done":
            program.ask("/end")
        else:
            program.process.send_signal(getattr(signal, how))
        client.settimeout(30.0)
        assert client.recv(65536).startswith(b"HTTP/1.1 200")
    assert program.exit_code() == 0
    assert program.said.count("over\n") == 2
    assert not any(map(is_alive, found.values()))


def test_a_second_signal_ends_it_at_once(fleet):
    """With 128 and the number of the signal."""
    program = fleet("1")
    with socket.create_connection(program.address) as client:
        client.sendall(b"GET /who?slow=60 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        program.wait_for("slow begins")
        program.process.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            program.process.wait(0.6)
        program.process.send_signal(signal.SIGTERM)
        assert program.exit_code() == 128 + signal.SIGTERM


def test_no_input_is_a_service(fleet):
    """``cat /dev/null | python site.py`` serves until it is told to end."""
    program = fleet("2", stdin=subprocess.DEVNULL)
    program.wait_for("no command loop")
    assert program.ask()["worker"] in (1, 2)
    program.process.terminate()
    assert program.exit_code() == 0


def test_a_killed_supervisor_leaves_nothing(fleet, tmp_path):
    """Its workers notice and end, and the folder they share goes."""
    shared = tmp_path / "shared"
    shared.mkdir()
    program = fleet("2", TMPDIR=str(shared))
    found = program.workers(2)
    assert list(shared.glob("quick_htag-workers-*"))
    program.process.kill()
    until(lambda: not any(map(is_alive, found.values())))
    assert until(lambda: not list(shared.glob("quick_htag-workers-*")))


def test_a_visitor_is_known_to_every_worker(steady):
    """Without a store of the program, sessions are in one of the workers."""
    program = steady
    assert program.ask("/count")["count"] == 1
    cookie, seen = program.cookie.partition(";")[0], {}

    def asked_both():
        told = program.ask("/count", Cookie=cookie)
        seen[told["count"]] = told["pid"]
        return len(set(seen.values())) == 2

    until(asked_both)
    assert list(seen) == list(range(2, len(seen) + 2))


def test_a_token_is_valid_in_every_worker(steady):
    """One worker gives it, and the other one knows it and what belongs to it."""
    given = steady.ask("/token")

    def other():
        told = steady.ask(f"/token?token={given['token']}")
        return told if told["pid"] != given["pid"] else None

    told = until(other)
    assert told["known"]
    assert told["giver"] == given["pid"]


def test_a_full_disk_is_told_at_the_start(monkeypatch, tmp_path):
    """In one line that says what to look at, and not by a traceback."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nothing"))
    said = io.StringIO()
    assert Fleet(Launcher([sys.executable], {}, 1), MessageLog(said)).run() == 1
    assert "there is no folder for what workers share: see TMPDIR" in said.getvalue()


def test_no_temporary_folder_at_all_is_told_too(monkeypatch):
    """Nobody may write anywhere, in a container say; the standard library looks for one itself."""

    def none():
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    said = io.StringIO()
    assert Fleet(Launcher([sys.executable], {}, 1), MessageLog(said)).run() == 1
    assert "there is no folder for what workers share: see TMPDIR" in said.getvalue()
