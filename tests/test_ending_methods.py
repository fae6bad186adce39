"""How parts of a server end that it has only if something needed them."""

from __future__ import annotations

import threading

import pytest

from quick_htag import create_server
from quick_htag.later import made

PARTS = ("guis", "jobs", "topics", "_handlers", "_hosted", "_loops", "_mirrors", "_sidecar")


def test_a_server_without_them_ends_without_them() -> None:
    """A server of endpoints has made none of these parts, and its end makes none."""
    with create_server(("", 0)) as server:
        server.no_command_loop = True
        server.json_get("/", 0)(lambda req, args: {})
        server.start()
    assert [name for name in PARTS if made(server, name) is not None] == []


@pytest.mark.parametrize("name", PARTS)
def test_a_part_that_comes_late_is_ended(name: str) -> None:
    """What a last request asks for while the server stops starts no thread that stays."""
    with create_server(("", 0)) as server:
        server.no_command_loop = True
        server.start()
    before = set(threading.enumerate())
    part = getattr(server, name)
    if name == "_sidecar":
        assert not part.post(print)
    assert set(threading.enumerate()) <= before
