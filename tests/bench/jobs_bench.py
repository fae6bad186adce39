"""What jobs cost: start to result, a queue, a large result, a kill. Prints one line for each.

python tests/bench/jobs_bench.py [--quick]
"""

from __future__ import annotations

import gc
import http.client
import json
import os
import platform
import statistics
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "live_apps")]

import cpu_jobs  # noqa: E402

from quick_htag import Settings, create_server  # noqa: E402


class Client:
    """One kept connection."""

    def __init__(self, server, path):
        self.connection = http.client.HTTPConnection(*server.server_address[:2])
        self.path = path

    def ask(self, **post):
        """One request of the protocol."""
        fields = {"Content-Type": "application/json"}
        self.connection.request("POST", self.path, json.dumps(post), fields)
        return json.loads(self.connection.getresponse().read())


def empty_jobs(server, count=500):
    """Milliseconds from start to result."""
    client = Client(server, "/empty")
    times = []
    for _ in range(count):
        begun = time.perf_counter()
        answer = client.ask(action="start", payload={})
        while not answer["done"]:
            answer = client.ask(action="get", token=answer["token"])
        times.append((time.perf_counter() - begun) * 1000)
    times.sort()
    median, late = statistics.median(times), times[int(count * 0.99)]
    print(f"empty job, start to result: median {median:.2f} ms, p99 {late:.2f} ms (goal: under 3)")


def queue(server, count=10_000, rounds=5):
    """Jobs a second through the queue, without HTTP, and what is left of them."""
    rates, sizes = [], []
    for _ in range(rounds):
        rates.append(count / _drain(server, count))
        gc.collect()
        sizes.append((_resident(), len(gc.get_objects()), len(server.jobs.table.snapshot())))
    print(f"{count} jobs queued and drained: {statistics.median(rates):,.0f}/s", end="")
    print(f", {rounds} times: " + ", ".join(f"{rate:,.0f}" for rate in rates))
    for name, column in zip(("MB", "objects", "jobs known"), zip(*sizes, strict=True), strict=True):
        print(f"  {name} after each: " + ", ".join(f"{value:,.6g}" for value in column))


def _drain(server, count):
    """Seconds until they all have run and been taken."""
    plan = server.plan
    begun = time.perf_counter()
    jobs = [server.jobs.reserve(plan, None) for _ in range(count)]
    for job in jobs:
        server.jobs.start(job, plan, {})
    for job in jobs:
        job.ended.wait()
        server.jobs.table.take(job)
    return time.perf_counter() - begun


def _resident():
    """MB of memory; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def large(server):
    """A result of 30 MB in pieces."""
    client = Client(server, "/large")
    begun = time.perf_counter()
    answer = client.ask(action="start", payload={})
    while not answer["done"]:
        time.sleep(0.002)
        answer = client.ask(action="get", token=answer["token"])
    size = sum(len(client.ask(action="cargo", token=one)["result"]) for one in answer["result"])
    took = time.perf_counter() - begun
    print(f"result of {size / 1e6:.0f} MB in {len(answer['result'])} pieces: {took:.2f} s")


def kill(server):
    """Milliseconds from stop to the end of a process."""
    client = Client(server, "/forever")
    answer = client.ask(action="start", payload={})
    while "progress" not in answer:
        answer = client.ask(action="get", token=answer["token"])
    pid = int(answer["progress"]["text"])
    begun = time.perf_counter()
    client.ask(action="stop", token=answer["token"])
    while ") Z " not in _stat(pid) and _stat(pid):
        time.sleep(0.0005)
    print(f"stop to the end of the process: {(time.perf_counter() - begun) * 1000:.1f} ms")


def _stat(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""


def main():
    """All of it."""
    from quick_htag.jobs.running_job import JobPlan

    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} processors")
    settings = Settings(job_threads=4)
    with create_server(("", 0), settings=settings) as server:
        server.suppress_noise = server.no_command_loop = True
        server.plan = JobPlan(len, "/queue")
        server.json_worker("/empty")(lambda payload: None)
        server.json_worker("/large")(lambda payload: "x" * 30_000_000)
        server.json_worker("/forever", executor="processes")(cpu_jobs.forever)
        server.start()
        quick = "--quick" in sys.argv
        empty_jobs(server, 200 if quick else 2000)
        queue(server, rounds=3 if quick else 5)
        large(server)
        if sys.platform.startswith("linux"):
            kill(server)
        print(f"threads at the end: {threading.active_count()}")


if __name__ == "__main__":
    main()
