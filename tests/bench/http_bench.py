"""What quick_htag can do beside other servers, all measured in one run, as a table.

    python tests/bench/http_bench.py [--quick] [NAME=PYTHON ...]

Needs Linux, wrk (Debian: ``apt-get install wrk``) and, for each peer, the interpreter of an
environment that has it: ``uvicorn=.env-uvicorn/bin/python``. ``make bench`` makes these. Every
server is a program of its own; they take turns, and the median of the rounds counts. It reports,
and never fails because of a figure.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from http_clients import Crowd, paced, part, slow_clients
from running import HERE, Server, running, versions

COOKIE = "Cookie: {session}theme=dark"
BROWSER = [
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36",
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Accept-Encoding: gzip, deflate, br, zstd",
    "Accept-Language: en-US,en;q=0.9",
    "Cache-Control: max-age=0",
    'sec-ch-ua: "Chromium";v="142", "Not=A?Brand";v="24"',
    "sec-ch-ua-mobile: ?0",
    'sec-ch-ua-platform: "Linux"',
    "Sec-Fetch-Dest: document",
    "Sec-Fetch-Mode: navigate",
    "Sec-Fetch-Site: none",
    "Sec-Fetch-User: ?1",
    "Upgrade-Insecure-Requests: 1",
]
PACKAGES = {
    "uvicorn": ["uvicorn", "uvloop", "httptools", "starlette"],
    "waitress": ["waitress", "bottle"],
    "cheroot": ["cheroot", "bottle"],
    "gunicorn": ["gunicorn", "bottle"],
}
OURS = "quick_htag"
LARGE_FILE = "file of 10 MB"

Case = Callable[["Server"], "dict[str, float]"]


class Load(NamedTuple):
    """A case for wrk.

    Attributes:
        path: what is asked for.
        connections: how many at once.
        headers: header fields beside ``Host`` and the cookie.
        script: a script for wrk, beside this file.

    """

    path: str = "/api/hello"
    connections: int = 16
    headers: tuple[str, ...] = ()
    script: str = ""


class Measured(NamedTuple):
    """What wrk has seen: answers per second, the 99th percentile in ms, and the server's share."""

    rate: float
    p99: float
    processor: float  # microseconds per request


class Goal(NamedTuple):
    """What a figure is to be, beside that of a peer; ``peer`` "best" is the best of all."""

    peer: str
    least: float


MAIN = (OURS, "uvicorn", "http.server", "waitress")
LARGE = (OURS, "uvicorn", "http.server", "gunicorn")  # which has sendfile
CROWDED = (OURS, "uvicorn", "waitress")
SLOW = (OURS, "uvicorn", "waitress", "cheroot", "gunicorn")
LOADS = {
    "keep-alive, 16": (Load(), Goal("uvicorn", 2.0)),
    "keep-alive, 64": (Load(connections=64), Goal("uvicorn", 2.0)),
    "browser's headers, 16": (Load(headers=tuple(BROWSER)), Goal("uvicorn", 1.5)),
    "browser's headers, 64": (Load(connections=64, headers=tuple(BROWSER)), Goal("uvicorn", 1.5)),
    "new connection each": (Load(headers=("Connection: close",)), Goal("uvicorn", 1.8)),
    "POST of 1 KB": (Load("/api/echo", script="post.lua"), Goal("uvicorn", 1.8)),
    "file of 1 KB": (Load("/files/small.txt"), Goal("http.server", 4.0)),
    LARGE_FILE: (Load("/files/large.bin", 4), Goal("best", 1.0)),
}


def measure(server: Server, load: Load, seconds: int, session: str) -> Measured:
    """One run of wrk."""
    fields = [COOKIE.format(session=session), *load.headers]
    command = ["wrk", "-t1", f"-c{load.connections}", f"-d{seconds}", "--latency", "--timeout=10"]
    command += [part for field in fields for part in ("-H", field)]
    command += ["-s", str(HERE / load.script)] if load.script else []
    before = server.processor_seconds()
    command.append(f"http://127.0.0.1:{server.port}{load.path}")
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    used = server.processor_seconds() - before
    if "Non-2xx" in output:
        raise SystemExit(f"{server.name} answered errors:\n{output}")
    rate = re.search(r"Requests/sec:\s+([0-9.]+)", output)
    count = re.search(r"(\d+) requests in", output)
    late = re.search(r"99%\s+([0-9.]+)(us|ms|s)", output)
    assert rate is not None
    assert count is not None
    assert late is not None
    unit = {"us": 0.001, "ms": 1.0, "s": 1000.0}[late[2]]
    return Measured(float(rate[1]), float(late[1]) * unit, used / max(1, int(count[1])) * 1e6)


