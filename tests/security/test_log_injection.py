"""What clients write into the log: never a line of its own, never a command to a terminal."""

from __future__ import annotations

import io
import json
import re
import socket
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag import HTTPError, PreventDefaultResponse
from quick_htag.testing import TestClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from quick_htag import QuickServer

FORGED = '[2026-01-01 00:00:00] "GET /forged HTTP/1.1" 200'
EVIL = f"x\n{FORGED}\r\n\x1b[31mred\x1b]0;title\x07\x9b31m\u2028{FORGED}\u202e\0\x7f"


@pytest.fixture
def client(serve: Callable[..., QuickServer], app_name: str) -> TestClient:
    """A visitor of a server that tells what it is told."""
    server = serve()
    server.bind_htag("/app", app_name)
    server.report_slow_requests = 0.0001

    @server.json_post("/raise", 0)
    def fail(req: Any, args: Any) -> Any:
        raise ValueError(args["post"]["text"])

    @server.json_post("/chain", 0)
    def chain(req: Any, args: Any) -> Any:
        try:
            raise KeyError(args["post"]["text"])
        except KeyError as error:
            raise RuntimeError(args["post"]["text"]) from error

    @server.json_post("/status", 0)
    def status(req: Any, args: Any) -> Any:
        raise HTTPError(418, args["post"]["text"])

    @server.json_post("/prevent", 0)
    def prevent(req: Any, args: Any) -> Any:
        raise PreventDefaultResponse(409, args["post"]["text"])

    @server.json_worker("/job")
    def job(args: Any) -> Any:
        raise ValueError(args)

    return TestClient(server.app)


def check(log: io.StringIO) -> None:
    """No line begins like one of the server, and nothing in it moves a cursor."""
    text = log.getvalue()
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e]", text)
    for line in text.split("\n"):
        plain = line.removeprefix("[SERVER] ")
        assert not plain.startswith(FORGED), text
        assert line == "" or line.startswith("[SERVER] "), text


@pytest.mark.parametrize("path", ["/raise", "/chain", "/status", "/prevent"])
def test_texts_of_exceptions(client: TestClient, log: io.StringIO, path: str) -> None:
    """They often have in them what was sent."""
    assert client.post(path, json={"text": EVIL}).status >= 400
    check(log)


@pytest.mark.parametrize(
    "post",
    [
        {"action": EVIL},
        {"action": "start", "payload": EVIL},
        {"action": "get", "token": EVIL},
        {"action": "stop", "token": EVIL, "id": EVIL},
        {"action": "cargo", "token": EVIL},
    ],
)
def test_what_is_said_about_jobs(client: TestClient, log: io.StringIO, post: Any) -> None:
    """Their names, and why they failed."""
    client.post("/job", json=post)
    check(log)


def test_what_pages_send(client: TestClient, log: io.StringIO) -> None:
    """Events that are refused, and errors of scripts that a page tells of."""
    html = client.get("/app").text
    config = json.loads(html.partition("quick_htag_page=")[2].partition("</script>")[0])
    line = client.websocket(f"/app/ws?page={config['page']}&seen={config['seen']}")
    events: list[Any] = [
        {"id": EVIL, "event": EVIL, "method": EVIL, "data": {}},
        {"id": 1, "event": EVIL, "method": EVIL, "args": [EVIL], "kargs": {EVIL: EVIL}},
        {"action": "log_error", "error": EVIL},
        {"action": "log_error", "error": [EVIL]},
    ]
    for number, payload in enumerate(events, 1):
        line.send(json.dumps({"n": number, "p": payload}))
        while json.loads(str(line.receive(20))).get("done") != number:
            pass
    line.drop()
    check(log)


@pytest.mark.parametrize(
    "data",
    [
        b"GET /\x1b[31m HTTP/1.1\r\n",
        b"GET /a\rb HTTP/1.1\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"X\x1b]0;title\x07\r\n\r\n",
    ],
)
def test_what_is_no_request(log: io.StringIO, serve: Any, data: bytes) -> None:
    """Nothing of it is repeated."""
    server = serve()
    with socket.create_connection(server.server_address[:2], 20) as sock:
        sock.sendall(data + b"\r\n\r\n")
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(4096):
            pass
    check(log)


def test_hosts_and_long_targets(serve: Any, ask: Any, log: io.StringIO) -> None:
    """What is long stays one line; an escaped line end stays escaped."""
    server = serve()
    ask(server, f"/a?{'b' * 7000}%0a[SERVER]%1b[31m", host="evil.example%0a")
    ask(server, "/a", 'Referer: "\n', host='evil"')
    check(log)
    assert log.getvalue().count("%0a[SERVER]%1b[31m") == 1
