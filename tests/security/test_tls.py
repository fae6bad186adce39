"""HTTPS: versions, ciphers, and what cannot be made to happen."""

from __future__ import annotations

import socket
import ssl
import warnings
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from quick_htag import QuickServer

TIMEOUT = 20.0  # seconds


@pytest.fixture
def server(serve: Callable[..., QuickServer], authority: Any) -> QuickServer:
    """An HTTPS server with files, as most have."""
    server = serve(certfile=authority.certfile, keyfile=authority.keyfile)
    server.json_get("/", 0)(lambda req, args: req.scheme)
    return server


def shake(server: Any, context: ssl.SSLContext) -> Any:
    """Version, cipher, and protocol that a client gets; raises if it gets none."""
    with (
        socket.create_connection(server.server_address[:2], TIMEOUT) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as sock,
    ):
        return sock.version(), sock.cipher(), sock.selected_alpn_protocol(), sock.compression()


def client(authority: Any, version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    """A client that speaks one version, with everything that OpenSSL still has."""
    context: ssl.SSLContext = authority.client_context()
    if version is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that these are old is the point
            context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = version
    return context


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_versions_are_refused(server: Any, authority: Any, version: Any) -> None:
    """1.0 and 1.1; the next client is served."""
    with pytest.raises((ssl.SSLError, ConnectionError)):
        shake(server, client(authority, version))
    assert shake(server, client(authority))[0] == "TLSv1.3"


def test_version_1_2_is_served(server: Any, authority: Any) -> None:
    """With forward secrecy and an authenticated cipher, if the client can."""
    context = authority.client_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    version, cipher, _, compression = shake(server, context)
    assert version == "TLSv1.2"
    assert cipher[0].startswith("ECDHE-")
    assert "GCM" in cipher[0] or "CHACHA" in cipher[0]
    assert compression is None


WEAK = [
    "aNULL",
    "eNULL",
    "RC4",
    "3DES",
    "MD5",
    "EXPORT",
    "LOW",
    "PSK",
    "SRP",
    "aDSS",
    "SEED",
    "IDEA",
]


@pytest.mark.parametrize("name", [*WEAK, "kRSA"])
def test_weak_ciphers_are_refused(server: Any, authority: Any, name: str) -> None:
    """Also those that keep no secret for later; one at a time, if OpenSSL has any."""
    context = authority.client_context()
    try:
        context.set_ciphers(f"{name}:@SECLEVEL=0")
    except ssl.SSLError:  # it has not even been built in
        return
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    offered = {one["name"] for one in context.get_ciphers() if one["protocol"] != "TLSv1.3"}
    if offered:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            shake(server, context)


def test_http_1_1_is_what_is_agreed_on(server: Any, authority: Any) -> None:
    """A client that would rather have another protocol hears of it in the handshake."""
    context = authority.client_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    assert shake(server, context)[2] == "http/1.1"


def test_a_client_cannot_negotiate_again(server: Any) -> None:
    """Which would cost us more than it costs the client."""
    context = server._certificates.context
    assert context.options & ssl.OP_NO_RENEGOTIATION
    assert context.options & ssl.OP_NO_COMPRESSION


def test_plain_http_gets_a_plain_answer(server: Any, ask: Any) -> None:
    """That says what is wrong, and nothing of what is served."""
    answer = ask(server, "/", host="localhost")
    assert answer.status == 400
    assert b'"https"' not in answer.body
