"""The command line, as a program and as a parser."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests

from quick_htag import __version__
from quick_htag.cli import argument_parser

ROOT = Path(__file__).resolve().parents[1]
TIMEOUT = 30.0  # seconds


@pytest.fixture
def folder(tmp_path):
    """A folder to serve, beside something that is not."""
    www = tmp_path / "www"
    (www / "sub").mkdir(parents=True)
    (www / "sub" / "page.html").write_text("<p>here</p>")
    (www / "secret.py").write_text("x")
    (tmp_path / "outside.html").write_text("outside")
    return www


class Running:
    """``python -m quick_htag`` on a free port."""

    def __init__(self, cwd, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "quick_htag", "-p", "0", *arguments],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self.alarm = threading.Timer(TIMEOUT, self.process.kill)
        self.alarm.start()
        self.said = ""
        self.url = f"http://localhost:{self.wait_for(r'starting server at localhost:([0-9]+)')}"

    def wait_for(self, pattern):
        """The first group of a line that fits."""
        for line in self.process.stderr:
            self.said += line
            if found := re.search(pattern, line):
                return found[1]
        raise AssertionError(self.said)

    def end(self, line=None):
        """The exit code, after a command or a signal."""
        if line is None:
            self.process.send_signal(signal.SIGTERM)
        self.said += self.process.communicate(line, TIMEOUT)[1]
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.alarm.cancel()
        if self.process.poll() is None:
            self.process.terminate()
        self.process.communicate(timeout=TIMEOUT)


def run(*arguments, cwd=None):
    """The finished program."""
    return subprocess.run(
        [sys.executable, "-m", "quick_htag", *arguments],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def get(url):
    """The status and text of an answer."""
    answer = requests.get(url, timeout=TIMEOUT)
    return answer.status_code, answer.text


def test_serves_the_current_folder(folder):
    """Pages, a list where there is no index page, an icon, and nothing else."""
    with Running(folder) as program:
        assert get(f"{program.url}/sub/page.html") == (200, "<p>here</p>")
        assert get(f"{program.url}/favicon.ico")[0] == 200
        assert get(f"{program.url}/secret.py")[0] == 404
        assert get(f"{program.url}/../outside.html")[0] == 404
        status, listing = get(f"{program.url}/")
        assert (status, "sub" in listing, "secret.py" in listing) == (200, True, False)
        assert program.end("quit\n") == 0
    assert "shutting down.." in program.said
    assert "page.html" not in program.said  # what went well is not logged
    assert "GET /secret.py HTTP/1.1" in program.said


def test_serves_another_folder(tmp_path, folder):
    """``--www`` names it, relative to the current one."""
    with Running(tmp_path, "--www", "www/sub") as program:
        assert get(f"{program.url}/page.html")[0] == 200


def test_says_how_it_was_started(folder):
    """The command line is the first line of the log."""
    with Running(folder) as program:
        assert "-m quick_htag -p 0" in program.said.splitlines()[0]


@pytest.mark.skipif(sys.platform == "win32", reason="the port is handed on by POSIX only")
def test_restarts_on_the_same_port(folder):
    """``restart`` at the prompt starts it anew under its supervisor; port 0 stays what it was."""
    with Running(folder) as program:
        program.process.stdin.write("restart\n")
        program.process.stdin.flush()
        port = program.wait_for(r"starting server at localhost:([0-9]+)")
        assert program.url.endswith(f":{port}")
        assert get(f"{program.url}/sub/page.html")[0] == 200
        assert program.end("quit\n") == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_signal_ends_it(folder):
    """SIGTERM to the first process ends it in order."""
    with Running(folder) as program:
        get(program.url)  # it serves, so it takes signals
        assert program.end() == 0
    assert "shutting down.." in program.said


@pytest.mark.parametrize("flag", ["-v", "--version"])
def test_version(flag):
    """The version, in the words of the original."""
    assert run(flag).stdout == f"quick_htag version {__version__}\n"


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_names_everything(flag):
    """Every option with its meaning and default, and examples."""
    text = run(flag).stdout
    for word in ("-a ADDR", "-p PORT", "--www DIR", "--cert FILE", "--key FILE"):
        assert word in text
    for word in ("--version", "localhost", "8080", "examples:"):
        assert word in text


def test_defaults():
    """This machine only, port 8080, the current folder."""
    chosen = argument_parser().parse_args([])
    assert (chosen.address, chosen.port, chosen.www) == ("localhost", 8080, ".")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-p", "65536"], "a port is a number from 0 to 65535, not 65536"),
        (["-p", "http"], "invalid"),
        (["--www", "nowhere"], "there is no folder 'nowhere'"),
        (["--cert", "nowhere"], "there is no file 'nowhere'"),
        (["--key", __file__], "give that as --cert"),
        (["serve"], "unrecognized arguments: serve"),
    ],
)
def test_mistakes_are_explained(arguments, said, tmp_path):
    """Exit code 2, and what is wrong."""
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_taken_port_is_explained(tmp_path):
    """Exit code 1 and one line, no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run("-a", "127.0.0.1", "-p", str(taken.getsockname()[1]), cwd=tmp_path)
    assert done.returncode == 1
    assert "cannot listen at 127.0.0.1:" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("address", ["nowhere.invalid", "x" * 300])
def test_an_impossible_address_is_explained(tmp_path, address):
    """The same for an address that is none."""
    done = run("-a", address, cwd=tmp_path)
    assert done.returncode == 1
    assert f"cannot listen at {address}:8080: " in done.stderr
    assert "Traceback" not in done.stderr


def test_serves_https(folder, authority):
    """With a certificate and its key."""
    with Running(folder, "--cert", authority.certfile, "--key", authority.keyfile) as program:
        url = program.url.replace("http://", "https://")
        answer = requests.get(f"{url}/sub/page.html", verify=authority.root, timeout=TIMEOUT)
        assert answer.text == "<p>here</p>"
        assert program.end("quit\n") == 0


def test_a_certificate_that_is_none_is_explained(tmp_path):
    """Exit code 1 and one line."""
    done = run("--cert", __file__, "-p", "0", cwd=tmp_path)
    assert done.returncode == 1
    assert "test_cli.py" in done.stderr
    assert "Traceback" not in done.stderr