def session_of(server: Server) -> str:
    """A cookie of a live session, as far as a server has these."""
    if server.name != OURS:
        return f"session_{server.port}=0123456789abcdef0123456789abcdef; "
    import http.client

    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    client.request("GET", "/api/visit")
    answer = client.getresponse()
    answer.read()
    client.close()
    return f"{(answer.getheader('Set-Cookie') or '').partition(';')[0]}; "


class Bench:
    """One run.

    Args:
        pythons: the interpreters, by the names of the peers.
        quick: fewer and shorter rounds, fewer connections.
        folder: has the files.

    """

    def __init__(self, pythons: dict[str, str], quick: bool, folder: str) -> None:
        self._pythons = pythons
        self._folder = folder
        self.rounds, self.seconds = (3, 1) if quick else (5, 3)
        self._crowd = 2_000 if quick else 10_000
        self._span = 2.0 if quick else 6.0
        self._quick = quick

    def _there(self, names: tuple[str, ...], peer: str = "uvicorn") -> list[str]:
        """Those of a case that are installed; in a quick run the one only that a goal names."""
        if self._quick and peer != "best":
            names = (OURS, peer)
        return [name for name in names if name in self._pythons]

    def loads(self, only: str) -> None:
        """What wrk can measure: the servers run beside each other, and are asked in turns."""
        cases = [case for case in LOADS if only in case]
        for case in cases:
            load, goal = LOADS[case]
            names = LARGE if case == LARGE_FILE else MAIN
            if case == cases[0] or names is not MAIN:
                heading("requests per second", names)
            results: dict[str, list[Measured]] = {
                name: [] for name in self._there(names, goal.peer)
            }
            grown: dict[str, float] = {}
            with ExitStack() as stack:
                servers = [
                    stack.enter_context(running(name, self._pythons[name], self._folder))
                    for name in results
                ]
                sessions = [session_of(server) for server in servers]
                for server, session in zip(servers, sessions, strict=True):
                    measure(server, load, 1, session)  # a moment that does not count
                    server.reset_peak()
                    grown[server.name] = -server.peak() / 1e6
                for _ in range(self.rounds):
                    for server, session in zip(servers, sessions, strict=True):
                        results[server.name].append(measure(server, load, self.seconds, session))
                for server in servers:
                    grown[server.name] += server.peak() / 1e6
            report(case, results, goal, names)
            if case == LARGE_FILE:
                row("  growth of memory, MB", grown, names, 1)

    def one_by_one(self, case: str, only: str, names: tuple[str, ...], run: Case) -> None:
        """What is measured by clients of our own: figures by name, each peer for itself."""
        if only not in case:
            return
        heading(case, names)
        figures: dict[str, dict[str, float]] = {}
        for name in self._there(names):
            with running(name, self._pythons[name], self._folder) as server:
                for figure, value in run(server).items():
                    figures.setdefault(figure, {})[name] = value
        for figure, values in figures.items():
            row(f"  {figure}", values, names, 2, limit=LIMITS.get(figure))

    def blocking(self, server: Server) -> dict[str, float]:
        """A fast endpoint while 64 clients wait for a slow one."""
        address = f"http://127.0.0.1:{server.port}/api/slow"
        seconds = int(self._span) + 1
        command = ["wrk", "-t1", "-c64", f"-d{seconds}", "--timeout=10", address]
        wrk = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert wrk.stdout is not None
        try:
            times = paced(server.port, self._span)
        finally:
            output = wrk.stdout.read()
            wrk.wait()
            wrk.stdout.close()
        rate = re.search(r"Requests/sec:\s+([0-9.]+)", output)
        return {
            "fast endpoint, p99 in ms": part(times, 0.99) * 1000,
            "slow endpoint, answers per second": float(rate[1]) if rate is not None else 0.0,
        }

    def crowd(self, server: Server) -> dict[str, float]:
        """Connections that are kept and do nothing."""
        warm = Crowd(server.port, 20)  # which are a part of them
        memory, threads = server.memory(), server.threads()
        crowd = Crowd(server.port, self._crowd - 20)
        time.sleep(1.0)
        asleep = server.wake_ups()
        time.sleep(self._span / 2)
        asleep = server.wake_ups() - asleep
        grown = server.memory() - memory
        found = {
            "connections served": float(crowd.answered),
            "KB each": grown / 1024 / max(1, crowd.answered),
            "threads more": float(server.threads() - threads),
            "wake-ups per second": asleep / (self._span / 2),
            "next request, slowest of 100, ms": max(crowd.ask_some(100)) * 1000,
        }
        crowd.close()
        warm.close()
        return found

    def slow(self, server: Server) -> dict[str, float]:
        """A fast endpoint beside clients that send a byte per second."""
        with slow_clients(server.port, 200):
            times = paced(server.port, self._span, 0.01)
        answered = sum(one < 1.0 for one in times)
        return {
            "answered within a second, %": 100.0 * answered / len(times),
            "p99 in ms": part(times, 0.99) * 1000,
        }

    def idle(self, server: Server) -> dict[str, float]:
        """A server that nobody talks to."""
        Crowd(server.port, 10).close()
        time.sleep(1.5)
        before = server.wake_ups()
        time.sleep(self._span)
        return {"wake-ups of an idle server per second": (server.wake_ups() - before) / self._span}


