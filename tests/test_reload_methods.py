"""Reading again what is in files."""

from __future__ import annotations

import shutil
import socket
from io import StringIO

from quick_htag import MessageLog


def serial(server, authority):
    """The number of the certificate that a new connection gets."""
    with (
        socket.create_connection(server.server_address, 5) as plain,
        authority.client_context().wrap_socket(plain, server_hostname="localhost") as sock,
    ):
        return sock.getpeercert()["serialNumber"]


def test_the_certificate_is_read_again(start_server, authority, tmp_path):
    """New connections get the one that is in the files now."""
    files = tmp_path / "crt", tmp_path / "key"
    for source, target in zip((authority.certfile, authority.keyfile), files, strict=True):
        shutil.copy(source, target)
    server = start_server(certfile=str(files[0]), keyfile=str(files[1]))
    before = serial(server, authority)
    for source, target in zip(authority.issue("renewed"), files, strict=True):
        shutil.copy(source, target)
    assert server.reload() == ["certificate: read again"]
    assert serial(server, authority) != before


def test_a_broken_certificate_is_told(start_server, authority, tmp_path):
    """The old one stays in use, and the log says why."""
    files = tmp_path / "crt", tmp_path / "key"
    for source, target in zip((authority.certfile, authority.keyfile), files, strict=True):
        shutil.copy(source, target)
    log = StringIO()
    server = start_server(certfile=str(files[0]), keyfile=str(files[1]), log=MessageLog(log))
    files[0].write_text("no certificate")
    assert server.reload() == ["certificate: the old one stays, see above"]
    assert "the renewed certificate is not taken" in log.getvalue()
    assert serial(server, authority)


def test_an_own_context_is_left_alone(start_server, authority):
    """It tells what to do instead."""
    server = start_server(ssl_context=authority.server_context())
    (line,) = server.reload()
    assert line.startswith("certificate: not read again, ")
    assert "load_cert_chain" in line


def test_functions_are_called_in_order(live_server):
    """Each tells what it did, or nothing."""
    called = []
    live_server.on_reload(lambda: called.append("lambda"))

    @live_server.on_reload
    def texts():
        called.append("texts")
        return "12 read"

    assert live_server.reload()[1:] == ["<lambda>: done", "texts: 12 read"]
    assert called == ["lambda", "texts"]


def test_a_function_that_fails_stops_no_other(start_server):
    """It is reported."""
    log = StringIO()
    server = start_server(log=MessageLog(log))

    @server.on_reload
    def broken():
        raise RuntimeError("no such file")

    server.on_reload(list)
    assert server.reload()[1:] == ["broken: failed, see above", "list: done"]
    assert "no such file" in log.getvalue()
