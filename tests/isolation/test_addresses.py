"""Sockets that only their owner finds."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from quick_htag.isolation.addresses import address_of, connected, listen_in, somebody_listens
from quick_htag.isolation.folders import Folder
from quick_htag.isolation.greeting import NotTrusted
from quick_htag.isolation.hub import Hub

NAME = b"n" * 16


@pytest.mark.parametrize("files", [True, False])
def test_who_knows_the_secret_connects(hub: Hub, files: bool) -> None:
    """By a file or by a port, and nobody else does."""
    if files and not hasattr(socket, "AF_UNIX"):
        pytest.skip("there are no such sockets")
    folder = Folder(files=files)
    listening = folder.listen()
    address = address_of(listening)
    hub.listen(listening, lambda _: b"secret", lambda sock, name: sock.close())
    connected(address, NAME, b"secret", 30.0).close()
    with pytest.raises((NotTrusted, OSError)):
        connected(address, NAME, b"guess", 30.0)
    folder.remove()


def test_nobody_listens() -> None:
    """Then there is an error of the system."""
    folder = Folder(files=False)
    with folder.listen() as listening:
        address = address_of(listening)
    with pytest.raises(OSError, match=r".*"):
        connected(address, NAME, b"secret", 30.0)


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="there are no such sockets")
def test_whether_somebody_listens_is_tried(tmp_path: Path) -> None:
    """A file alone tells nothing."""
    with listen_in(str(tmp_path)) as listening:
        path = address_of(listening)[0]
        assert somebody_listens(str(path))
    assert Path(str(path)).exists()
    assert not somebody_listens(str(path))
