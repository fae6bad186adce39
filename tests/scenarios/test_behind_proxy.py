"""The proxies of docs/deployment.rst, run as they stand there, with a live app behind them."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import shutil
import socket
import ssl
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import requests

from quick_htag import MessageLog
from tests.ports import free_port

if TYPE_CHECKING:
    from quick_htag import QuickServer

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs" / "deployment.rst"
LIMIT = 30.0  # seconds for a proxy to start or to end

NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{config}
}}
"""
CADDY = """
{{
    admin off
    auto_https disable_redirects
    storage file_system {folder}/caddy
}}
{config}
"""


def _block(title: str) -> str:
    """The first block below a title of the documentation."""
    text = DOCS.read_text(encoding="utf-8").partition(f"\n{title}\n---")[2]
    found = re.search(r"\.\. code-block:: \w+\n\n((?: {4}[^\n]*\n|\n)+)", text)
    assert found, title
    return textwrap.dedent(found[1])


def _program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed; on Debian: apt-get install {name}")
    return found


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost, and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    pem, key = folder / "cert.pem", folder / "key.pem"
    command = f"{_program('openssl')} req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost"]
    files = ["-out", pem, "-keyout", key]
    subprocess.run([*command.split(), *names, *files], check=True, capture_output=True, timeout=60)
    return pem, key


def _echo(ws: Any) -> None:
    for message in ws:
        ws.send(message)


def _events(req: Any, args: Any) -> Any:
    yield "first"
    args["gone"].wait(LIMIT)
    req.server.left.set()


@pytest.fixture
def server(
    start_server: Callable[..., QuickServer], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[QuickServer]:
    """The live app, a folder, own channels, and an endpoint that tells what it knows of clients."""
    import htag

    monkeypatch.syspath_prepend(str(ROOT / "tests" / "live_apps"))
    (tmp_path / "www" / "sub").mkdir(parents=True)
    (tmp_path / "www" / "sub" / "index.html").write_text("index")

    def setup(server: QuickServer) -> None:
        server.left = threading.Event()  # type: ignore[attr-defined]
        server.bind_htag("/", "app_htag2:App" if hasattr(htag, "State") else "app_htag1:App")
        server.bind_path("/files/", str(tmp_path / "www"))
        server.json_get("/who", 0)(
            lambda req, args: [req.client_address[0], *req.get_original_host(), req.url]
        )
        server.websocket("/echo")(_echo)
        server.sse("/events")(_events)
        exec(_block("What a proxy tells"), {"server": server})

    yield start_server(setup, log=MessageLog(StringIO()))
    for name in ("app_htag1", "app_htag2", "gate", "gui_client"):
        sys.modules.pop(name, None)


class Proxy(NamedTuple):
    """A running proxy: where clients reach it, and the path it takes away."""

    url: str
    port: int
    prefix: str
    tls: ssl.SSLContext


def _nginx(folder: Path, title: str, port: int, certificate: tuple[Path, Path]) -> list[str]:
    config = _block(title)
    config = config.replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
    config = config.replace("/etc/ssl/example.org.pem", str(certificate[0]))
    config = config.replace("/etc/ssl/example.org.key", str(certificate[1]))
    path = folder / "nginx.conf"
    path.write_text(NGINX.format(folder=folder, config=config))
    return [_program("nginx"), "-p", str(folder), "-e", "stderr", "-c", str(path)]


def _caddy(folder: Path, title: str, port: int, certificate: tuple[Path, Path]) -> list[str]:
    site = f"https://:{port} {{\n    bind 127.0.0.1\n    tls {certificate[0]} {certificate[1]}"
    config = _block(title).replace("example.org {", site)
    path = folder / "Caddyfile"
    path.write_text(CADDY.format(folder=folder, config=config))
    return [_program("caddy"), "run", "--config", str(path), "--adapter", "caddyfile"]


COMMANDS = {"nginx": _nginx, "Caddy": _caddy}


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + LIMIT
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=LIMIT).close()
        except OSError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.02)  # nobody tells when a port is open
        else:
            return


TITLES = [
    f"{name} {place}" for name in COMMANDS for place in ("at the root of a host", "under a path")
]


@pytest.fixture(params=TITLES)
def title(request: pytest.FixtureRequest) -> str:
    """The section of the documentation that has the configuration."""
    return str(request.param)


