"""What is measured of the GUI servers, each of which runs in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from gui_visitors import LAST, Page, Visitor

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
HOST = "127.0.0.1"
START_LIMIT = 20.0  # seconds for the start of a server
SESSIONS = 50  # of the figures with many visitors
LIVE = 500  # sessions of the memory figure


def percentile(values: list[float], share: float) -> float:
    """The value that this share of all is not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


async def visitors(port: int, count: int) -> list[Visitor]:
    """Many visitors, connected; each page is loaded while nobody else asks for anything."""
    opened = []
    for _ in range(count):
        opened.append(Visitor(Page(HOST, port)))
        await opened[-1].connect()
    return opened


def leave(opened: list[Visitor]) -> None:
    """Close all connections."""
    for one in opened:
        one.transport.abort()


async def clicks(port: int, count: int, seconds: float) -> tuple[int, float, list[float]]:
    """How many clicks of so many visitors were handled, in what time, and how long each took.

    Each visitor clicks again as soon as the last click was handled.
    """
    opened = await visitors(port, count)
    times: list[float] = []
    now = time.perf_counter
    end = now() + 0.3  # for warming up
    running = count
    stopped = asyncio.get_running_loop().create_future()

    def play(visitor: Visitor) -> None:
        sent = now()

        def heard(message: bytes) -> None:
            nonlocal sent, running
            if not visitor.speaks.answers(message):
                return
            came = now()
            times.append(came - sent)
            if came < end:
                sent = came
                visitor.click("more")
                return
            running -= 1
            if not running:
                stopped.set_result(None)

        visitor.heard = heard
        visitor.click("more")

    try:
        for one in opened:
            play(one)
        await stopped
        times.clear()
        running, stopped = count, asyncio.get_running_loop().create_future()
        started = now()
        end = started + seconds
        for one in opened:
            play(one)
        await asyncio.wait_for(stopped, seconds + START_LIMIT)
        return len(times), now() - started, times
    finally:
        leave(opened)


async def round_trip(port: int, seconds: float) -> dict[str, float]:
    """Milliseconds from a click to its answer, one visitor."""
    _, _, times = await clicks(port, 1, seconds)
    return {
        "round trip p50, ms": statistics.median(times) * 1000,
        "round trip p99, ms": percentile(times, 0.99) * 1000,
    }


async def events(port: int, seconds: float) -> dict[str, float]:
    """Clicks per second of many visitors at once, and how long each waits."""
    count, took, times = await clicks(port, SESSIONS, seconds)
    return {
        f"clicks/s, {SESSIONS} sessions": count / took,
        f"... p99 of one, ms, {SESSIONS} sessions": percentile(times, 0.99) * 1000,
    }


async def pushes(port: int, seconds: float) -> dict[str, float]:
    """Changes per second that reach the pages of many visitors, whose apps all push at once."""
    opened = await visitors(port, SESSIONS)
    count, left = 0, len(opened)
    done = asyncio.get_running_loop().create_future()

    def play(visitor: Visitor) -> None:
        def heard(message: bytes) -> None:
            nonlocal count, left
            count += visitor.speaks.counts(message)
            if LAST in message:
                left -= 1
                if not left:
                    done.set_result(None)

        visitor.heard = heard
        visitor.click("burst")

    try:
        started = time.perf_counter()
        for one in opened:
            play(one)
        await asyncio.wait_for(done, START_LIMIT)
        return {f"pushes/s, {SESSIONS} sessions": count / (time.perf_counter() - started)}
    finally:
        leave(opened)


async def new_sessions(port: int, seconds: float) -> dict[str, float]:
    """The page of a new visitor, on a new connection: how many a second, and its size."""
    count, size, started = 0, 0, time.perf_counter()
    while time.perf_counter() < started + seconds and count < 1000:
        size = Page(HOST, port).size
        count += 1
    rate = count / (time.perf_counter() - started)
    return {"new sessions/s": rate, "their page, KB": size / 1000}


async def memory(port: int, pid: int, live: int) -> dict[str, float]:
    """MB of so many sessions, each with a page that is connected and has clicked once."""
    opened = await visitors(port, live)
    try:
        for one in opened:
            handled = asyncio.get_running_loop().create_future()
            one.heard = lambda _, handled=handled: handled.done() or handled.set_result(None)  # type: ignore[misc]
            one.click("more")
            await asyncio.wait_for(handled, START_LIMIT)
        return {f"{live} sessions, MB": sum(map(proportional, family(pid))) / 1000}
    finally:
        leave(opened)


def told(pid: int, name: str) -> str:
    """A file of the system about a process; empty when that has ended. Linux."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/{name}").read_text()
    return ""


def family(pid: int) -> list[int]:
    """A process and all that it has started. Linux."""
    found, tasks = [pid], []
    with contextlib.suppress(OSError):  # it has ended
        tasks = [one.name for one in Path(f"/proc/{pid}/task").iterdir()]
    for task in tasks:
        for child in told(pid, f"task/{task}/children").split():
            found += family(int(child))
    return found


def proportional(pid: int) -> float:
    """The memory of a process in kB, with its share of what it shares ("PSS"). Linux."""
    for line in told(pid, "smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return float(line.split()[1]) * 1.024
    return 0.0


@contextlib.contextmanager
def running(name: str, python: str) -> Iterator[tuple[int, int]]:
    """A peer in a process of its own; its port and its process id."""
    port = free_port()
    process = subprocess.Popen(
        [python, str(HERE / "gui_peers.py"), name, str(port)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": os.environ.get("HOME", "/")},
        start_new_session=True,
    )
    try:
        answering(port, process)
        yield port, process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 15)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def answering(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server listens."""
    end = time.monotonic() + START_LIMIT
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1):
            return
        time.sleep(0.02)
    raise OSError("the server does not start")
