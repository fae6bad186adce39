"""A transport with TLS: handshakes, reading and writing, on both pollers."""

from __future__ import annotations

import hashlib
import io
import logging
import os
import socket
import ssl
import struct
import time
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag.logs import MessageLog
from quick_htag.messages.response import FileBody, HTTPResponse
from quick_htag.transports.certificates import Certificates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MIB = 1024 * 1024
PATIENCE = 20.0


class Secure:
    """A running transport with TLS and what connects to it."""

    def __init__(self, live: Any, authority: Any) -> None:
        self.live = live
        self.context = authority.client_context()

    def raw(self) -> Any:
        """A client whose handshake has not begun."""
        return self.live.connect()

    def connect(self, context: ssl.SSLContext | None = None) -> Any:
        """A client with TLS."""
        client = self.live.connect()
        client.sock = (context or self.context).wrap_socket(
            client.sock, server_hostname="localhost"
        )
        return client


@pytest.fixture
def secure(serve: Callable[..., Any], authority: Any) -> Callable[..., Secure]:
    """``secure(application, **settings)`` starts a transport with TLS."""

    def start(application: Any, context: ssl.SSLContext | None = None, **settings: Any) -> Secure:
        tls = Certificates(context or authority.server_context(), None, None, MessageLog())
        return Secure(serve(application, {"tls": tls}, **settings), authority)

    return start


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_requests_on_one_connection(secure: Any, site: Any, version: ssl.TLSVersion) -> None:
    """Both versions are served, and a connection takes one request after the other."""
    site.add("/scheme", lambda request: request.scheme)
    started = secure(site)
    started.context.minimum_version = started.context.maximum_version = version
    client = started.connect()
    assert [client.get("/scheme").body for _ in range(3)] == [b"https"] * 3


def test_large_bodies(secure: Any, site: Any) -> None:
    """Five megabytes arrive as they were sent, in both directions."""
    data = os.urandom(5 * MIB)
    site.add("/up", lambda request: hashlib.sha256(request.body.read()).hexdigest(), 8 * MIB)
    site.add("/down", lambda _: data)
    client = secure(site).connect()
    head = b"GET /up HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\n" % len(data)
    assert client.send(head, data).answer().body.decode() == hashlib.sha256(data).hexdigest()
    assert client.get("/down").body == data


def test_file_and_stream(secure: Any, site: Any) -> None:
    """Files are encrypted as well, from where they begin; streams are sent piece by piece."""
    data = os.urandom(3 * MIB)
    site.add("/file", lambda _: HTTPResponse(200, body=FileBody(io.BytesIO(data), 7, 2 * MIB)))
    pieces = [data[at : at + 300_000] for at in range(0, len(data), 300_000)]
    site.add("/stream", lambda _: HTTPResponse(200, body=iter(pieces)))
    client = secure(site).connect()
    assert client.get("/file").body == data[7 : 7 + 2 * MIB]
    assert client.get("/stream").body == data


def test_pipelined_requests_in_one_record(secure: Any, site: Any) -> None:
    """What the library has decrypted is used although the socket has nothing more to read."""
    client = secure(site).connect()
    client.send(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n" * 50)
    assert [client.answer().body for _ in range(50)] == [b"hello"] * 50


def test_silent_clients_hold_up_nobody(secure: Any, site: Any) -> None:
    """A hundred connections without a byte, and one with half a handshake, delay no other."""
    started = secure(site)
    silent = [started.raw() for _ in range(100)]
    silent[0].send(b"\x16\x03\x01")
    assert started.connect().get().body == b"hello"
    assert started.live.counts()["threads"] <= 3


@pytest.mark.parametrize("sent", [b"", b"\x16\x03\x01\x02\x00\x01"])
def test_slow_handshake_is_dropped(secure: Any, site: Any, sent: bytes) -> None:
    """A handshake that is not done in time ends the connection, without a line in the log."""
    started = secure(site, handshake_timeout=0.2)
    client = started.raw().send(sent)
    assert client.closed()
    assert started.live.log == ""


def test_plain_http_is_answered(secure: Any, site: Any) -> None:
    """A request without TLS gets a 400 that says what to do, and the end."""
    client = secure(site).raw()
    answer = client.get()
    assert answer.status == 400
    assert b"https://" in answer.body
    assert answer.field("Content-Type").startswith("text/plain")
    assert client.closed()


@pytest.fixture
def debugging() -> Iterator[None]:
    """Lines that hardly ever matter are logged."""
    logger = logging.getLogger("quick_htag")
    before = logger.level
    logger.setLevel(logging.DEBUG)
    yield
    logger.setLevel(before)


@pytest.mark.usefixtures("debugging")
def test_failed_handshake_is_one_line(secure: Any, site: Any, until: Any) -> None:
    """A scanner leaves a short line without a traceback, for who debugs."""
    started = secure(site)
    client = started.raw().send(b"\x16\x03\x01\x00\x05hello")
    client.rest()
    until(lambda: started.live.log)
    (line,) = started.live.log.splitlines()
    assert "no TLS with 127.0.0.1" in line
    assert len(line) < 100


def test_client_without_certificate_is_refused(
    secure: Any, site: Any, authority: Any, until: Any
) -> None:
    """A context that asks for certificates of clients refuses those who have none."""
    context = authority.server_context()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.root)
    started = secure(site, context)
    with pytest.raises(ssl.SSLError, match=r"(?i)certificate.required"):
        started.connect().get()
    with_certificate = authority.client_context()
    with_certificate.load_cert_chain(authority.certfile, authority.keyfile)
    assert started.connect(with_certificate).get().body == b"hello"


