"""How a program becomes the supervisor of itself."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def _of(pid: int, name: str) -> str:
    return Path(f"/proc/{pid}/{name}").read_text()


def test_the_first_process_becomes_the_supervisor(fleet):
    """It keeps its id, and has nothing of the program in it."""
    program = fleet("2")
    found = program.workers(2)
    parents = {int(_of(pid, "stat").split()[3]) for pid in found.values()}
    assert parents == {program.process.pid}
    assert "\0-I\0-c\0" in _of(program.process.pid, "cmdline")
    os.kill(program.process.pid, signal.SIGTERM)
    assert program.exit_code() == 0


def test_of_the_command_line(fleet, tmp_path):
    """``--workers`` of a script that says nothing of workers; each of its servers is meant."""
    (tmp_path / "plain.py").write_text(
        "import os\n"
        "from quick_htag import create_server\n"
        "server = create_server(('', 0))\n"
        "server.suppress_noise = True\n"
        "@server.json_get('/who', 0)\n"
        "def who(req, args):\n"
        "    return {'pid': os.getpid(), 'worker': server.worker}\n"
        "server.serve_forever()\n"
        "server.server_close()\n"
    )
    program = fleet("-m", "quick_htag", "plain.py", "--workers", "2", script="")
    program.workers(2)
    program.type("quit\n")
    assert program.exit_code() == 0


def test_a_start_that_takes_too_long_is_ended(fleet, tmp_path):
    """A program of which no worker ever serves ends."""
    (tmp_path / "slow.py").write_text(
        "import time\n"
        "from quick_htag import Settings, create_server\n"
        "settings = Settings(worker_start_timeout=1.0)\n"
        "server = create_server(('', 0), settings=settings, workers=2)\n"
        "if server.worker:\n"
        "    time.sleep(60.0)\n"
        "server.serve_forever()\n"
    )
    program = fleet("slow.py", script="", begin=False)
    program.wait_for("is not ready in time: killed")
    assert program.exit_code() == 1
