"""How evenly many visitors are served when all apps push much.

python tests/bench/fairness_bench.py [sessions] [thread|loop] [seconds] [pause]

Each app sends a change, waits for that many seconds, 0.02 by default, and sends the next. The pages
are connected from another process, which counts what each gets. It reports and never fails: the
least-served page should get half of the most-served.
"""

from __future__ import annotations

import asyncio
import json
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests
from websockets.asyncio.client import connect

HERE = Path(__file__).resolve()


def serve(isolation: str, pause: float) -> None:
    """The server; runs in a process of its own, and says its address."""
    import htag

    from quick_htag import create_server

    major = 2 if hasattr(htag, "State") else 1
    base: Any = htag.Tag.App if major == 2 else htag.Tag.div

    class App(base):  # type: ignore[misc]
        imports: tuple[Any, ...] = ()

        def init(self) -> None:
            self.shown = htag.Tag.span("0")
            self += self.shown
            self.task = asyncio.ensure_future(self.run())

        async def run(self) -> None:
            number = 0
            while True:
                number += 1
                self.shown.clear(str(number))
                await (self.broadcast_updates() if major == 2 else self.shown.update())
                await asyncio.sleep(pause)

    with create_server(("", 0)) as server:
        server.suppress_noise = True
        server.bind_htag("/", App, isolation=isolation)
        server.start()
        print(server.url, flush=True)
        sys.stdin.read()


async def listen(url: str, seconds: float, start: Start) -> tuple[int, float]:
    """How many messages one page gets, and the longest time without one."""
    answer = await asyncio.to_thread(requests.get, url, timeout=60)
    config = json.loads(re.search(r"quick_htag_page=(\{.*?\})</script>", answer.text)[1])  # type: ignore[index]
    cookie = "; ".join(f"{one.name}={one.value}" for one in answer.cookies)
    way = f"{url.replace('http', 'ws', 1)}ws?page={config['page']}&seen={config['seen']}"
    fields = {"Cookie": cookie}
    count, silence = 0, 0.0
    async with connect(way, origin=url.rstrip("/"), additional_headers=fields) as sock:  # type: ignore[arg-type]
        await start.wait(sock)
        last = time.monotonic()
        end = last + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                await asyncio.wait_for(sock.recv(), left)
            except asyncio.TimeoutError:
                break
            count += 1
            silence = max(silence, time.monotonic() - last)
            last = time.monotonic()
        silence = max(silence, time.monotonic() - last)
    return count, silence


class Start:
    """Lets all pages begin to count at the same time."""

    def __init__(self, count: int) -> None:
        self._missing = count
        self._all_here = asyncio.Event()

    async def wait(self, sock: Any) -> None:
        """Read on until everybody is here, so that nobody is dropped as a slow reader."""
        self._missing -= 1
        if not self._missing:
            self._all_here.set()
        while not self._all_here.is_set():
            await sock.recv()


async def measure(url: str, sessions: int, seconds: float) -> list[tuple[int, float]]:
    """What each page got, the least first."""
    start = Start(sessions)
    pages = (listen(url, seconds, start) for _ in range(sessions))
    return sorted(await asyncio.gather(*pages))


def main() -> None:
    """Run it."""
    sessions = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    isolation = sys.argv[2] if len(sys.argv) > 2 else "thread"
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 10.0
    pause = sys.argv[4] if len(sys.argv) > 4 else "0.02"
    command = [sys.executable, str(HERE), "--serve", isolation, pause]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=-1, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        found = asyncio.run(measure(url, sessions, seconds))
        server.communicate("", timeout=60)
    counts, silences = [count for count, _ in found], [silence for _, silence in found]
    least, median, most = counts[0], statistics.median(counts), counts[-1]
    print(
        f"{sessions} sessions, {isolation}, pause {pause} s: {sum(counts) / seconds:.0f} pushes/s"
    )
    print(f"  least {least}, median {median:.0f}, most {most}; least/most {least / most:.2f}")
    print(f"  longest silence of a page {max(silences):.2f} s, of half of them less than ", end="")
    print(f"{statistics.median(silences):.2f} s")


if __name__ == "__main__":
    serve(sys.argv[2], float(sys.argv[3])) if sys.argv[1:2] == ["--serve"] else main()
