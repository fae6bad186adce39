"""Sockets of a service manager; a small parent plays it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from quick_htag.process.activation import take_activated

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="descriptors of POSIX")

ROOT = Path(__file__).resolve().parents[2]

# Puts its descriptors at 3 and following, as systemd does, and becomes the program.
MANAGER = """
import fcntl, os, sys
fds = [int(fd) for fd in sys.argv[1].split(",")]
high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 50) for fd in fds]  # out of the way
for number, fd in enumerate(high, start=3):
    os.dup2(fd, number)
os.environ.update(LISTEN_FDS=str(len(fds)), LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES="a:b")
os.execv(sys.executable, [sys.executable, "-c", sys.argv[2]])
"""

PROGRAM = """
import json, os
from quick_htag.process.activation import take_activated
found = take_activated(os.environ)
print(json.dumps([[held.fd, held.address, held.activated] for held in found]))
print(json.dumps([os.get_inheritable(fd) for fd in (3, 4, 5)]))
print(json.dumps([name for name in os.environ if name.startswith("LISTEN_")]))
"""


def test_the_sockets_of_a_unit():
    """Listening TCP sockets are found, others left open; children inherit none of them."""
    with (
        socket.create_server(("127.0.0.1", 0)) as first,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other,
        socket.create_server(("127.0.0.1", 0)) as second,
    ):
        fds = [sock.fileno() for sock in (first, other, second)]
        done = subprocess.run(
            [sys.executable, "-c", MANAGER, ",".join(map(str, fds)), PROGRAM],
            pass_fds=fds,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        found, inheritable, names = map(json.loads, done.stdout.splitlines())
        expected = [[3, list(first.getsockname()), True], [5, list(second.getsockname()), True]]
    assert (found, inheritable, names) == (expected, [False] * 3, [])


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"LISTEN_FDS": "1"},
        {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getppid())},
        {"LISTEN_FDS": "x", "LISTEN_PID": str(os.getpid())},
        {"LISTEN_FDS": "-1", "LISTEN_PID": str(os.getpid())},
    ],
)
def test_nothing_for_us(environ):
    """Variables that are missing, stale or nonsense give nothing and are left alone."""
    before = dict(environ)
    assert take_activated(environ) == []
    assert environ == before


@pytest.fixture
def manager(tmp_path, monkeypatch):
    """Where the service tells how it is."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "n"))
        sock.settimeout(30.0)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "n"))
        yield sock


def post(url):
    """Send an empty POST request; the body of the answer."""
    with urllib.request.urlopen(urllib.request.Request(url, b""), timeout=30) as answer:
        return answer.read()


@pytest.mark.parametrize("how", [[], ["supervised"]])
def test_a_service_with_sockets_and_states(manager, how):
    """It serves on the socket of its unit, before and after a restart, and says how it is."""
    script = Path(__file__).with_name("live") / "activated.py"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        words = [sys.executable, str(script), str(port), *how]
        become = f"import os, sys; os.execv(sys.executable, {words})"
        service = subprocess.Popen(
            [sys.executable, "-c", MANAGER, str(listener.fileno()), become],
            pass_fds=[listener.fileno()],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        try:
            # the socket is open all the time, so no client is refused
            assert post(f"http://127.0.0.1:{port}/restart") == b"soon"
            states = [manager.recv(100).split(b"=")[0] for _ in range(3)]
            assert states == [b"READY", b"RELOADING", b"READY"]
            service.terminate()
            assert manager.recv(100) == b"STOPPING=1"
            assert service.wait(30) == 0
        finally:
            service.kill()
            service.wait()
