"""How cost grows with what a server has: routes, sessions, tokens, header fields, apps, jobs.

    python tests/bench/growth_bench.py [--quick]

Each row is one operation, in microseconds, with ever more of what its name says: the best of
several rounds over random ones of them, without a socket. "grows" is the exponent of growth from
the first column to the last: 0 is the same for any number, 1 in proportion to it. Below stand the
bytes that one more of them takes. It reports and never fails.
"""

from __future__ import annotations

import argparse
import gc
import math
import os
import platform
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "bench")]

from gui_apps import App as GuiApp  # noqa: E402

from quick_htag import App, Settings, create_server  # noqa: E402
from quick_htag.jobs.running_job import JobPlan  # noqa: E402
from quick_htag.testing import GuiPage, TestClient  # noqa: E402
from quick_htag.transports.request_parser import HeadParser  # noqa: E402

Work = Callable[[int], object]  # gets the number of one of them

SETTINGS = Settings(
    max_tokens=1_000_000,
    max_sessions=100_000,
    max_jobs=100_000,
    max_jobs_per_address=100_000,
    max_instances=10_000,
    max_instances_per_address=10_000,
)
PER_ROUND = 200


def resident() -> float:
    """Bytes of memory; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0.0


def best(work: Work, size: int, rounds: int, count: int = PER_ROUND) -> float:
    """Microseconds for one of them."""
    found = math.inf
    for _ in range(rounds):
        numbers = [random.randrange(size) for _ in range(count)]
        started = time.perf_counter()
        for number in numbers:
            work(number)
        found = min(found, time.perf_counter() - started)
    return found / count * 1e6


class Row:
    """What one operation took."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.times: list[float] = []

    def shown(self, sizes: list[int]) -> str:
        """As a line of the table."""
        span = math.log(sizes[-1] / sizes[0])
        grows = math.log(self.times[-1] / self.times[0]) / span
        columns = "".join(f"{value:12,.1f}" for value in self.times)
        return f"  {self.name:34}{columns}   grows {grows:5.2f}"


def table(
    what: str, sizes: list[int], make: Callable[[int], tuple[dict[str, Work], Any]], rounds: int
) -> None:
    """Measure and print; ``make`` has so many of them, and gives operations and what holds them."""
    rows: dict[str, Row] = {}
    memory = []
    for size in sizes:
        gc.collect()
        before = resident()
        works, held = make(size)
        gc.collect()
        memory.append((resident() - before) / size)
        for name, work in works.items():
            rows.setdefault(name, Row(name)).times.append(best(work, size, rounds))
        if callable(held):
            held()
    print(f"{what:36}" + "".join(f"{size:12,}" for size in sizes))
    for row in rows.values():
        print(row.shown(sizes))
    if make not in (header_fields, apps):  # theirs is that of the clients, who are here too
        print(f"  {'bytes for each':34}" + "".join(f"{max(one, 0.0):12,.0f}" for one in memory))


def routes(size: int) -> tuple[dict[str, Work], Any]:
    """Endpoints of an application."""
    app = App(SETTINGS)
    for number in range(0, size, 2):
        app.json_get(f"/part{number % 7}/thing{number}", 0)(lambda req, args: {})
        app.json_get(f"/part{number % 7}/thing{number + 1}/:name", 0)(lambda req, args: {})
    match = app._router.match
    client = TestClient(app)
    size -= size % 2
    works: dict[str, Work] = {
        "find the route of a path": lambda one: match(
            "GET", f"/part{(one & ~1) % 7}/thing{one & ~1}"
        ),
        "find one with a segment in it": lambda one: match(
            "GET", f"/part{(one & ~1) % 7}/thing{one | 1}/bob"
        ),
        "find that there is none": lambda one: match("GET", f"/part{one % 7}/nothing{one}"),
        "a request": lambda one: client.get(f"/part{(one & ~1) % 7}/thing{one & ~1}"),
    }
    return works, app


