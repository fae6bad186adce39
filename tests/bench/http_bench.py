"""Requests per second beside the standard library's server, both measured in one run.

    python tests/bench/http_bench.py [--quick]

Needs wrk (Debian: ``apt-get install wrk``). Each server runs in a process of its own; the servers
take turns, and the median of the rounds counts. On Linux the processor time a server spends on one
request is shown too: other programs on the machine disturb it less. It reports and never fails.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

BROWSER = [
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36",
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Accept-Encoding: gzip, deflate, br, zstd",
    "Accept-Language: en-US,en;q=0.9",
    "Cache-Control: max-age=0",
    "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark",
    'sec-ch-ua: "Chromium";v="142", "Not=A?Brand";v="24"',
    "sec-ch-ua-mobile: ?0",
    'sec-ch-ua-platform: "Linux"',
    "Sec-Fetch-Dest: document",
    "Sec-Fetch-Mode: navigate",
    "Sec-Fetch-Site: none",
    "Sec-Fetch-User: ?1",
    "Upgrade-Insecure-Requests: 1",
]
CASES = {
    "keep-alive": [],
    "browser headers": BROWSER,
    "new connection": ["Connection: close"],
}
PEERS = ["quick_htag", "http.server"]


class Server(NamedTuple):
    """A running peer."""

    port: int
    pid: int


@contextmanager
def running(name: str) -> Iterator[Server]:
    """A peer in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / "peers.py"), name],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # the peer reports every connection that wrk drops at the end
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )
    assert process.stdout is not None
    try:
        yield Server(int(process.stdout.readline()), process.pid)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def processor_seconds(pid: int) -> float:
    """Processor time a process has used, in seconds; 0 where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(server: Server, headers: list[str], seconds: int) -> tuple[float, float]:
    """Requests per second of 16 connections, and microseconds of processor time per request."""
    before = processor_seconds(server.pid)
    fields = [part for header in headers for part in ("-H", header)]
    command = [
        "wrk",
        "-t1",
        "-c16",
        f"-d{seconds}",
        *fields,
        f"http://127.0.0.1:{server.port}/api/hello",
    ]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in output:
        raise SystemExit(f"a server answered errors:\n{output}")
    rate = re.search(r"Requests/sec:\s+([0-9.]+)", output)
    count = re.search(r"(\d+) requests in", output)
    assert rate is not None
    assert count is not None
    used = processor_seconds(server.pid) - before
    return float(rate[1]), used / int(count[1]) * 1e6


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter and fewer rounds")
    quick = parser.parse_args().quick
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed; on Debian: apt-get install wrk")
    rounds, seconds = (3, 2) if quick else (5, 5)
    machine = f"{platform.machine()}, {os.cpu_count()} processors"
    print(f"Python {platform.python_version()}, {machine}, {rounds} rounds of {seconds} s")
    print(f"{'requests per second':20}" + "".join(f"{name:>14}" for name in [*PEERS, "ratio"]))
    for case, headers in CASES.items():
        results: dict[str, list[tuple[float, float]]] = {name: [] for name in PEERS}
        for _ in range(rounds):
            for name in PEERS:
                with running(name) as server:
                    results[name].append(measure(server, headers, seconds))
        report(case, results)
    print(f"load of the machine at the end: {os.getloadavg()[0]:.1f}")


def report(case: str, results: dict[str, list[tuple[float, float]]]) -> None:
    """Print the medians of one case."""
    ours, theirs = (statistics.median(rate for rate, _ in results[name]) for name in PEERS)
    print(f"{case:20}{ours:14,.0f}{theirs:14,.0f}{ours / theirs:13.1f}x")
    ours, theirs = (statistics.median(used for _, used in results[name]) for name in PEERS)
    if ours and theirs:
        print(f"{'  processor us each':20}{ours:14.1f}{theirs:14.1f}{theirs / ours:13.1f}x")


if __name__ == "__main__":
    main()
