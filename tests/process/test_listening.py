"""The listening sockets of a process: adopted, registered, kept."""

from __future__ import annotations

import os
import socket
import sys

import pytest

from quick_htag.process.beginning import ENV_SOCKETS
from quick_htag.process.handover import Held, bound_address, encode, receive, take
from quick_htag.process.listening import Listening, listening

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="descriptors of POSIX")

ASKED = ("", 0)


class Server:
    """As much of a server as is known here."""

    def __init__(self, host="127.0.0.1"):
        self.socket = socket.create_server((host, 0))
        self.stopped = 0

    def fileno(self):
        """The descriptor of the listening socket."""
        return self.socket.fileno()

    def shutdown(self):
        """Count."""
        self.stopped += 1


@pytest.fixture
def servers():
    """Makes servers that are closed after the test."""
    made = []

    def make():
        made.append(Server())
        return made[-1]

    yield make
    for server in made:
        server.socket.close()


@pytest.fixture
def given():
    """``given(*held)``: the sockets of a process that was given these."""
    found = []

    def make(*held):
        found.append(Listening({ENV_SOCKETS: encode(held, pid=os.getpid())}))
        return found[-1]

    yield make
    for one in found:
        for held in [*one._available, *one._kept]:
            held.close()


def a_socket(address=ASKED, activated=False):
    """A listening descriptor of nobody."""
    return Held(socket.create_server(("127.0.0.1", 0)).detach(), address, activated)


def test_a_kept_socket_is_adopted_once(given):
    """The server that is asked for the same address gets it; the next one none."""
    held = a_socket()
    table = given(held)
    assert table.adopt(("", 80)) is None
    with table.adopt(ASKED) as sock:
        assert sock.fileno() == held.fd
    assert table.adopt(ASKED) is None


def test_servers_with_the_same_request_have_their_order(given):
    """Two servers on port 0 get the ports they had."""
    held = [a_socket(), a_socket()]
    table = given(*held)
    ports = [bound_address(one.fd) for one in held]
    for port in ports:
        with table.adopt(ASKED) as sock:
            assert sock.getsockname() == port


def test_a_service_manager_decides_on_the_interface(given):
    """One of its sockets fits when the port does, the same host first."""
    other, same = a_socket(("0.0.0.0", 80), True), a_socket(("127.0.0.1", 80), True)
    table = given(other, same)
    assert table.adopt(("127.0.0.1", 0)) is None
    for expected in (same, other):
        with table.adopt(("127.0.0.1", 80)) as sock:
            assert sock.fileno() == expected.fd


def test_what_nobody_claims_is_closed(given):
    """But for the sockets of a service manager, which stay for the next process."""
    kept, activated = a_socket(), a_socket(("127.0.0.1", 80), True)
    table = given(kept, activated)
    table.close_unclaimed()
    assert (bound_address(kept.fd), table.adopt(ASKED)) == (None, None)
    assert table.activated() == [activated]


def test_who_serves_an_address(given, servers):
    """The server that was asked to listen there, as long as it does."""
    table, server = given(), servers()
    table.register(server, ("", 8080))
    assert table.serving_at(("", 8080)) is server
    assert table.serving_at(("", 8081)) is None
    server.socket.close()
    assert table.serving_at(("", 8080)) is None


def test_a_server_is_kept_beyond_its_end(given, servers):
    """A client can connect although the server has closed its socket."""
    table, server = given(), servers()
    address = server.socket.getsockname()
    table.register(server, ASKED)
    table.keep()
    table.keep()
    server.socket.close()
    socket.create_connection(address, 5).close()
    assert table.addresses() == [f"127.0.0.1:{address[1]}"]


def test_a_server_that_comes_late_is_kept_too(given, servers):
    """Also one made after the restart was asked for."""
    table, server = given(), servers()
    table.keep()
    table.register(server, ASKED)
    assert table.addresses() == [f"127.0.0.1:{server.socket.getsockname()[1]}"]


def test_closed_and_forgotten_servers_are_not_kept(given, servers):
    """What does not serve any more has nothing to keep, and is not kept alive."""
    table, closed = given(), servers()
    closed.socket.close()
    table.register(closed, ASKED)
    forgotten = Server()
    sock = forgotten.socket
    table.register(forgotten, ASKED)
    del forgotten
    table.keep()
    sock.close()
    assert table.addresses() == []


def test_exec_gets_descriptors_and_their_addresses(given, servers):
    """Only what is kept, and what the service manager gave, is inherited, and only from then on."""
    activated = a_socket(("127.0.0.1", 80), True)
    table, server = given(activated), servers()
    table.register(server, ASKED)
    table.keep()
    [kept] = table._kept
    assert not os.get_inheritable(kept.fd)
    environ = table.for_exec()
    assert os.get_inheritable(kept.fd)
    assert os.get_inheritable(activated.fd)
    assert not os.get_inheritable(server.fileno())
    assert take(environ).sockets == [kept, activated]


def test_exec_without_servers_changes_no_environment(given):
    """Nothing to tell is not told."""
    assert given().for_exec() == {}


def test_the_supervisor_gets_them(servers):
    """What is kept goes to the supervisor, if there is one."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        control = theirs.fileno()
        table = Listening({ENV_SOCKETS: encode([], parent=os.getppid(), control=control)})
        table.register(servers(), ASKED)
        table.keep()
        table.send_to_supervisor()
        [held] = receive(ours)
        assert held.address == ASKED
        held.close()
        table._kept[0].close()


def test_without_supervisor_nothing_is_sent(given):
    """Nobody to send to is no error."""
    given().send_to_supervisor()


def test_servers_that_still_listen_are_shut_down(given, servers):
    """The closed ones are not asked again."""
    table, closed, live = given(), servers(), servers()
    table.register(closed, ASKED)
    table.register(live, ASKED)
    closed.socket.close()
    table.shut_down()
    assert (closed.stopped, live.stopped) == (0, 1)


def test_there_is_one():
    """The process has one table of descriptors."""
    assert listening() is listening()
