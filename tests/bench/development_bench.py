"""How long a developer waits: from a save to the page, from the start to the first page, per test.

Run it in an environment with one of the two generations of htag; it reports, it does not judge::

    python tests/bench/development_bench.py [RUNS]
"""

from __future__ import annotations

import http.client
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

SOURCE = """\
import htag
from htag import Tag
from quick_htag import create_server, setup_reload

{reload}

class App(Tag.App if hasattr(htag, "State") else Tag.body):
    def init(self):
        self += Tag.h1("title 0")
        self += Tag.button("more", _class="more", _onclick=self.more)
        self.count = 0

    def more(self, event=None):
        self.count += 1

with create_server(("127.0.0.1", {port})) as server:
    server.no_command_loop = True
    server.bind_htag("/", App)
    print(f"serves {{server.server_port}} ", flush=True)
    server.serve_forever()
"""
TITLE = "text => document.querySelector('h1')?.textContent === text"
OPEN = "() => quick_htag.state === 'open'"
LIMIT = 30.0  # seconds


def report(name: str, seconds: list[float]) -> None:
    """One line: median, best and worst."""
    shown = [
        f"{one * 1000:7.1f}" for one in (statistics.median(seconds), min(seconds), max(seconds))
    ]
    print(f"{name:44} median {shown[0]} ms   best {shown[1]}   worst {shown[2]}", flush=True)


def program(folder: Path, **options: Any) -> subprocess.Popen[str]:
    """Starts the program of a file in ``folder``."""
    (folder / "program.py").write_text(SOURCE.format(**options))
    return subprocess.Popen(
        [sys.executable, "program.py"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def until_answered(port: int) -> None:
    """Ask for the page until it is there."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
            connection.request("GET", "/")
            assert connection.getresponse().read().find(b"title 0") > 0
        except ConnectionRefusedError:
            time.sleep(0.001)
        else:
            return
    raise TimeoutError("the program does not answer")


def first_pages(folder: Path, runs: int) -> list[float]:
    """From the start of the process to a complete first page."""
    found = []
    for _ in range(runs + 1):
        port = free_port()
        begun = time.monotonic()
        with program(folder, reload="", port=port) as process:
            until_answered(port)
            found.append(time.monotonic() - begun)
            process.terminate()
    return found[1:]  # the first one had to compile the package


def starts_of_python(folder: Path, runs: int) -> list[float]:
    """What the interpreter and the imports alone take."""
    found = []
    for _ in range(runs):
        begun = time.monotonic()
        command = [sys.executable, "-c", "import htag, quick_htag"]
        subprocess.run(command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True)
        found.append(time.monotonic() - begun)
    return found


def saves(folder: Path, browser: Any, runs: int) -> list[float]:
    """From a save to the new title in an open page."""
    found = []
    with program(folder, reload="setup_reload()", port=0) as process:
        assert process.stdout is not None
        match = re.search("serves ([0-9]+)", process.stdout.readline())
        assert match is not None
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{match[1]}/")
        path = folder / "program.py"
        source = path.read_text()
        for number in range(1, runs + 1):
            page.wait_for_function(OPEN)
            begun = time.monotonic()
            path.write_text(source.replace("title 0", f"title {number}"))
            page.wait_for_function(TITLE, arg=f"title {number}", polling=5)
            found.append(time.monotonic() - begun)
        page.close()
        process.terminate()
    return found


def steps(runs: int) -> list[float]:
    """One step of the in-process client: a click, its handler, and the page redrawn."""
    import htag
    from htag import Tag

    from quick_htag.testing import open_app

    class App(Tag.App if hasattr(htag, "State") else Tag.body):  # type: ignore[misc]
        def init(self) -> None:
            self.count = 0
            self.shown = Tag.span("0", _class="count")
            self += Tag.button("more", _class="more", _onclick=self.more) + self.shown

        def more(self, _: Any = None) -> None:
            self.count += 1
            self.shown.clear(str(self.count))

    found = []
    with open_app(App) as page:
        for number in range(1, runs * 20 + 1):
            begun = time.monotonic()
            page.click("button.more")
            assert page.find("span.count").text == str(number)
            found.append(time.monotonic() - begun)
    return found


def main() -> None:
    """Everything, for the htag that is installed."""
    import htag
    from playwright.sync_api import sync_playwright

    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    print(f"htag {2 if hasattr(htag, 'State') else 1}, {runs} runs")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        report("interpreter and imports alone", starts_of_python(folder, runs))
        report("start of the process -> first page", first_pages(folder, runs))
        report("one step of the in-process client", steps(runs))
        with sync_playwright() as playwright:
            path = os.environ.get("CHROMIUM") or None
            arguments = ["--no-sandbox", "--disable-gpu"]
            browser = playwright.chromium.launch(executable_path=path, args=arguments)
            report("save -> visible in Chromium", saves(folder, browser, runs))
            browser.close()


if __name__ == "__main__":
    main()
