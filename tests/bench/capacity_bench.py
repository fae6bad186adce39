"""What one session, click, new page, websocket and job cost a server, per way of isolation.

    python tests/bench/capacity_bench.py [FILE]

Writes the figures as JSON, from which ``docs/capacity.py`` makes the tables of the page. Needs
Linux; with a redis-server it also measures apps that are kept in Redis. It reports, never fails.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gui_figures import (
    HOST,
    answering,
    clicks,
    family,
    leave,
    new_sessions,
    proportional,
    told,
    visitors,
)

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WAYS = {"thread": 500, "loop": 500, "process": 40}  # and sessions to measure the memory of one
ANEW = "anew"  # processes that are no copies
SECONDS = 4.0
VISITORS = 16  # who click
SOCKETS = 200
JOBS = 2000


def serve(way: str, port: str, redis: str) -> None:
    """The server that is measured."""
    from gui_apps import App

    from quick_htag import RedisStore, Settings, create_server

    settings = Settings(
        max_event_rate=0,
        max_instances_per_address=2000,
        max_handler_threads=2000,
        fork_processes=way != ANEW,
    )
    store = RedisStore(redis) if redis else None
    server = create_server((HOST, int(port)), settings=settings, store=store)
    server.suppress_noise = True
    server.no_command_loop = True
    isolation = "process" if way == ANEW else way
    server.bind_htag("/", App, isolation=isolation, persist=bool(redis))

    @server.websocket("/threads")
    def thread(ws: Any) -> None:
        for message in ws:
            ws.send(message)

    @server.websocket("/tasks")
    async def task(ws: Any) -> None:
        async for message in ws:
            await ws.send(message)

    server.json_worker("/job")(lambda payload: payload)
    server.serve_forever()


@contextlib.contextmanager
def running(way: str, redis: str = "") -> Iterator[tuple[int, int]]:
    """The server in a process of its own; its port and its process id."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    command = [sys.executable, str(HERE / "capacity_bench.py"), "serve", way, str(port), redis]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, **quiet, env=environment, start_new_session=True)  # type: ignore[call-overload]
    try:
        answering(port, process)
        yield port, process.pid
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        process.wait()


def kilobytes(pid: int) -> float:
    """Memory of a server and its processes."""
    return sum(map(proportional, family(pid)))


def microseconds(*pids: int) -> float:
    """Processor time that processes have used so far; those that have ended count."""
    ticks = 0
    for pid in pids:
        fields = told(pid, "stat").rpartition(")")[2].split()  # one that has ended: of its parent
        ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK") * 1e6


async def sessions(port: int, pid: int, count: int) -> dict[str, float]:
    """Memory of a server without and with sessions whose pages are connected."""
    leave(await visitors(port, 1))  # what is loaded once
    await asyncio.sleep(1.0)
    base = kilobytes(pid)
    opened = await visitors(port, count)
    full = kilobytes(pid)
    leave(opened)
    return {"base_kb": round(base), "session_kb": round((full - base) / count, 1)}


async def work(port: int, pid: int) -> dict[str, float]:
    """Processor time of a click and of a new session with its page."""
    before = microseconds(*family(pid))
    count, _, _ = await clicks(port, VISITORS, SECONDS)
    between = microseconds(*family(pid))
    taken = time.perf_counter()
    figures = await new_sessions(port, SECONDS / 2)
    pages = figures["new sessions/s"] * (time.perf_counter() - taken)
    after = microseconds(*family(pid))
    click, page = (between - before) / count, (after - between) / pages
    return {"click_us": round(click), "page_us": round(page)}


def sockets(port: int, pid: int, path: str) -> float:
    """Memory of one own websocket, in kB."""
    from websockets.sync.client import connect

    with contextlib.ExitStack() as stack:
        stack.enter_context(connect(f"ws://{HOST}:{port}{path}")).send("first")
        base = kilobytes(pid)
        for _ in range(SOCKETS):
            one = stack.enter_context(connect(f"ws://{HOST}:{port}{path}", compression=None))
            one.send("hello")
            one.recv()
        return round((kilobytes(pid) - base) / SOCKETS, 1)


def jobs(port: int, pid: int) -> float:
    """Processor time of an empty job by HTTP, start and result."""
    import http.client

    connection = http.client.HTTPConnection(HOST, port)
    before = microseconds(pid)
    for _ in range(JOBS):
        fields = {"Content-Type": "application/json"}
        post: dict[str, Any] = {"action": "start", "payload": 1}
        while True:
            connection.request("POST", "/job", json.dumps(post), fields)
            answer = json.loads(connection.getresponse().read())
            if answer["done"]:
                break
            post = {"action": "get", "token": answer["token"]}
    return round((microseconds(pid) - before) / JOBS)


@contextlib.contextmanager
def redis() -> Iterator[tuple[str, int]]:
    """A Redis of our own; its address and process id."""
    program = shutil.which("redis-server")
    if program is None:
        raise FileNotFoundError("redis-server is not installed")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "redis.sock")
        command = [program, "--port", "0", "--unixsocket", str(path), "--dir", folder, "--save", ""]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            while not path.exists():
                time.sleep(0.01)
            yield f"unix://{path}", process.pid
        finally:
            process.terminate()
            process.wait()


async def kept(port: int, pid: int, redis_pid: int) -> dict[str, float]:
    """Processor time of a click on an app that is kept in Redis: of the server and of Redis."""
    before, redis_before = microseconds(*family(pid)), microseconds(redis_pid)
    count, _, _ = await clicks(port, VISITORS, SECONDS)
    return {
        "kept_click_us": round((microseconds(*family(pid)) - before) / count),
        "kept_redis_us": round((microseconds(redis_pid) - redis_before) / count, 1),
    }


def one_way(way: str, count: int) -> dict[str, float]:
    """Figures of one isolation."""
    with running(way) as (port, pid):
        figures = asyncio.run(sessions(port, pid, count))
    with running(way) as (port, pid):
        figures.update(asyncio.run(work(port, pid)))
    print(way, figures, flush=True)
    return figures


def main() -> None:
    """Measure, and write."""
    found: dict[str, Any] = {
        "python": platform.python_version(),
        "htag": version("htag"),
        "processors": os.cpu_count(),
        "ways": {},
    }
    for way, count in WAYS.items():
        found["ways"][way] = one_way(way, count)
    found[ANEW] = one_way(ANEW, WAYS["process"])
    for kind, path in (("websocket_kb", "/threads"), ("async_websocket_kb", "/tasks")):
        with running("thread") as (port, pid):  # one of its own, without memory that is free again
            found[kind] = sockets(port, pid, path)
    with running("thread") as (port, pid):
        found["job_us"] = jobs(port, pid)
    with (
        contextlib.suppress(FileNotFoundError),
        redis() as (url, redis_pid),
        running("thread", url) as (port, pid),
    ):
        found.update(asyncio.run(kept(port, pid, redis_pid)))
    text = json.dumps(found, indent=2) + "\n"
    print(text)
    if sys.argv[1:]:
        Path(sys.argv[1]).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(*sys.argv[2:])
    else:
        main()