LIMITS = {
    "fast endpoint, p99 in ms": 10.0,
    "KB each": 6.0,
    "threads more": 2.0,  # whatever the connections; a busy machine may wake the watchdog
    "next request, slowest of 100, ms": 50.0,
    "wake-ups of an idle server per second": 0.0,
}


def heading(title: str, names: tuple[str, ...]) -> None:
    """The first line of a part of the table."""
    print(f"\n{title:36}" + "".join(f"{name:>13}" for name in names))


def row(
    title: str,
    values: dict[str, float],
    names: tuple[str, ...],
    digits: int = 0,
    goal: Goal | None = None,
    limit: float | None = None,
) -> None:
    """One line of the table, with what was to be reached and whether it was."""
    shown = [f"{values[name]:13,.{digits}f}" if name in values else f"{'-':>13}" for name in names]
    line = f"{title:36}" + "".join(shown)
    others = [value for name, value in values.items() if name != OURS]
    if goal is not None and others and (goal.peer == "best" or goal.peer in values):
        beside = max(others) if goal.peer == "best" else values[goal.peer]
        ratio = values[OURS] / beside
        line += f"   {ratio:5.2f}x {goal.peer}, goal {goal.least}: {verdict(ratio >= goal.least)}"
    if limit is not None:
        line += f"   goal: at most {limit:g}: {verdict(values[OURS] <= limit)}"
    print(line, flush=True)


def verdict(reached: bool) -> str:
    """In one word."""
    return "reached" if reached else "MISSED"


def report(
    case: str, results: dict[str, list[Measured]], goal: Goal, names: tuple[str, ...]
) -> None:
    """The medians of one case."""

    def medians(pick: Callable[[Measured], float]) -> dict[str, float]:
        return {name: statistics.median(map(pick, found)) for name, found in results.items()}

    row(case, medians(lambda one: one.rate), names, goal=goal)
    late = medians(lambda one: one.p99)
    limit = late.get("uvicorn") if case.startswith(("keep-alive", "browser")) else None
    row("  p99, ms", late, names, 2, limit=limit)
    row("  processor, us each", medians(lambda one: one.processor), names, 1)


def machine() -> str:
    """What it was measured on, in one line."""
    model = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    return (
        f"{platform.system()} {platform.release()}, {platform.machine()}, "
        f"{os.cpu_count()} processors ({'unknown' if model is None else model[1]})"
    )


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two minutes, and only some peers")
    parser.add_argument("--only", default="", help="cases whose name has this in it")
    parser.add_argument("peers", nargs="*", metavar="NAME=PYTHON")
    options = parser.parse_args()
    if shutil.which("wrk") is None or not Path("/proc/self/smaps_rollup").exists():
        raise SystemExit("this needs Linux and wrk; on Debian: apt-get install wrk")
    pythons = {OURS: sys.executable, "http.server": sys.executable}
    for peer in options.peers:
        name, _, python = peer.partition("=")
        pythons[name] = str(Path(python).absolute())  # a link, not to be followed
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # the servers inherit it
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "small.txt").write_bytes(b"0123456789abcde\n" * 64)
        Path(folder, "large.bin").write_bytes(os.urandom(10_000_000))
        bench = Bench(pythons, options.quick, folder)
        print(machine())
        for name, python in pythons.items():
            print(f"{name}: {versions(python, PACKAGES.get(name, []))}")
        print(f"{bench.rounds} rounds of {bench.seconds} s")
        bench.loads(options.only)
        slow = "fast beside 64 clients of a 50 ms one"
        bench.one_by_one(slow, options.only, MAIN, bench.blocking)
        bench.one_by_one("connections that idle", options.only, CROWDED, bench.crowd)
        bench.one_by_one("200 clients, a byte per second", options.only, SLOW, bench.slow)
        bench.one_by_one("idle", options.only, MAIN, bench.idle)
    print(f"\nload of the machine at the end: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
