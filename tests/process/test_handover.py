"""What one process tells the next about its sockets, with real descriptors."""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path

import pytest

from quick_htag.process.beginning import ENV_SOCKETS
from quick_htag.process.handover import (
    Handover,
    Held,
    bound_address,
    encode,
    receive,
    send,
    take,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="descriptors of POSIX")


@pytest.fixture
def listener():
    """A listening socket."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock


@pytest.fixture
def channel():
    """The supervisor's end and the child's."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_the_address_of_a_listener(listener):
    """A listening socket is recognised by its number."""
    assert bound_address(listener.fileno()) == listener.getsockname()


@pytest.mark.parametrize("make", [socket.socketpair, lambda: [socket.socket()], os.pipe])
def test_other_descriptors_do_not_listen(make):
    """A socket pair, an unbound socket and a pipe are no listeners."""
    made = make()
    fds = [one if isinstance(one, int) else one.detach() for one in made]
    assert [bound_address(fd) for fd in fds] == [None] * len(fds)
    for fd in fds:
        os.close(fd)


def test_a_closed_descriptor_does_not_listen():
    """A number nobody has is no listener, and no error."""
    assert bound_address(10_000) is None


@pytest.mark.parametrize("who", [{"pid": os.getpid()}, {"parent": os.getppid()}])
def test_what_is_ours_is_taken(listener, who):
    """The process named by its id, or by its parent's, gets the sockets; once."""
    held = Held(listener.fileno(), ("", 0))
    environ = {ENV_SOCKETS: encode([held], **who), "PATH": "x"}
    os.set_inheritable(held.fd, True)
    assert take(environ) == Handover([held])
    assert not os.get_inheritable(held.fd)
    assert environ == {"PATH": "x"}
    assert take(environ) == Handover()


def test_what_is_for_another_process_is_left(listener):
    """A variable that was inherited by accident gives nothing, and is gone."""
    held = Held(listener.fileno(), ("", 0))
    environ = {ENV_SOCKETS: encode([held], pid=os.getppid(), parent=os.getpid())}
    assert take(environ) == Handover()
    assert environ == {}


def test_a_number_that_is_another_thing_now_is_left(channel):
    """Descriptors that do not listen are not touched."""
    fd = channel[0].fileno()
    os.set_inheritable(fd, True)
    assert take({ENV_SOCKETS: encode([Held(fd, ("", 0))], pid=os.getpid())}) == Handover()
    assert os.get_inheritable(fd)


def test_the_channel_is_taken(channel, listener):
    """The control socket has to be a Unix socket."""
    for sock, expected in ((channel[1], channel[1].fileno()), (listener, None)):
        text = encode([], pid=os.getpid(), control=sock.fileno())
        assert take({ENV_SOCKETS: text}).control == expected


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "[]", "{}", "12", '{"pid": %d}', '{"pid": %d, "sockets": [1, 2]}'],
)
def test_nonsense_gives_nothing(text):
    """What we have not written is ignored."""
    assert take({ENV_SOCKETS: text.replace("%d", str(os.getpid()))}) == Handover()


@pytest.mark.parametrize("entry", [[-1, "", 0, False], ["3", "", 0, False], [True, "", 0, False]])
def test_nonsense_for_a_descriptor(entry):
    """Only numbers are descriptors."""
    text = json.dumps({"pid": os.getpid(), "sockets": [entry]})
    assert take({ENV_SOCKETS: text}) == Handover()


def test_sockets_go_through_the_channel(channel, listener):
    """What the child sends is there after its end, with its address; a connection comes through."""
    ours, theirs = channel
    send(theirs.fileno(), [Held(listener.fileno(), ("", 80)), Held(listener.fileno(), ("::", 0))])
    theirs.close()
    found = receive(ours)
    assert [held.address for held in found] == [("", 80), ("::", 0)]
    assert not any(os.get_inheritable(held.fd) for held in found)
    listener.close()
    with socket.socket(fileno=found[0].fd) as kept, socket.create_connection(kept.getsockname()):
        kept.accept()[0].close()
    found[1].close()
    found[1].close()


def test_nothing_was_sent(channel):
    """A child that said nothing, alive or not, makes nobody wait."""
    ours, theirs = channel
    assert receive(ours) == []
    theirs.close()
    assert receive(ours) == []


def test_nonsense_through_the_channel(channel, listener):
    """Text that is not ours gives nothing, and no descriptor stays open."""
    ours, theirs = channel
    theirs.sendall(b"hello\n")
    socket.send_fds(theirs, [b"nonsense\n"], [listener.fileno()])
    before = len(list(Path("/dev/fd").iterdir()))
    assert receive(ours) == []
    assert len(list(Path("/dev/fd").iterdir())) == before
