"""Sockets that only their owner finds."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from quick_htag.isolation.addresses import Folder, address_of, connected
from quick_htag.isolation.greeting import NotTrusted
from quick_htag.isolation.hub import Hub

NAME = b"n" * 16


@pytest.mark.skipif(os.name == "nt", reason="Windows has ports instead")
def test_the_folder_is_its_owners() -> None:
    """Nobody else may enter; in the end it is gone with what is in it."""
    folder = Folder(files=True)
    path = Path(folder.path)
    listening = folder.listen()
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    listening.close()
    folder.remove()
    folder.remove()
    assert not path.exists()


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
