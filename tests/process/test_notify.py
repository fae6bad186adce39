"""Messages to a service manager, over real Unix sockets."""

from __future__ import annotations

import socket
import sys
import time

import pytest

from quick_htag.process.notify import notify, notify_ready, notify_reloading, notify_stopping

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="needs Unix sockets")

linux = pytest.mark.skipif(sys.platform != "linux", reason="names without files are of Linux")


@pytest.fixture
def manager(tmp_path, monkeypatch):
    """A socket that ``NOTIFY_SOCKET`` names."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "n"))
        sock.settimeout(10.0)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "n"))
        yield sock


def test_states(manager):
    """Ready and stopping are told in the words of sd_notify(3)."""
    for tell, told in ((notify_ready, b"READY=1"), (notify_stopping, b"STOPPING=1")):
        assert tell()
        assert manager.recv(100) == told


def test_reloading_has_its_time(manager):
    """A reload is told with the monotonic time in microseconds, as systemd 253 wants it."""
    assert notify_reloading()
    state, _, stamp = manager.recv(100).decode().partition("\nMONOTONIC_USEC=")
    assert state == "RELOADING=1"
    assert abs(int(stamp) / 1e6 - time.monotonic()) < 60.0


@linux
def test_abstract_name():
    """An ``@`` stands for a name that is no file."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind("")  # the kernel chooses one
        sock.settimeout(10.0)
        name = "@" + sock.getsockname()[1:].decode()
        assert notify("READY=1", {"NOTIFY_SOCKET": name})
        assert sock.recv(100) == b"READY=1"


@pytest.mark.parametrize("name", [None, "", "/nowhere/at/all", "vsock:2:1", "@" + "x" * 300])
def test_nobody_listens(name):
    """Without a service manager, or one that is gone, nothing happens."""
    assert notify("READY=1", {} if name is None else {"NOTIFY_SOCKET": name}) is False


def test_a_manager_that_reads_nothing(manager, monkeypatch):
    """A full queue holds nobody up for longer than the limit."""
    monkeypatch.setattr("quick_htag.process.notify._TIMEOUT", 0.01)
    assert not all(notify("x" * 1000) for _ in range(10_000))