def test_tls_client_at_a_plain_port(serve: Any, site: Any, authority: Any) -> None:
    """A client that speaks TLS to a plain server is closed, and others are served."""
    live = serve(site)
    client = live.connect()
    with pytest.raises(ssl.SSLError):
        authority.client_context().wrap_socket(client.sock, server_hostname="localhost")
    assert live.get().body == b"hello"


def test_end_of_the_stream_is_secured(secure: Any, site: Any) -> None:
    """The last answer is followed by the end that TLS has, so nobody can cut it short."""
    started = secure(site)
    client = started.live.connect()
    client.sock = started.context.wrap_socket(
        client.sock, server_hostname="localhost", suppress_ragged_eofs=False
    )
    client.get("/", "Connection: close")
    assert client.sock.recv(1) == b""


def test_client_that_takes_nothing(secure: Any, site: Any, until: Any) -> None:
    """Who does not read its answer is dropped after the timeout, and costs no thread meanwhile."""
    site.add("/", lambda _: bytes(20 * MIB))
    started = secure(site, send_timeout=0.3)
    client = started.connect()
    until(lambda: started.live.counts()["connections"] == 1)
    client.send(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n")
    assert started.live.counts()["threads"] <= 3
    until(lambda: started.live.counts()["connections"] == 0)


@pytest.mark.parametrize("resets", [True, False])
def test_client_leaves_during_the_handshake(
    secure: Any, site: Any, until: Any, resets: bool
) -> None:
    """A client that vanishes half way is forgotten, without a line in the log."""
    started = secure(site)
    client = started.raw().send(b"\x16\x03\x01\x02")
    until(lambda: started.live.counts()["connections"] == 1)
    if resets:
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    until(lambda: started.live.counts()["connections"] == 0)
    assert started.live.log == ""


def test_stop_ends_connections(secure: Any, site: Any, until: Any) -> None:
    """Idle connections and handshakes do not hold up the end."""
    started = secure(site, handshake_timeout=600.0)
    idle, waiting = started.connect(), started.raw()
    idle.get()
    until(lambda: started.live.counts()["connections"] == 2)
    before = time.monotonic()
    assert started.live.transport.stop(PATIENCE)
    assert time.monotonic() - before < PATIENCE / 2
    assert idle.closed()
    assert waiting.closed()


def test_connection_left_behind_is_cut_off(secure: Any, site: Any, gate: Any) -> None:
    """A target that does not end in time loses its client, who does not wait for it."""
    site.add("/wait", gate)
    started = secure(site)
    client = started.connect()
    client.send(b"GET /wait HTTP/1.1\r\nHost: test\r\n\r\n")
    gate.await_inside()
    assert not started.live.transport.stop(0.1)
    assert client.closed()
    gate.open()


def test_too_many_connections(secure: Any, site: Any) -> None:
    """One too many is closed without a plain answer that TLS would not understand."""
    started = secure(site, max_connections=1)
    started.connect().get()
    assert started.raw().closed()
