"""Two workers beside one, and one process without a supervisor, all measured in one run.

    python tests/bench/workers_bench.py [--quick]

Needs Linux and wrk (Debian: ``apt-get install wrk``); ``make bench-workers`` runs it. The servers
take turns, and the median of the rounds counts. Clients run on the same processors, so on two of
them only what keeps a server busy can gain. It reports, and never fails because of a figure.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import signal
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from gui_visitors import Page, Visitor
from running import HERE, ROOT, versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VARIANTS = {"no workers": 0, "1 worker": 1, "2 workers": 2}
VISITORS = 8


@contextmanager
def started(count: int) -> Iterator[int]:
    """A server with so many workers; its port."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / "workers_site.py"), str(count)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={"PYTHONPATH": f"{ROOT}:{HERE}", "PATH": os.environ["PATH"]},
    )
    assert process.stdout is not None
    try:
        # with workers, the first process and each worker tell it
        ports = [int(process.stdout.readline()) for _ in range(count + 1)]
        yield ports[0]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        process.stdout.close()


def _wrk(path: str, connections: int, *fields: str) -> Callable[[int, float], float]:
    def rate(port: int, seconds: float) -> float:
        command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}", "--timeout=10"]
        command += [part for field in fields for part in ("-H", field)]
        said = subprocess.run(
            [*command, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True
        ).stdout
        if "Non-2xx" in said:
            raise SystemExit(f"errors were answered:\n{said}")
        found = re.search(r"Requests/sec:\s+([0-9.]+)", said)
        assert found is not None
        return float(found[1])

    return rate


def clicks(port: int, seconds: float) -> float:
    """Clicks a second of visitors who click again as soon as they have their answer."""
    return asyncio.run(_clicks(port, seconds))


async def _clicks(port: int, seconds: float) -> float:
    loop = asyncio.get_running_loop()
    visitors, done = [], 0
    for _ in range(VISITORS):
        page = await loop.run_in_executor(None, Page, "127.0.0.1", port)
        visitors.append(Visitor(page))
        await visitors[-1].connect()
    over = False

    def clicking(visitor: Visitor) -> Callable[[bytes], object]:
        def heard(message: bytes) -> None:
            nonlocal done
            if visitor.speaks.answers(message):
                done += 1
                if not over:
                    visitor.click("more")

        return heard

    begun = time.monotonic()
    for visitor in visitors:
        visitor.heard = clicking(visitor)
        visitor.click("more")
    await asyncio.sleep(seconds)
    over, took = True, time.monotonic() - begun
    found = done / took
    for visitor in visitors:
        visitor.transport.close()
    return found


CASES: dict[str, Callable[[int, float], float]] = {
    "5 ms of Python, 16 connections": _wrk("/work", 16),
    "5 ms of Python, new connection each": _wrk("/work", 16, "Connection: close"),
    "JSON, 16 connections": _wrk("/hello", 16),
    "JSON, new connection each": _wrk("/hello", 16, "Connection: close"),
    f"clicks, {VISITORS} visitors": clicks,
}


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="one short round")
    given = parser.parse_args()
    rounds, seconds = (1, 1.0) if given.quick else (3, 1.0)
    found: dict[tuple[str, str], list[float]] = {}
    with ExitStack() as stack:
        ports = {name: stack.enter_context(started(count)) for name, count in VARIANTS.items()}
        for _ in range(rounds):
            for case, measure in CASES.items():
                for name, port in ports.items():
                    found.setdefault((case, name), []).append(measure(port, seconds))
    width = max(map(len, CASES))
    print(versions(sys.executable, ["htag", "websockets"]), f"on {os.cpu_count()} processors")
    print(" " * width, *(f"{name:>12}" for name in VARIANTS), "     2 : 1")
    for case in CASES:
        rates = [statistics.median(found[case, name]) for name in VARIANTS]
        numbers = [f"{rate:10.0f}/s" for rate in rates]
        print(f"{case:{width}}", *numbers, f"{rates[2] / rates[1]:10.2f}")


if __name__ == "__main__":
    main()
