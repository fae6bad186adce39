"""Minutes of mixed traffic, and what is left of it: memory, threads and files have to stay flat.

python tests/soak/mixed.py [seconds]   600 by default; ends with 1 when something was wrong

Everything a server does at once: JSON, files, uploads, jobs, apps on every transport, websockets,
events, a proxy, and clients that are slow, silent or break off. Linux only, for its figures.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import requests

sys.path.insert(0, str(Path(__file__).resolve().parent))

from visitors import LIMIT, VISITS

VISITORS = 12  # at a time
REST = 8.0  # seconds in which all that is idle is forgotten, see ``served.QUICK``
STALE = 1.0  # seconds; half of ``keep_alive_timeout``: then the server may be about to close
STILL = 5  # seconds without a change in threads and files
GROWTH = {  # what the end may have more than the begin: a share of it, and a number
    "memory, KiB": (
        0.1,
        16_000,
    ),  # what Python has given back is not always given back to the system
    "blocks": (0.1, 30_000),  # clocks keep up to 1000 connections that have ended, each some 30
    "objects": (0.03, 2000),
    # one asyncio loop may be made late: a thread, its poll, two sockets, the poll of what arrives
    "threads": (0.0, 4),
    "files": (0.0, 6),
}


class Crowd:
    """Visitors that come and go until the time is up."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()  # guards the three below
        self.visits: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.waited: list[float] = []  # seconds of a client that asks for JSON meanwhile

    def run(self, seconds: float) -> None:
        """Let them come for so long."""
        end = time.monotonic() + seconds
        threads = [threading.Thread(target=self._visit, args=(end,)) for _ in range(VISITORS)]
        threads.append(threading.Thread(target=self._watch, args=(end,)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _visit(self, end: float) -> None:
        while time.monotonic() < end:
            visit = random.choice(VISITS)
            error = ""
            try:
                visit(self._url)
            except Exception as caught:
                error = f"{visit.__name__}: {caught!r}"
            with self._lock:
                self.visits[visit.__name__] += 1
                if error:
                    self.wrong.append(error)

    def _watch(self, end: float) -> None:
        with requests.Session() as session:
            last = time.monotonic()
            while (began := time.monotonic()) < end:
                if began - last > STALE:
                    session.close()
                try:
                    session.get(f"{self._url}json", timeout=LIMIT).raise_for_status()
                except requests.RequestException as error:
                    with self._lock:
                        self.wrong.append(f"a client beside them: {error!r}")
                last = time.monotonic()
                self.waited.append(last - began)
                time.sleep(0.02)


def at_rest(url: str) -> dict[str, int]:
    """The figures once everything that is idle has been forgotten."""
    time.sleep(REST)
    requests.get(f"{url}remember", timeout=LIMIT)  # a new session makes those expired leave
    seen: list[dict[str, int]] = []
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        seen.append(requests.get(f"{url}figures", timeout=LIMIT).json())
        lately = [(one["threads"], one["files"]) for one in seen[-STILL:]]
        if len(seen) >= STILL and len(set(lately)) == 1:
            break
        time.sleep(1.0)
    return seen[-1]


def report(crowd: Crowd, before: dict[str, int], after: dict[str, int], log: str) -> bool:
    """Print what was found; whether all is well."""
    waited = sorted(crowd.waited)
    print(f"{sum(crowd.visits.values())} visits, {len(crowd.wrong)} of them went wrong")
    print("  " + ", ".join(f"{name} {count}" for name, count in crowd.visits.most_common()))
    for text, count in Counter(crowd.wrong).most_common(10):
        print(f"  {count} x {text}")
    middle, late = statistics.median(waited), waited[int(len(waited) * 0.99)]
    print(f"a client beside them: {middle * 1e3:.1f} ms, 99 %: {late * 1e3:.0f} ms, ", end="")
    print(f"most: {waited[-1] * 1e3:.0f} ms, of {len(waited)}")
    well = not crowd.wrong
    for name, (share, number) in GROWTH.items():
        grown = after[name] - before[name] > max(before[name] * share, number)
        print(f"{name:12} {before[name]:>9} -> {after[name]:>9}{'  GROWN' if grown else ''}")
        well = well and not grown
    failures = log.count("Traceback")
    print(f"failures in the log: {failures}")
    if failures:
        print(log[-4000:])
    return well and not failures


def soak(seconds: float) -> bool:
    """Run it; whether all is well."""
    served = Path(__file__).with_name("served.py")
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as log:
        process: Any = subprocess.Popen(
            [sys.executable, served, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={
                **os.environ,
                "MALLOC_ARENA_MAX": "2",
            },  # else each thread leaves some memory behind
        )
        try:
            url = f"http://127.0.0.1:{int(process.stdout.readline())}/"
            Crowd(url).run(max(5.0, seconds * 0.2))  # what is made once and kept is made
            before = at_rest(url)
            crowd = Crowd(url)
            crowd.run(seconds)
            after = at_rest(url)
        finally:
            process.stdin.close()
            process.wait(LIMIT)
            process.stdout.close()
        log.seek(0)
        return report(crowd, before, after, log.read())


def main() -> None:
    """Run it for as long as the command line says."""
    sys.exit(not soak(float(sys.argv[1]) if len(sys.argv) > 1 else 600.0))


if __name__ == "__main__":
    main()