@pytest.fixture
def proxy(
    title: str,
    server: QuickServer,
    certificate: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Proxy]:
    """The proxy of the documentation in front of ``server``, on a free port."""
    port, prefix = free_port(), "/app" if title.endswith("path") else ""
    command = COMMANDS[title.partition(" ")[0]](tmp_path, title, port, certificate)
    config = Path(command[command.index("-c" if "-c" in command else "--config") + 1])
    upstream = f"127.0.0.1:{server.server_address[1]}"
    config.write_text(config.read_text().replace("127.0.0.1:8080", upstream))
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
    monkeypatch.setenv("HOME", str(tmp_path))
    log = tmp_path / "proxy.log"
    with log.open("wb") as file, subprocess.Popen(command, stdout=file, stderr=file) as process:
        try:
            _wait_for(port, process, log)
            tls = ssl.create_default_context(cafile=str(certificate[0]))
            yield Proxy(f"https://localhost:{port}{prefix}/", port, prefix, tls)
        finally:
            process.terminate()
            try:
                process.wait(LIMIT)
            except subprocess.TimeoutExpired:
                process.kill()


async def _click(proxy: Proxy, page: Any) -> list[Any]:
    """Connect a page and click its button; what comes until that is done and something is pushed.

    Not with the client that uses threads: one that reads while another writes gets lost in TLS.
    """
    from websockets.asyncio.client import connect

    cookie = "; ".join(f"{cookie.name}={cookie.value}" for cookie in page.visitor.cookies)
    url = f"{proxy.url.replace('http', 'ws', 1)}ws?page={page.config['page']}&seen={page.seen}"
    options: dict[str, Any] = {
        "origin": f"https://localhost:{proxy.port}",
        "additional_headers": {"Cookie": cookie},
    }
    got: list[Any] = []
    async with connect(url, ssl=proxy.tls, **options) as connection:
        await connection.send(json.dumps({"n": 1, "p": page.event_of("more")}))
        while {"done": 1} not in got or not any("n" in message for message in got):
            got.append(json.loads(await connection.recv()))
    return got


def _click_in_time(proxy: Proxy, page: Any) -> list[Any]:
    return asyncio.run(asyncio.wait_for(_click(proxy, page), LIMIT))


def test_a_live_page_works(proxy: Proxy) -> None:
    """Page, websocket, events and pushes go through, with no more than the documented settings."""
    from gui_client import Page

    page = Page(proxy.url)
    with page.visitor:
        assert _click_in_time(proxy, page)[0] == {"hello": 0}


def _of_page(proxy: Proxy, page: Any, **more: str) -> dict[str, Any]:
    """Options for a request of a page."""
    headers = {"Origin": f"https://localhost:{proxy.port}"}
    return {"params": {"page": page.config["page"], **more}, "headers": headers, "timeout": LIMIT}


def _post_click(proxy: Proxy, page: Any) -> None:
    event = json.dumps({"n": 1, "p": page.event_of("more")})
    answer = page.visitor.post(f"{proxy.url}event", json=[event], **_of_page(proxy, page))
    assert answer.json() == {"m": ['{"ack":1}']}


def test_a_live_page_works_by_events(proxy: Proxy) -> None:
    """Pushes come at once, one by one, and events are taken."""
    from gui_client import Page

    page = Page(proxy.url)
    options = _of_page(proxy, page, seen="0")
    del options["headers"]  # browsers send no Origin with it
    with page.visitor, page.visitor.get(f"{proxy.url}stream", stream=True, **options) as answer:
        lines = answer.iter_lines()
        assert next(lines) == b'data: {"hello":0}'
        _post_click(proxy, page)
        assert any(line == b'data: {"done":1}' for line in lines)


def test_a_live_page_works_by_polls(proxy: Proxy) -> None:
    """The same, asked for again and again."""
    from gui_client import Page

    page = Page(proxy.url)
    with page.visitor:
        url = f"{proxy.url}poll"
        first = page.visitor.post(url, **_of_page(proxy, page, seen="0")).json()
        assert first["m"][0] == '{"hello":0}'
        _post_click(proxy, page)
        texts: list[str] = []
        number = 0
        while '{"done":1}' not in texts:
            number += 1
            options = _of_page(proxy, page, c=first["c"], k=str(number))
            texts += page.visitor.post(url, **options).json()["m"]


def test_own_websockets_pass(proxy: Proxy) -> None:
    """Text and bytes, for a page of the outside's origin, and for no other."""

    async def talk(origin: str) -> list[Any]:
        from websockets.asyncio.client import connect

        url = f"{proxy.url.replace('http', 'ws', 1)}echo"
        async with connect(url, ssl=proxy.tls, origin=origin) as client:  # type: ignore[arg-type]
            await client.send("text")
            await client.send(b"x" * 200_000)
            return [await client.recv(), await client.recv()]

    from websockets.exceptions import InvalidStatus

    origin = f"https://localhost:{proxy.port}"
    assert asyncio.run(asyncio.wait_for(talk(origin), LIMIT)) == ["text", b"x" * 200_000]
    with pytest.raises(InvalidStatus, match="403"):
        asyncio.run(asyncio.wait_for(talk("https://evil.example"), LIMIT))


