"""Connections that come: taken, turned away, or not to be had."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 20.0
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
# For tests that count threads: a machine under load must not make quick targets look slow.
PATIENT = {"watchdog_interval": 5.0, "inline_limit": 5.0}


def request(path: str) -> bytes:
    """A request for ``path``."""
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def test_too_many_connections(serve, site, until):
    """One connection too many is told so and closed; later there is room again."""
    live = serve(site, max_connections=3)
    clients = [live.connect() for _ in range(3)]
    assert {client.get().body for client in clients} == {b"hello"}
    refused = live.connect().send(GET)
    answer = refused.answer()
    assert (answer.status, answer.field("Retry-After")) == (503, "5")
    assert refused.closed()
    clients[0].close()
    until(lambda: live.counts()["connections"] == 2)
    assert live.get().body == b"hello"
    assert clients[1].get().body == b"hello"


class Elsewhere:
    """Has taken over connections."""

    count = 0

    def taken_over(self):
        return self.count


def test_connections_that_left_http_count(serve, site):
    """Websockets, streams and tunnels are connections like others."""
    elsewhere = Elsewhere()
    live = serve(site, {"channels": elsewhere}, max_connections=3)
    elsewhere.count = 2
    assert live.connect().get().status == 200
    assert live.connect().send(GET).answer().status == 503
    elsewhere.count = 0
    assert live.connect().get().status == 200


def test_small_poller(serve, site, poller_class, monkeypatch):
    """A poller that can watch only a few sockets limits the connections."""
    monkeypatch.setattr(poller_class, "__init__", _small(poller_class.__init__))
    live = serve(site)
    client = live.connect()
    assert client.get().status == 200
    assert live.connect().send(GET).answer().status == 503


def _small(init):
    def small(self):
        init(self)
        self.capacity = 1

    return small


def test_connections_that_come_and_go(serve, site, until):
    """Thousands of connections leave nothing behind."""
    live = serve(site, **PATIENT)
    for number in range(3000):
        with live.connect() as client:
            if number % 3:
                client.get()
        live.clients.clear()
    until(lambda: live.counts()["connections"] == 0)
    assert len(live.transport._hub.deadlines._heap) < 2000
    assert live.counts()["threads"] == 1


def test_reset_connections(serve, site, until):
    """Clients that vanish with a reset, at any point, leave nothing behind."""
    live = serve(site)
    for data in (b"", b"GET / HT", GET, GET * 50, b"\x16\x03"):
        for _ in range(20):
            client = live.connect().send(data)
            linger = b"\1\0\0\0\0\0\0\0" if os.name == "posix" else b"\1\0\0\0"
            client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            client.close()
    assert live.get().body == b"hello"
    until(lambda: live.counts()["connections"] == 0)
    assert live.log == ""


def test_adopted_connection(serve, site):
    """A connection that somebody else has accepted is served."""
    live = serve(site)
    ours, theirs = socket.socketpair()
    live.transport.adopt(ours, ("somewhere", 1))
    with theirs:
        theirs.settimeout(PATIENCE)
        theirs.sendall(GET)
        assert theirs.recv(65536).endswith(b"hello")


def test_leader_loses_the_lead_while_accepting(serve, site, gate, until):
    """Connections that wait to be accepted are not lost with the leader."""
    for number in range(5):
        site.add(f"/slow{number}", gate)
    live = serve(site)
    waiting = [live.connect().send(request(f"/slow{number}")) for number in range(5)]
    quick = [live.connect().send(GET) for _ in range(50)]
    assert {client.answer().body for client in quick} == {b"hello"}
    gate.open()
    assert {client.answer().body for client in waiting} == {b"waited"}


EMFILE = """
    import resource, socket, sys
    from quick_htag.logs import MessageLog
    from quick_htag.messages.response import HTTPResponse
    from quick_htag.settings import Settings
    from quick_htag.transports.threaded import HttpTransport

    class Site:
        body_limit, cost = 0, 0.0
        def target(self, request):
            return self
        def handle(self, request):
            return HTTPResponse.text("hello")

    def get(client):
        client.settimeout(20)
        client.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
        return client.recv(65536).endswith(b"hello")

    listener = socket.create_server(("127.0.0.1", 0), backlog=100)
    transport = HttpTransport(listener, Site(), Settings(), MessageLog())
    transport.start()
    first = socket.create_connection(listener.getsockname())
    assert get(first)
    held = [socket.socket() for _ in range(20)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (held[-1].fileno() + 1, 8192))
    for sock in held:
        sock.connect(listener.getsockname())  # uses no new number; accepting would
    assert get(first), "the connection that is there is served"
    for sock in held[:10]:
        sock.close()
    assert all(get(sock) for sock in held[10:]), "the others are served when there is room"
    assert transport.stop(10)
    print("done")
"""


def test_no_more_open_files():
    """Running out of file descriptors is survived and reported."""
    pytest.importorskip("resource")
    script = textwrap.dedent(EMFILE)
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
    )
    assert done.stdout == "done\n", done.stderr
    assert "cannot accept connections: " in done.stderr


def test_answers_do_not_wait_for_more_to_send(serve, site):
    """Nagle's algorithm is off on every connection, however that came about."""
    live = serve(site)
    with live.connect() as client:
        client.get()
        [connection] = live.transport._hub.connections
        assert connection.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
