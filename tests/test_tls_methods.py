"""A server with HTTPS as scripts use it: address, cookie, live pages, its socket, renewal."""

import io
import shutil
import socket
from pathlib import Path

import pytest
import requests

from quick_htag import MessageLog, create_server
from quick_htag.errors import ConfigurationError


@pytest.fixture
def files(authority):
    """The arguments that make an HTTPS server."""
    return {"certfile": authority.certfile, "keyfile": authority.keyfile}


@pytest.fixture
def visitor(authority):
    """Who trusts the certificates of the tests."""
    with requests.Session() as visitor:
        visitor.trust_env = False  # a bundle named in the environment would replace ours
        visitor.verify = authority.root
        yield visitor


def add_scheme(server):
    """A route that tells how its request came."""
    server.json_get("/scheme", 0)(lambda req, args: [req.scheme, req.url])


def certificate_of(server, authority):
    """The certificate that a new connection gets."""
    with (
        socket.create_connection(server.server_address, 5) as plain,
        authority.client_context().wrap_socket(plain, server_hostname="localhost") as sock,
    ):
        return sock.getpeercert()["serialNumber"]


def test_the_address_is_secure(start_server, files, visitor):
    """``server.url`` and ``req.url`` begin with https."""
    server = start_server(add_scheme, **files)
    assert server.url.startswith("https://127.0.0.1:")
    url = f"{server.url}scheme"
    assert visitor.get(url, timeout=30).json() == ["https", url]


def test_own_context(start_server, authority, visitor):
    """A context can be given instead of files."""
    server = start_server(add_scheme, ssl_context=authority.server_context())
    assert visitor.get(f"{server.url}scheme", timeout=30).json()[0] == "https"


def test_live_page(start_server, files, visitor, authority, app_name):
    """A page of htag lives over wss, with a Secure cookie; its clicks are answered."""
    from gui_client import Page

    server = start_server(lambda server: server.bind_htag("/", app_name), **files)
    page = Page(server.url, visitor, authority.client_context())
    assert [cookie.secure for cookie in visitor.cookies] == [True]
    page.open()
    page.click("more")
    page.click("more")
    page.close()


def test_stop_says_goodbye_over_tls(start_server, files, visitor, authority, app_name):
    """Open websockets are closed with the code of a server that stops."""
    from gui_client import Page

    server = start_server(lambda server: server.bind_htag("/", app_name), **files)
    page = Page(server.url, visitor, authority.client_context()).open()
    visitor.get(server.url, timeout=30)
    server.shutdown()
    assert page.end() == 1001
    page.close()


def test_pages_of_plain_http_cannot_connect(start_server, files, visitor, app_name):
    """The origin of the same host without TLS is another one."""
    server = start_server(lambda server: server.bind_htag("/", app_name), **files)
    visitor.get(server.url, timeout=30)
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Origin": server.url.replace("https", "http").rstrip("/"),
    }
    assert visitor.get(f"{server.url}ws?page=x&seen=0", headers=headers).status_code == 403


def test_two_servers(start_server, files, visitor):
    """One with TLS and one without do not know of each other."""
    secure, plain = start_server(add_scheme, **files), start_server(add_scheme)
    found = [visitor.get(f"{one.url}scheme", timeout=30).json()[0] for one in (secure, plain)]
    assert found == ["https", "http"]


def test_assigned_socket(start_server, authority, visitor):
    """A script may wrap the socket; a silent client does not hold up the others."""

    def wrap(server):
        add_scheme(server)
        context = authority.server_context()
        server.socket = context.wrap_socket(server.socket, server_side=True)

    server = start_server(wrap)
    assert server.url.startswith("https://")
    with socket.create_connection(server.server_address, 5):
        assert visitor.get(f"{server.url}scheme", timeout=30).json()[0] == "https"


def test_assigned_too_late(start_server, authority, visitor):
    """After the start that is refused, and the server goes on as it was."""
    server = start_server(add_scheme)
    with pytest.raises(ConfigurationError, match="before the server starts"):
        server.socket = authority.server_context().wrap_socket(server.socket, server_side=True)
    assert visitor.get(f"{server.url}scheme", timeout=30).json()[0] == "http"


def test_assigned_plain_socket(start_server):
    """Another listening socket is served."""

    def replace(server):
        server.socket.close()
        server.socket = socket.create_server(("127.0.0.1", 0))
        add_scheme(server)

    server = start_server(replace)
    host, port = server.socket.getsockname()
    assert requests.get(f"http://{host}:{port}/scheme", timeout=30).json()[0] == "http"


def test_renewed_certificate(start_server, authority, tmp_path):
    """New connections get the new certificate, and one that is open goes on."""
    paths = [shutil.copy(authority.certfile, tmp_path), shutil.copy(authority.keyfile, tmp_path)]
    text = io.StringIO()
    server = start_server(certfile=paths[0], keyfile=paths[1], log=MessageLog(text))
    before = certificate_of(server, authority)
    for path, renewed in zip(paths, authority.issue("renewed"), strict=True):
        shutil.copy(renewed, path)
    assert server.reload_certificate()
    after = certificate_of(server, authority)
    assert after != before
    Path(paths[0]).write_text("broken")
    assert not server.reload_certificate()
    assert certificate_of(server, authority) == after


def test_nothing_to_reload(live_server):
    """A plain server says what it would need."""
    with pytest.raises(ConfigurationError, match="certfile"):
        live_server.reload_certificate()


def test_wrong_files_bind_nothing(authority):
    """A certificate that cannot be used is told before a port is taken."""
    with pytest.raises(ConfigurationError, match=r"nowhere\.pem"):
        create_server(("", 0), certfile="nowhere.pem")


def test_connections_end_with_the_server(start_server, files, authority):
    """``shutdown`` closes connections with TLS, idle ones and those in the handshake."""
    server = start_server(add_scheme, **files)
    with (
        socket.create_connection(server.server_address, 5) as silent,
        socket.create_connection(server.server_address, 5) as plain,
        authority.client_context().wrap_socket(plain, server_hostname="localhost") as idle,
    ):
        idle.sendall(b"GET /scheme HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert idle.recv(4096).startswith(b"HTTP/1.1 200 ")
        server.shutdown()
        assert silent.recv(1) == b""
        while idle.recv(4096):
            continue
