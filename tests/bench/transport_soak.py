"""Clicks in a page of Chromium while its connections are cut, and counts what the app has handled.

python tests/bench/transport_soak.py [seconds]

One line for each transport, for all together and for encrypted pages: every click must have been
handled once. Needs playwright, and a Chromium as the browser tests do.
"""

from __future__ import annotations

import contextlib
import random
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import htag

from quick_htag import MessageLog, create_server

TROUBLE = 0.03  # of the pieces of data are delayed, and as many are where the connection is cut
OFFLINE = 0.05  # of the rounds take the browser off the network
HEAL = 40_000  # milliseconds until everything must have arrived once there is no more trouble
CLICK = "count => { for (let i = 0; i < count; i++) document.querySelector('.go').click(); }"
MODES: dict[str, dict[str, Any]] = {
    "websocket": {"transport": "websocket"},
    "sse": {"transport": "sse"},
    "poll": {"transport": "poll"},
    "all": {},
    "encrypted": {"parano": True},
}
MAJOR = 2 if hasattr(htag, "State") else 1
Base: Any = htag.Tag.App if MAJOR == 2 else htag.Tag.div


class App(Base):  # type: ignore[misc]
    """A button and how often it was used."""

    imports: tuple[Any, ...] = ()

    def init(self) -> None:
        self.count = 0
        self.out = htag.Tag.span("0", _class="out")
        self += self.out
        self += htag.Tag.button("go", _class="go", _onclick=lambda _: self.go())

    def go(self) -> None:
        self.count += 1
        self.out.clear(str(self.count))


class BadNetwork:
    """Passes connections on to a port, delays data and cuts while ``trouble`` is true."""

    def __init__(self, target: int) -> None:
        self.trouble = False
        self.cuts = 0
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):  # either end is gone
            while data := source.recv(65536):
                if self.trouble and random.random() < TROUBLE:
                    time.sleep(random.random() * 0.2)
                if self.trouble and random.random() < TROUBLE:
                    self.cuts += 1
                    sink.sendall(data[: random.randrange(len(data) + 1)])
                    break
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):  # it was gone
                end.shutdown(socket.SHUT_RDWR)


def click(context: Any, page: Any, seconds: float) -> int:
    """Click for some time, now and then without a network; how often."""
    made = 0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        count = random.randrange(1, 6)
        offline = random.random() < OFFLINE
        context.set_offline(offline)
        page.evaluate(CLICK, count)
        made += count
        time.sleep(random.random() * (0.3 if offline else 0.1))
    context.set_offline(False)
    return made


def soak(browser: Any, name: str, seconds: float) -> bool:
    """One mode; prints what came of it, and whether every click was handled once."""
    server = create_server(("127.0.0.1", 0), log=MessageLog())
    server.bind_htag("/", App, **MODES[name])
    server.start()
    network = BadNetwork(server.server_address[1])
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{network.port}/")
    page.wait_for_selector(".go")
    network.trouble = True
    made = click(context, page, seconds)
    network.trouble = False
    idle = "quick_htag.state === 'open' && quick_htag.pending === 0"
    page.wait_for_function(idle, timeout=HEAL)
    handled = int(page.inner_text(".out"))
    result = f"{made} clicks, {handled} handled, {network.cuts} cuts"
    print(f"htag {MAJOR} {name:9} {result}", flush=True)
    context.close()
    network.close()
    server.shutdown()
    return made == handled


def main() -> int:
    """All modes; 1 when a click was lost or handled twice."""
    from playwright.sync_api import sync_playwright

    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 15.0
    finder = Path(__file__).parents[1] / "tools" / "chromium.py"
    path = subprocess.run([sys.executable, finder], capture_output=True, text=True, check=True)
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=path.stdout.strip(), args=options)
        good = [soak(browser, name, seconds) for name in MODES]
        browser.close()
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
