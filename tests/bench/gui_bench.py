"""Clicks, pushes and first pages per second beside other servers of htag apps, in one run.

    python tests/bench/gui_bench.py NAME=PYTHON... [--quick]

Each NAME is a peer of ``gui_peers.py``, each PYTHON the interpreter of an environment that has it;
``make bench-gui`` makes the environments. Every server runs in a process of its own with the same
app and is driven over real websockets by this one. It reports and never fails; a figure that a
server does not deliver within the time limit is shown as "-".
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import html
import json
import os
import platform
import re
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import requests
from websockets.asyncio.client import ClientConnection, connect

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LIMIT = 20.0  # seconds for one figure
SESSIONS = 50
LAST = "the last push"


class Page:
    """One page of one visitor."""

    def __init__(self, url: str) -> None:
        with requests.Session() as visitor:
            # one of the peers insists on exactly this
            answer = visitor.get(url, headers={"Connection": "keep-alive"}, timeout=LIMIT)
            answer.raise_for_status()
            self.html = answer.text
            cookies = "; ".join(f"{one.name}={one.value}" for one in visitor.cookies)
        self.headers = {"Cookie": cookies} if cookies else {}
        self.ours = re.search(r"quick_htag_page=(\{.*?\})</script>", self.html)
        self.htag2 = "htag_event('" in self.html
        self.url = url.replace("http", "ws", 1) + self._path()
        self.sent = 0

    def _path(self) -> str:
        if self.ours:
            config = json.loads(self.ours[1])
            return f"ws?page={config['page']}&seen={config['seen']}"
        named = re.search(r'webroot \+ "([^"]+)"', self.html)
        return named[1] if named else "ws" if self.htag2 else ""

    async def open(self, stack: contextlib.AsyncExitStack) -> None:
        """Connect and wait until the server has said what it says first."""
        connection = connect(
            self.url,
            additional_headers=self.headers,
            origin=re.sub(r"^ws(.*?//[^/]+).*", r"http\1", self.url),
            compression=None,
            max_size=None,
        )
        self.socket: ClientConnection = await stack.enter_async_context(connection)
        if self.ours or self.htag2:
            await self.socket.recv()

    async def click(self, css_class: str) -> None:
        """Click and wait until it was handled."""
        await self._send(css_class)
        while not self._answers(str(await self.socket.recv())):
            pass

    async def burst(self) -> int:
        """Ask for many pushes and wait for the last one; how many came."""
        await self._send("burst")
        count, message = 0, ""
        while LAST not in message:
            message = str(await self.socket.recv())
            count += '"update' in message
        return count

    async def _send(self, css_class: str) -> None:
        self.sent += 1
        payload = self._event(css_class)
        await self.socket.send(json.dumps({"n": self.sent, "p": payload} if self.ours else payload))

    def _answers(self, message: str) -> bool:
        if self.ours:
            return f'"done":{self.sent}}}' in message
        return f'"c{self.sent}"' in message if self.htag2 else True

    def _event(self, css_class: str) -> dict[str, object]:
        found = re.search(rf'<\w+ [^>]*class="{css_class}"[^>]*>', self.html)
        assert found is not None
        tag = html.unescape(found[0])
        event = re.search(r"htag_event\('([^']+)', ?'(\w+)'", tag)
        if event:
            data = {"callback_id": f"c{self.sent}"}
            return {"id": event[1], "event": event[2], "data": data}
        call = re.search(r"interact\( ({.*}) \)", tag.replace("jevent(event)", "{}"))
        assert call is not None
        value: dict[str, object] = json.loads(call[1])
        return value


async def round_trip(url: str, seconds: float) -> float:
    """Median milliseconds from a click to its answer, one visitor."""
    async with contextlib.AsyncExitStack() as stack:
        page = await asyncio.to_thread(Page, url)
        await page.open(stack)
        times, end = [], time.perf_counter() + seconds
        while time.perf_counter() < end:
            started = time.perf_counter()
            await page.click("more")
            times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


async def pages(url: str, stack: contextlib.AsyncExitStack) -> list[Page]:
    """Many visitors, connected."""
    opened = [await asyncio.to_thread(Page, url) for _ in range(SESSIONS)]
    for page in opened:
        await page.open(stack)
    return opened


async def events(url: str, seconds: float) -> float:
    """Clicks per second of many visitors at once."""
    async with contextlib.AsyncExitStack() as stack:
        opened = await pages(url, stack)
        end, count = time.perf_counter() + seconds, 0

        async def visitor(page: Page) -> None:
            nonlocal count
            while time.perf_counter() < end:
                await page.click("more")
                count += 1

        started = time.perf_counter()
        await asyncio.gather(*(visitor(page) for page in opened))
        return count / (time.perf_counter() - started)


async def pushes(url: str, seconds: float) -> float:
    """Changes per second that reach the pages of many visitors."""
    async with contextlib.AsyncExitStack() as stack:
        opened = await pages(url, stack)
        started = time.perf_counter()
        counts = await asyncio.gather(*(page.burst() for page in opened))
        return sum(counts) / (time.perf_counter() - started)


async def first_pages(url: str, seconds: float) -> float:
    """Milliseconds for the first page of a new visitor."""
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        started = time.perf_counter()
        Page(url)
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


FIGURES = {
    "round trip, ms": round_trip,
    f"clicks/s, {SESSIONS} sessions": events,
    f"pushes/s, {SESSIONS} sessions": pushes,
    "new session, ms": first_pages,
}


@contextlib.contextmanager
def running(name: str, python: str) -> Iterator[str]:
    """A peer in a process of its own; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [python, str(HERE / "gui_peers.py"), name, str(port)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        start_new_session=True,
    )
    try:
        yield answering(port)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 15)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()


def answering(port: int) -> str:
    """The address of a server, once it listens."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return f"http://127.0.0.1:{port}/"
        time.sleep(0.02)
    raise SystemExit("a server does not start")


def figure(name: str, python: str, what: str, seconds: float) -> float:
    """One number; nan when it is not delivered."""
    with running(name, python) as url:
        try:
            return asyncio.run(asyncio.wait_for(FIGURES[what](url, seconds), LIMIT + seconds))
        except (OSError, AssertionError, TimeoutError) as error:
            print(f"  {name}: {what}: {type(error).__name__}: {error}")
            return float("nan")


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", nargs="+", metavar="NAME=PYTHON")
    parser.add_argument("--quick", action="store_true", help="shorter and fewer rounds")
    arguments = parser.parse_args()
    peers = [peer.partition("=")[::2] for peer in arguments.peer]
    rounds, seconds = (1, 2.0) if arguments.quick else (3, 5.0)
    print(f"{platform.machine()}, {os.cpu_count()} processors, {rounds} rounds of {seconds:g} s")
    print(f"{'':26}" + "".join(f"{name:>18}" for name, _ in peers))
    for what in FIGURES:
        row = []
        for name, python in peers:
            values = [figure(name, python, what, seconds) for _ in range(rounds)]
            row.append(statistics.median(values))
        print(f"{what:26}" + "".join(f"{value:18,.2f}" for value in row).replace("nan", "  -"))
    print(f"load of the machine at the end: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
