"""The command line, as a program and as a parser."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests

from quick_htag import __version__

ROOT = Path(__file__).resolve().parents[1]
TIMEOUT = 60.0  # seconds


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
        self.alarm = threading.Timer(2 * TIMEOUT, self.process.kill)
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


def test_serves_files_only(folder):
    """Pages, a list where there is no index page, an icon, and nothing else."""
    with Running(folder, "--www", ".") as program:
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
    """The command line is the first line of the log, the address the last before it serves."""
    with Running(folder) as program:
        assert "-m quick_htag -p 0" in program.said.splitlines()[0]
        assert program.wait_for(r"www: open (http://127\.0\.0\.1:[0-9]+/)$")


@pytest.mark.skipif(sys.platform == "win32", reason="the port is handed on by POSIX only")
@pytest.mark.parametrize("arguments", [(), ("--www", ".")])
def test_restarts_on_the_same_port(folder, arguments):
    """``restart`` at the prompt starts it anew; port 0 stays what it was."""
    with Running(folder, *arguments) as program:
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


def test_mistakes_are_explained(tmp_path):
    """Exit code 2, and what is wrong."""
    done = run("-p", "65536", cwd=tmp_path)
    assert done.returncode == 2
    assert "a port is a number from 0 to 65535, not 65536" in done.stderr


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
    done = run("-a", address, "--www", ".", cwd=tmp_path)
    assert done.returncode == 1
    assert f"cannot listen at {address}:8080: " in done.stderr
    assert "Traceback" not in done.stderr


def test_serves_https(folder, authority):
    """With a certificate and its key."""
    with Running(
        folder, "--www", ".", "--cert", authority.certfile, "--key", authority.keyfile
    ) as program:
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


@pytest.fixture
def app_folder(tmp_path):
    """A folder with an app in index.py, and one that fails."""
    htag = pytest.importorskip("htag", exc_type=ImportError)
    base = "Tag.App" if hasattr(htag, "State") else "Tag.body"
    app = f"from htag import Tag\nclass App({base}):\n    def init(self):\n        self += WORD\n"
    (tmp_path / "index.py").write_text(f"WORD = 'first'\n{app}")
    (tmp_path / "fails.py").write_text(f"import nothing_like_that\n{app}")
    return tmp_path


def test_serves_the_app_of_index(app_folder):
    """Without a word, on this machine only."""
    with Running(app_folder) as program:
        status, text = get(f"{program.url}/")
        assert (status, "first" in text) == (200, True)
        assert program.end("quit\n") == 0


def test_shows_a_folder(folder):
    """One without index.py: its files, and no others; Python's as text."""
    with Running(folder) as program:
        listing = get(f"{program.url}/")[1]
        assert "secret.py" in listing
        assert get(f"{program.url}/secret.py")[0] == 200
        assert get(f"{program.url}/../outside.html")[0] == 404
        assert program.end("quit\n") == 0


def test_an_app_that_fails_is_explained(app_folder):
    """With the traceback of the file and nothing of ours, and exit code 1."""
    done = run("fails:App", cwd=app_folder)
    assert done.returncode == 1
    assert 'fails.py", line 1, in <module>' in done.stderr
    assert done.stderr.count("File ") == 1
    last = "fails cannot be imported: ModuleNotFoundError: No module named 'nothing_like_that'"
    assert done.stderr.splitlines()[-1] == last


def test_a_script_is_run(tmp_path):
    """One that is for running; with its own arguments and exit code."""
    text = "import sys\nif __name__ == '__main__':\n    print(sys.argv[1:])\n    sys.exit(3)\n"
    (tmp_path / "tool.py").write_text(text)
    done = run("tool.py", "--", "-x", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, "['-x']\n")
    assert "so it is run as a script" in done.stderr


def test_only_scripts_have_arguments(app_folder):
    """An app has none."""
    done = run("index:App", "--", "-x", cwd=app_folder)
    assert (done.returncode, "is no script" in done.stderr) == (1, True)


def test_starts_again_after_a_change(app_folder):
    """With ``--reload``; what is wrong is shown in the page until it is repaired."""
    index = app_folder / "index.py"
    source = index.read_text()
    with Running(app_folder, "index.py", "--reload") as program:
        assert "first" in get(f"{program.url}/")[1]
        index.write_text(f"import nothing_like_that\n{source}")
        assert "ModuleNotFoundError" in eventually(program, "ModuleNotFoundError")
        index.write_text(source.replace("first", "second"))
        assert "second" in eventually(program, "second")


def eventually(program, text):
    """The page, as soon as it has this text."""
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end:
        with contextlib.suppress(requests.ConnectionError):  # on Windows, while it starts
            found = get(f"{program.url}/")[1]
            if text in found:
                return found
        time.sleep(0.05)
    raise AssertionError(f"{text} did not come")
