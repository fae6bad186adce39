"""The link of a job in another process, from its side."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from quick_htag.jobs.remote_link import Address, RemoteLink

TIMEOUT = 30


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """A server."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.settimeout(TIMEOUT)
        yield made


def _address(listening: socket.socket) -> Address:
    return Address("127.0.0.1", listening.getsockname()[1], "secret", True)


def test_it_tells_who_it_is_and_what_happens(listening: socket.socket) -> None:
    """One line of JSON each."""
    with RemoteLink(_address(listening)) as link:
        link.progress(0.5, "half")
        link.item("[1]")
        assert link.connected
        assert link.soft
    sock, _ = listening.accept()
    with sock, sock.makefile("rb") as lines:
        assert lines.read().splitlines() == [
            b'{"key": "secret"}',
            b'{"progress": [0.5, "half"]}',
            b'{"item": "[1]"}',
        ]


@pytest.mark.parametrize("word", [b"stop\n", b""])
def test_any_word_of_the_server_stops_it(listening: socket.socket, word: bytes) -> None:
    """The end of the server does, too."""
    with RemoteLink(_address(listening)) as link:
        sock, _ = listening.accept()
        assert link.alive()
        sock.sendall(word)
        sock.close()
        while link.alive():
            pass
        link.progress(1.0, "")
        assert not link.alive()


def test_without_a_server_the_job_goes_on() -> None:
    """Nobody is told anything."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = _address(gone)
    with RemoteLink(address) as link:
        link.progress(0.5, "half")
        assert link.alive()
        assert not link.connected
