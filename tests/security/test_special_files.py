"""What looks like a file and is none: pipes, sockets, devices."""

from __future__ import annotations

import json
import os
import socket
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from quick_htag import QuickServer

pytestmark = pytest.mark.skipif(os.name == "nt", reason="files of POSIX")


@pytest.fixture
def server(serve: Callable[..., QuickServer], tmp_path: Path) -> QuickServer:
    """A folder with all of them."""
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "file.txt").write_text("x")
    (tmp_path / "zero.txt").symlink_to("/dev/zero")
    (tmp_path / "tty.txt").symlink_to("/dev/tty")
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    server = serve()
    server.bind_path("/", str(tmp_path))
    server.directory_listing = True
    server.set_file_fallback_hook(
        lambda path: {"/pipe": "pipe.txt", "/zero": "/dev/zero"}.get(path)
    )
    server.base_path = str(tmp_path)
    return server


@pytest.mark.parametrize("follow", [False, True])
@pytest.mark.parametrize("name", ["pipe.txt", "zero.txt", "tty.txt", "loop.txt", "pipe", "zero"])
def test_it_is_not_there(server: Any, ask: Any, name: str, follow: bool) -> None:
    """No request waits for a writer or reads without an end; links followed or not."""
    server.follow_symlinks = follow
    assert ask(server, f"/{name}").status == 404
    assert ask(server, f"/{name}", method="HEAD").status == 404
    assert ask(server, "/file.txt").body == b"x"


def test_a_listing_leaves_it_out(server: Any, ask: Any) -> None:
    """It has files and folders."""
    told = json.loads(ask(server, "/", "Accept: application/json").body)
    names = [entry["name"] for entry in told]
    assert names == ["file.txt"]


def test_a_socket_is_no_file(server: Any, ask: Any, tmp_path: Path) -> None:
    """Nor is it connected to."""
    with socket.socket(socket.AF_UNIX) as sock:
        before = Path.cwd()
        os.chdir(tmp_path)  # the name of a socket is short
        try:
            sock.bind("socket.txt")
        finally:
            os.chdir(before)
        assert stat.S_ISSOCK((tmp_path / "socket.txt").stat().st_mode)
        assert ask(server, "/socket.txt").status == 404


def test_a_device_is_no_file(server: Any, ask: Any, tmp_path: Path) -> None:
    """One that lies in the folder itself."""
    try:
        os.mknod(tmp_path / "device.txt", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only root may make devices")
    assert ask(server, "/device.txt").status == 404
