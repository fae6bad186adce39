"""Asks an installed quick_htag for a JSON answer and for a live page. Run as a script.

Needs nothing but the installed package, so it runs in the environment of a user.
"""

from __future__ import annotations

import http.cookiejar
import json
import re
import sys
import urllib.request

import htag
from websockets.sync.client import connect

from quick_htag import __version__, create_server

TIMEOUT = 20  # seconds for each step


class Page1(htag.Tag.div):
    """What htag 1 shows."""

    def init(self) -> None:
        self += htag.Tag.p("smoke")


def page2() -> type:
    """What htag 2 shows."""

    class Page2(htag.Tag.App):
        def init(self) -> None:
            self += htag.Tag.p("smoke")

    return Page2


def main() -> int:
    """Start a server on a free port, use it, stop it."""
    with create_server(("", 0)) as server:
        server.no_command_loop = True
        server.json_get("/answer", 0)(lambda req, args: {"answer": 42})
        server.bind_htag("/app", page2() if hasattr(htag, "State") else Page1)
        server.start()
        use(server.url.rstrip("/"))
    print(f"quick_htag {__version__} works on Python {sys.version.split()[0]}")
    return 0


def use(address: str) -> None:
    """Fetch the JSON and the page, and open the page's socket as its script would."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    with opener.open(f"{address}/answer", timeout=TIMEOUT) as got:
        assert json.load(got) == {"answer": 42}
    with opener.open(f"{address}/app", timeout=TIMEOUT) as got:
        page = got.read().decode()
    assert "smoke" in page
    found = re.search(r'"page":\s*"([^"]+)"', page)
    assert found is not None, "the page has no id"
    cookie = "; ".join(f"{item.name}={item.value}" for item in jar)
    socket_address = f"ws{address.removeprefix('http')}/app/ws?page={found[1]}&seen=0"
    with connect(
        socket_address,
        origin=address,
        additional_headers={"Cookie": cookie},
        open_timeout=TIMEOUT,
    ) as socket:
        assert json.loads(socket.recv(timeout=TIMEOUT)) == {"hello": 0}


if __name__ == "__main__":
    sys.exit(main())
