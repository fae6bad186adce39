"""A program that is started again when its files change, for real."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from quick_htag.process.reloader import _roots

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the port is handed on by POSIX")

TIMEOUT = 30.0  # seconds
SOURCE = (Path(__file__).parent / "live" / "reloading.py").read_text()


class Reloading:
    """The live program in a folder of its own, and its file."""

    def __init__(self, live, folder, how):
        self.path = folder / "program.py"
        self.path.write_text(SOURCE)
        self.program = live("program.py", how, relative=True)
        self.program.wait_for("serves ")
        if how == "late":
            self.program.wait_for("serves ")
        self.port = self.program.port

    def save(self, old, new):
        """Change the file as an editor does."""
        self.path.write_text(SOURCE.replace(old, new))

    def get(self, accept="*/*"):
        """The answer to a request."""
        url = f"http://127.0.0.1:{self.port}/word"
        return requests.get(url, headers={"Accept": accept}, timeout=TIMEOUT)


@pytest.fixture(params=["first", "late"])
def running(request, live, tmp_path):
    """The program, with ``setup_reload`` or with ``serve_forever(reload=True)``."""
    return Reloading(live, tmp_path, request.param)


def test_a_saved_file_is_live(running):
    """At the same port, which was a free one."""
    assert running.get().text == "one"
    running.save("one", "two")
    running.program.wait_for("program.py changed")
    running.program.wait_for("serves ")
    assert running.get().text == "two"


def test_control_c_ends_both(running):
    """With the exit code of the program."""
    assert running.get().text == "one"
    running.program.process.send_signal(signal.SIGINT)
    assert running.program.exit_code() == 0
    with pytest.raises(requests.ConnectionError):
        running.get()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"one"', '"o"ne"', "SyntaxError: "),
        ('print("begins"', '[].no; print("begins"', "no attribute 'no'"),
        ("import sys\n", "import sys\n1 / 0\n", "exit code 1"),
    ],
)
def test_an_error_is_shown_until_it_is_repaired(live, tmp_path, old, new, said):
    """Of syntax, after our import, and before it, where only the prompt has the traceback."""
    running = Reloading(live, tmp_path, "first")
    running.save(old, new)
    running.program.wait_for("starts again after a change")
    answer = running.get()
    assert (answer.status_code, said in answer.text) == (503, True)
    assert "<pre>" in running.get("text/html").text
    running.save("one", "three")
    running.program.wait_for("serves ")
    assert running.get().text == "three"


def test_a_program_that_ends_well_is_not_started_again(live, tmp_path):
    """Its parent ends with it."""
    (tmp_path / "short.py").write_text("from quick_htag import setup_reload\nsetup_reload()\n")
    assert live("short.py", relative=True).exit_code() == 0


def test_a_file_that_is_empty_for_a_moment_ends_nothing(live, tmp_path):
    """Some editors write that way."""
    running = Reloading(live, tmp_path, "first")
    running.path.write_text("")
    running.program.wait_for("starts again after a change")
    running.save("one", "two")
    running.program.wait_for("serves ")
    assert running.get().text == "two"


def test_a_signal_ends_the_wait_for_a_repair(live, tmp_path):
    """With the exit code of the failure."""
    running = Reloading(live, tmp_path, "first")
    running.save("begins", '" + sys.exit(7) + "')
    running.program.wait_for("exit code 7")
    running.program.process.send_signal(signal.SIGTERM)
    assert running.program.exit_code() == 7


def test_a_killed_program_leaves_the_port_to_its_parent(live, tmp_path):
    """The next start answers there."""
    running = Reloading(live, tmp_path, "first")
    children = subprocess.run(
        ["pgrep", "-P", str(running.program.process.pid)], capture_output=True, text=True
    )
    os.kill(int(children.stdout.split()[0]), signal.SIGKILL)
    running.program.wait_for("exit code 137")
    assert running.get().status_code == 503
    running.save("one", "two")
    running.program.wait_for("serves ")
    assert running.get().text == "two"


def test_the_folders_watched(tmp_path, monkeypatch):
    """The current one, and that of the script if it lies elsewhere."""
    script = tmp_path / "a" / "main.py"
    script.parent.mkdir()
    script.touch()
    (tmp_path / "b").mkdir()
    monkeypatch.chdir(tmp_path)
    assert _roots(["python", str(script)]) == [str(tmp_path)]
    monkeypatch.chdir(tmp_path / "b")
    assert _roots(["python", str(script)]) == [str(tmp_path / "b"), str(script.parent)]
