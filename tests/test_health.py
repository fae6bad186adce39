"""Whether a server is well, asked by machines."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
import requests

from quick_htag import MessageLog, PreventDefaultResponse
from quick_htag.app import App
from quick_htag.errors import ConfigurationError
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import Request

if TYPE_CHECKING:
    from quick_htag import QuickServer

LIMIT = 30.0


def ask(app: App, path: str = "/healthz", host: str = "localhost") -> Any:
    """The answer to a request."""
    return app.handle(Request("GET", path, Headers([("Host", host)])))


def test_it_is_off_until_it_is_set() -> None:
    """And off again when it is set to None, or moved."""
    app = App()
    assert ask(app).status == 404
    app.health = "/healthz"
    assert (ask(app).status, ask(app).content()) == (200, b"ok\n")
    assert ask(app).header("Cache-Control") == "no-store"
    app.health = "/up"
    assert [ask(app).status, ask(app, "/up").status] == [404, 200]
    app.health = None
    assert (ask(app, "/up").status, app.health) == (404, None)
    app.close()


def test_nothing_stands_before_it() -> None:
    """Neither middleware nor the names of hosts: a prober has an address and no cookie."""

    def refuse(req: Any, path: str, cookie: Any) -> None:
        raise PreventDefaultResponse(403)

    app = App(log=MessageLog(StringIO()))
    app.add_pre_middleware(refuse)
    app.allowed_hosts = ["example.org"]
    app.health = "/healthz"
    assert ask(app, host="10.0.0.7:8080").status == 200
    assert ask(app, "/other", host="10.0.0.7:8080").status == 421
    assert ask(app, "/other", host="example.org").status == 403
    app.close()


def test_a_server_that_stops_is_not_well() -> None:
    """Others are asked instead."""
    app = App()
    app.health = "/healthz"
    app.drain(0.0)
    assert ask(app).status == 503
    app.close()


@pytest.mark.parametrize("path", ["", "healthz", "/", "/:name", "/a/", 7])
def test_what_is_no_path(path: Any) -> None:
    """It is one address."""
    app = App()
    with pytest.raises(ConfigurationError):
        app.health = path
    app.close()


def test_probes_are_not_logged(start_server: Callable[..., QuickServer]) -> None:
    """They come every few seconds, for ever."""
    log = StringIO()
    server = start_server(log=MessageLog(log))
    server.health = "/healthz"
    assert requests.get(f"{server.url}healthz", timeout=LIMIT).text == "ok\n"
    assert requests.head(f"{server.url}healthz", timeout=LIMIT).status_code == 200
    assert log.getvalue() == ""


def test_a_busy_server_is_well(start_server: Callable[..., QuickServer]) -> None:
    """The check waits for no endpoint."""
    gate = threading.Event()

    def setup(server: QuickServer) -> None:
        server.health = "/healthz"
        server.json_get("/slow", 0)(lambda req, args: gate.wait(LIMIT))

    server = start_server(setup)
    client = http.client.HTTPConnection(*server.server_address[:2], timeout=LIMIT)
    client.request("GET", "/slow")
    assert requests.get(f"{server.url}healthz", timeout=LIMIT).status_code == 200
    gate.set()
    client.getresponse().read()
    client.close()


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("end", ["close", "reset"])
def test_a_probe_that_says_nothing_is_not_logged(
    start_server: Callable[..., QuickServer], authority: Any, secure: bool, end: str
) -> None:
    """Whether the port is open is all that many ask; politely or not."""
    log = StringIO()
    files = {"certfile": authority.certfile, "keyfile": authority.keyfile} if secure else {}
    server = start_server(log=MessageLog(log), **files)
    for _ in range(3):
        with socket.create_connection(server.server_address[:2], timeout=LIMIT) as probe:
            if end == "reset":
                linger = b"\1\0\0\0\0\0\0\0"
                with suppress(OSError):
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    context = authority.client_context() if secure else None
    _wait_for_answer(server, context)
    lines = [line for line in log.getvalue().splitlines() if "/nothing" not in line]
    assert lines == []


def _wait_for_answer(server: QuickServer, context: ssl.SSLContext | None) -> None:
    """The probes were accepted before; now they have been dealt with."""
    client: http.client.HTTPConnection
    if context is None:
        client = http.client.HTTPConnection(*server.server_address[:2], timeout=LIMIT)
    else:
        address = ("localhost", server.server_address[1])
        client = http.client.HTTPSConnection(*address, timeout=LIMIT, context=context)
    client.request("GET", "/nothing")
    client.getresponse().read()
    client.close()
    server.shutdown()