def test_own_events_pass_at_once(proxy: Proxy, server: QuickServer) -> None:
    """The proxy keeps none back, and the generator learns that the client has left."""
    with requests.get(f"{proxy.url}events", stream=True, timeout=LIMIT) as answer:
        lines = answer.iter_lines()  # dropping it would close the connection
        assert next(lines) == b"data: first"
        assert not server.left.is_set()  # type: ignore[attr-defined]
    assert server.left.wait(LIMIT)  # type: ignore[attr-defined]


def test_the_session_cookie_is_for_the_outside(proxy: Proxy) -> None:
    """It is Secure, since the client uses TLS, and for the path the client knows."""
    with requests.Session() as visitor:
        visitor.get(proxy.url, timeout=LIMIT).raise_for_status()
        (cookie,) = visitor.cookies
        assert (cookie.secure, cookie.path) == (True, proxy.prefix or "/")


def _claim(proxy: Proxy, path: str, **fields: str) -> http.client.HTTPResponse:
    """Ask from another address of this machine, and claim things."""
    # other than 127.0.0.1, which is the proxy's; Linux has all of 127.0.0.0/8
    source = ("127.0.0.5", 0) if sys.platform == "linux" else None
    client = http.client.HTTPSConnection(
        "localhost", proxy.port, timeout=LIMIT, context=proxy.tls, source_address=source
    )
    try:
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        client.request("GET", f"{proxy.prefix}{path}", headers=headers)
        answer = client.getresponse()
        answer.body = answer.read()  # type: ignore[attr-defined]
    finally:
        client.close()
    return answer


@pytest.mark.skipif(sys.platform != "linux", reason="the client needs an address of its own")
def test_a_client_cannot_claim_to_be_another(proxy: Proxy) -> None:
    """Address, scheme, host and path are what the proxy has seen, whatever the client writes."""
    answer: Any = _claim(
        proxy,
        "/who",
        X_Forwarded_For="6.6.6.6",
        X_Forwarded_Proto="http",
        X_Forwarded_Host="evil.example",
        X_Forwarded_Port="6",
        X_Forwarded_Prefix="/evil",
        Forwarded="for=6.6.6.6;host=evil.example",
    )
    host = f"localhost:{proxy.port}"
    assert json.loads(answer.body) == ["127.0.0.5", "https", host, f"{proxy.url}who"]


def test_redirects_stay_below_the_path(proxy: Proxy) -> None:
    """A folder without its slash leads to the folder as the client knows it."""
    got = requests.get(f"{proxy.url}files/sub", timeout=LIMIT)
    assert (got.status_code, got.text) == (200, "index")
    assert got.url == f"{proxy.url}files/sub/"


def test_the_public_name_must_be_allowed(proxy: Proxy, server: QuickServer) -> None:
    """What the documentation sets makes the difference between the page and 421."""
    assert _claim(proxy, "/who", Host="example.org").status == 200
    server.allowed_hosts = ["localhost"]
    assert _claim(proxy, "/who", Host="example.org").status == 421


def test_without_trust_a_page_behind_tls_cannot_connect(proxy: Proxy, server: QuickServer) -> None:
    """Its origin is not what the server sees; the log says what to set."""
    from gui_client import Page
    from websockets.exceptions import InvalidStatus

    server.trusted_proxies = []
    page = Page(proxy.url)
    with page.visitor, pytest.raises(InvalidStatus, match="403"):
        _click_in_time(proxy, page)
    advice = "server.trusted_proxies = [*server.trusted_proxies, '127.0.0.1']"
    assert advice in server.log.file.getvalue()  # type: ignore[union-attr]


def test_the_sessions_command_shows_the_client(server: QuickServer) -> None:
    """The address of a connected page is what the trusted proxy said, not the proxy's."""
    from gui_client import Page

    page = Page(server.url)
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in page.visitor.cookies)
    host = f"127.0.0.1:{server.server_address[1]}"
    head = (
        f"GET /ws?page={page.config['page']}&seen=0 HTTP/1.1\r\nHost: {host}\r\n"
        f"Origin: http://{host}\r\nCookie: {cookies}\r\nX-Forwarded-For: 192.0.2.7\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    with socket.create_connection(server.server_address[:2], timeout=LIMIT) as client:
        client.sendall(head.encode())
        received = b""
        while b'"hello"' not in received:
            received += client.recv(1000)
        server.handle_cmd("sessions")
    page.visitor.close()
    assert "192.0.2.7" in server.log.file.getvalue()  # type: ignore[union-attr]
