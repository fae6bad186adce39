"""A proxy that takes a path away and tells nothing of it: no setting is needed for what is served.

Plain HTTP and the least that nginx must be told; ``test_behind_proxy`` has the documented settings.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest
import requests

from quick_htag import MessageLog, Response
from tests.ports import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from quick_htag import QuickServer

LIMIT = 30.0

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
    map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
    server {{
        listen 127.0.0.1:{port};
        location /some/app/ {{
            proxy_pass http://127.0.0.1:{upstream}/;
            proxy_redirect off;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
        }}
    }}
}}
"""
PAGE = """<!doctype html><script>
    const said = new Promise((resolve) => {
        const socket = new WebSocket(new URL("echo", location.href).href.replace("http", "ws"));
        socket.onopen = () => socket.send("hello");
        socket.onmessage = ({data}) => resolve(data);
    });
    const told = new Promise((resolve) => {
        const source = new EventSource("events");
        source.onmessage = ({data}) => { source.close(); resolve(data); };
    });
</script>"""


def _echo(ws: Any) -> None:
    for message in ws:
        ws.send(message)


def _events(req: Any, args: Any) -> Any:
    yield "told"
    args["gone"].wait(LIMIT)


@pytest.fixture
def server(start_server: Callable[..., QuickServer], app_name: str, tmp_path: Path) -> QuickServer:
    """One of everything that has an address; nothing is set about proxies."""
    (tmp_path / "www" / "sub").mkdir(parents=True)
    (tmp_path / "www" / "sub" / "file.txt").write_text("content")

    def setup(server: QuickServer) -> None:
        server.bind_htag("/gui", app_name)
        server.bind_path("/files/", str(tmp_path / "www"))
        server.add_default_white_list()
        server.directory_listing = True
        server.text_get("/page", 0)(lambda req, args: Response(PAGE, ctype="text/html"))
        server.websocket("/echo")(_echo)
        server.sse("/events")(_events)

    return start_server(setup, log=MessageLog(StringIO()))


@pytest.fixture
def outside(server: QuickServer, tmp_path: Path) -> Iterator[str]:
    """The address of the server behind nginx."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed; on Debian: apt-get install nginx-light")
    port = free_port()
    config = NGINX.format(folder=tmp_path, port=port, upstream=server.server_address[1])
    (tmp_path / "nginx.conf").write_text(config)
    command = [nginx, "-p", str(tmp_path), "-e", "stderr", "-c", str(tmp_path / "nginx.conf")]
    log = tmp_path / "nginx.log"
    with log.open("wb") as file, subprocess.Popen(command, stdout=file, stderr=file) as process:
        try:
            _wait_for(port, process, log)
            yield f"http://localhost:{port}/some/app/"
        finally:
            process.terminate()
            process.wait(LIMIT)


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


def test_a_page_without_its_slash_leads_to_it(outside: str) -> None:
    """A redirect of a folder is relative, so it stays below the path."""
    got = requests.get(f"{outside}files/sub", timeout=LIMIT)
    assert (got.url, got.status_code) == (f"{outside}files/sub/", 200)


def test_a_listing_can_be_followed(outside: str) -> None:
    """Its links are relative, too."""
    folder = f"{outside}files/sub/"
    links = re.findall(r'(?:href|src|action)="([^"]*)"', requests.get(folder, timeout=LIMIT).text)
    assert "file.txt" in links
    assert not [link for link in links if link.startswith("/") or ":" in link]
    assert requests.get(urljoin(folder, "file.txt"), timeout=LIMIT).text == "content"


def test_a_live_page_is_clicked(outside: str) -> None:
    """Page, session and websocket, without a browser."""
    from gui_client import Page

    page = Page(f"{outside}gui/").open()
    with page.visitor:
        page.click("more")
        page.close()
    assert not re.findall(r'(?:href|src|action)="/', page.html)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("path", "mode"), [("gui", ""), ("gui/", ""), ("gui", "sse"), ("gui", "http")]
)
def test_a_live_page_in_a_browser(outside: str, chromium: Browser, path: str, mode: str) -> None:
    """With and without the slash at the end of its address, on every transport."""
    with chromium.new_context() as visitor:
        visitor.add_cookies([{"name": "htag_mode", "value": mode, "url": outside}])
        page = visitor.new_page()
        page.goto(f"{outside}{path}")
        page.wait_for_function("window.quick_htag && quick_htag.state === 'open'")
        page.click(".more")
        page.wait_for_function("document.querySelector('.count').textContent === '1'")


@pytest.mark.browser
def test_own_scripts_in_a_browser(outside: str, chromium: Browser) -> None:
    """Websocket and events by relative addresses."""
    with chromium.new_context() as visitor:
        page = visitor.new_page()
        page.goto(f"{outside}page")
        assert page.evaluate("Promise.all([said, told])") == ["hello", "told"]
