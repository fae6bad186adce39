"""What a watched program has told."""

from __future__ import annotations

import os
import socket
import sys

import pytest

from quick_htag.process.handover import Held, bound_address, send
from quick_htag.process.mailbox import Mailbox

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no channel")


@pytest.fixture
def pair():
    """The ends of a channel."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_words_and_sockets_in_any_order(pair):
    """Each socket with its address, each object as it was."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        pair[1].sendall(b'{"files": []}\n')
        send(pair[1].fileno(), [Held(listener.fileno(), ("", 0))])
        pair[1].sendall(b'{"serving": true}\n{"half')
        mailbox = Mailbox(pair[0])
        ((held,), told) = mailbox.read()
        assert told == [{"files": []}, {"serving": True}]
        assert bound_address(held.fd) == listener.getsockname()
        os.close(held.fd)
    pair[1].sendall(b'": 1}\nnonsense\n')
    assert mailbox.read() == ([], [{"half": 1}])


def test_the_end_is_noticed(pair):
    """After what came before it."""
    pair[1].sendall(b'{"error": "x"}\n')
    pair[1].close()
    mailbox = Mailbox(pair[0])
    assert mailbox.read() == ([], [{"error": "x"}])
    assert mailbox.closed


def test_nothing_has_come(pair):
    """It does not wait for it, but as long as it is told to."""
    mailbox = Mailbox(pair[0])
    mailbox.wait(0.0)
    assert mailbox.read() == ([], [])
    assert not mailbox.closed


def test_without_a_channel():
    """Nothing ever comes."""
    assert Mailbox(None).closed
