"""Where a supervisor waits."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from quick_htag.process.mailbox import Mailbox
from quick_htag.workers.channel import Outgoing
from quick_htag.workers.waiting import Waiting

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="workers share a socket of POSIX")


class _Child:
    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.mailbox = Mailbox(sock)
        self.outgoing = Outgoing(sock)


@pytest.fixture
def pair() -> Iterator[tuple[Any, socket.socket]]:
    """A worker as the supervisor has it, and its own end of the channel."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield _Child(ours), theirs


def test_it_hears_who_says_something(pair: tuple[Any, socket.socket]) -> None:
    """And no longer when it is forgotten."""
    child, theirs = pair
    heard: list[Any] = []
    waiting = Waiting(lambda one: heard.append(one.sock.recv(100)))
    waiting.add(child)
    theirs.sendall(b"hello")
    waiting.wait(30.0)
    assert heard == [b"hello"]
    waiting.forget(child)
    theirs.sendall(b"again")
    waiting.wait(0.0)
    assert heard == [b"hello"]
    waiting.close()


def test_other_threads_wake_it() -> None:
    """What they want is done by the thread that waits."""
    waiting = Waiting(lambda one: None)
    done: list[threading.Thread] = []
    other = threading.Thread(
        target=waiting.call_soon, args=(lambda: done.append(threading.current_thread()),)
    )
    other.start()
    waiting.wait(30.0)
    other.join(30.0)
    assert done == [threading.current_thread()]
    waiting.close()


def test_a_call_after_the_end_is_harmless() -> None:
    """A signal, or the prompt, may come late."""
    waiting = Waiting(lambda one: None)
    waiting.close()
    waiting.call_soon(lambda: None)