def sessions(size: int) -> tuple[dict[str, Work], Any]:
    """Visitors with data."""
    server = create_server(("127.0.0.1", 0), settings=SETTINGS)
    server.allowed_hosts = None

    @server.json_get("/", 0)
    def count(req: Any, args: Any) -> dict[str, int]:
        req.session["n"] = req.session.get("n", 0) + 1
        return {"n": req.session["n"]}

    visitors = [TestClient(server.app) for _ in range(size)]
    for visitor in visitors:
        visitor.get("/")
    works: dict[str, Work] = {
        "a request that changes a session": lambda one: visitors[one].get("/"),
        "a request of a new visitor": lambda one: TestClient(server.app).get("/"),
    }
    return works, server.server_close


def tokens(size: int) -> tuple[dict[str, Work], Any]:
    """Tokens with an object."""
    server = create_server(("127.0.0.1", 0), settings=SETTINGS)
    names = [server.create_token() for _ in range(size)]
    for name in names:
        with server.get_token_obj(name) as data:
            data["n"] = 0

    def change(one: int) -> None:
        with server.get_token_obj(names[one]) as data:
            data["n"] += 1

    def create(one: int) -> None:
        with server.get_token_obj(server.create_token()) as data:
            data["n"] = one

    return {"change the data of a token": change, "a new token": create}, server.server_close


def header_fields(size: int) -> tuple[dict[str, Work], Any]:
    """Fields of a request."""
    fields = "".join(f"X-Field-{number}: the value of field {number}\r\n" for number in range(size))
    heads = [  # all different, because a head that was read before is known
        f"GET /?{number} HTTP/1.1\r\nHost: localhost\r\n{fields}X-Last: {number}\r\n\r\n".encode()
        for number in range(10 * PER_ROUND)
    ]
    parser = HeadParser(SETTINGS)
    app = App(SETTINGS)
    app.json_get("/", 0)(lambda req, args: {})
    client = TestClient(app)
    named = {f"X-Field-{number}": f"the value of field {number}" for number in range(size)}
    works: dict[str, Work] = {
        "read the head of a request": lambda one: parser.parse(heads.pop()),
        "a request": lambda one: client.get("/", headers=named),
    }
    return works, app


def apps(size: int) -> tuple[dict[str, Work], Any]:
    """Open pages of an app, each with an instance on a thread of its own."""
    server = create_server(("127.0.0.1", 0), settings=SETTINGS)
    server.allowed_hosts = None
    server.bind_htag("/", GuiApp)
    pages = [GuiPage(TestClient(server.app)) for _ in range(size)]
    more: list[GuiPage] = []

    def close() -> None:
        for page in [*pages, *more]:
            page.close()
        server.server_close()

    def opened(one: int) -> None:
        page = GuiPage(TestClient(server.app))
        page.close()

    works: dict[str, Work] = {
        "a click, handled and shown": lambda one: pages[one].click(".more"),
        "a page of a new visitor": opened,
    }
    return works, close


def jobs(size: int) -> tuple[dict[str, Work], Any]:
    """Jobs that wait behind others."""
    server = create_server(("127.0.0.1", 0), settings=SETTINGS)
    plan = JobPlan(len, "/jobs")
    waiting = [server.jobs.reserve(plan, None) for _ in range(size)]

    def run(one: int) -> None:
        job = server.jobs.reserve(plan, None)
        server.jobs.start(job, plan, {})
        job.ended.wait()
        server.jobs.table.take(job)

    def look(one: int) -> None:
        server.jobs.table.find(waiting[one].token, plan.group, None)

    return {"start to result of an empty job": run, "look at one": look}, server.server_close


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    rounds = 3 if parser.parse_args().quick else 9
    version = platform.python_version()
    print(f"Python {version}, {platform.machine()}, {os.cpu_count()} processors, {rounds} rounds")
    print("microseconds, the best of them\n")
    table("routes", [10, 100, 1_000], routes, rounds)
    table("sessions", [10, 200, 2_000], sessions, rounds)
    table("tokens", [100, 3_000, 100_000], tokens, rounds)
    table("header fields", [5, 20, 60], header_fields, rounds)
    table("jobs", [10, 300, 10_000], jobs, rounds)
    table("apps", [10, 100, 500], apps, min(rounds, 3))
    print(f"load of the machine at the end: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
