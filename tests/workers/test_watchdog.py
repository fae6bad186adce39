"""Signs of life for a service manager."""

from __future__ import annotations

import os
import socket
import sys

import pytest

from quick_htag.workers.watchdog import Watchdog

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="systemd is on Linux")


def test_nobody_asked(clock):
    """Then it is never due."""
    assert Watchdog({}, clock).due is None
    assert Watchdog({"WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "1"}, clock).due is None


def test_it_tells_twice_in_the_time_it_has(clock, tmp_path):
    """As sd_watchdog_enabled(3) recommends."""
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        pid = str(os.getpid())
        environ = {"WATCHDOG_USEC": "2000000", "WATCHDOG_PID": pid, "NOTIFY_SOCKET": path}
        watchdog = Watchdog(environ, clock)
        watchdog.look(clock())
        assert manager.recv(100) == b"WATCHDOG=1"
        assert watchdog.due == clock() + 1.0
