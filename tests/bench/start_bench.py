"""How soon a server is there, and what it costs when nobody comes, beside others in one run.

    python tests/bench/start_bench.py NAME=PYTHON... [--quick]

Each NAME is a peer of ``start_peers.py``, each PYTHON the interpreter of an environment that has
it; ``make bench-start`` makes the environments. All figures are of processes of their own, which
take turns, and medians: milliseconds from the start of a process until an import is done and it has
ended, and until the first answer has been read to its end; then, with nothing to do for a moment,
the memory that is its own (PSS: shared pages are divided by their users), its threads, and how
often one of them woke up. Memory and wake-ups need Linux. It reports and never fails.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LIMIT = 30.0  # seconds for one start
SETTLE = 3.0  # seconds after the first answer before the idle server is looked at
# one of the peers insists on exactly this value of Connection
REQUEST = (
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: start_bench\r\n"
    b"Accept: */*\r\nConnection: keep-alive\r\n\r\n"
)
IMPORTS = {
    "http.server": {"": "pass", "http.server": "import http.server"},
    "quick_htag": {
        "quick_htag": "import quick_htag",
        "quick_htag, create_server": "from quick_htag import create_server",
    },
    "quick_htag page": {"quick_htag, Runner": "from quick_htag import Runner"},
    "Runner": {"htag 1, Runner": "from htag import Runner"},
    "WebApp": {"htag 2, WebApp": "from htag import WebApp"},
    "NiceGUI": {"nicegui, ui": "from nicegui import ui"},
}
VERSIONS = """
import importlib.metadata as metadata, sys
found = [f"Python {sys.version.split()[0]}"]
for name in ("htag", "starlette", "uvicorn", "nicegui"):
    try:
        found.append(f"{name} {metadata.version(name)}")
    except metadata.PackageNotFoundError:
        pass
print(", ".join(found))
"""


class Figures(NamedTuple):
    """Of one start."""

    first: float  # milliseconds
    memory: float  # MB
    threads: float
    wakeups: float  # in a second, of all threads


def environment() -> dict[str, str]:
    """What peers run in: without variables that change what an interpreter does at its start."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "PYTHONPATH": str(ROOT)}


def import_time(python: str, code: str) -> float:
    """Milliseconds of a process that does nothing else."""
    begun = time.perf_counter()
    # with a time limit, the wait would look from time to time only
    code += "; import os; os._exit(0)"  # without taking down what was imported
    subprocess.run([python, "-c", code], env=environment(), cwd=HERE, check=False)
    return (time.perf_counter() - begun) * 1000


@contextlib.contextmanager
def running(name: str, python: str, port: int) -> Iterator[int]:
    """A peer in a process of its own; the number of that."""
    process = subprocess.Popen(
        [python, str(HERE / "start_peers.py"), name, str(port)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=HERE,
        env=environment(),
        start_new_session=True,
    )
    try:
        yield process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def first_answer(port: int) -> str:
    """Ask until somebody answers, and read to the end; the head of the answer."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        with contextlib.suppress(ConnectionError), socket.socket() as sock:
            sock.settimeout(LIMIT)
            sock.connect(("127.0.0.1", port))
            sock.sendall(REQUEST % port)
            return read_answer(sock)
        time.sleep(0.0005)
    raise SystemExit("a server does not start")


def read_answer(sock: socket.socket) -> str:
    """Read an answer with a known length to its end; its head."""
    received, end = b"", None
    # one of the peers ends its lines otherwise than the protocol says
    while not (end := re.search(rb"\r?\n\r?\n", received)) and (data := sock.recv(65536)):
        received += data
    if end is None:
        return received.decode("latin-1")
    head = received[: end.start()].decode("latin-1")
    length = re.search(r"(?im)^content-length: *(\d+)", head)
    missing = int(length[1]) - (len(received) - end.end()) if length else 0
    while missing > 0 and (data := sock.recv(65536)):
        missing -= len(data)
    return head


def switches(pid: int) -> dict[str, int]:
    """How often each thread of a process has begun to run."""
    counts = {}
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        with contextlib.suppress(OSError):
            found = re.findall(r"ctxt_switches:\s+(\d+)", status.read_text())
            counts[status.parent.name] = sum(map(int, found))
    return counts


def woken_between(before: dict[str, int], after: dict[str, int]) -> int:
    """How often that was; a thread that has ended meanwhile woke up for it."""
    grown = sum(count - before.get(thread, 0) for thread, count in after.items())
    return grown + len(before.keys() - after.keys())


def proportional(pid: int) -> float:
    """MB of memory that is the process's own."""
    found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024


def start(name: str, python: str, seconds: float) -> Figures:
    """Start a peer once; look at it in idleness if there are seconds for it."""
    port = free_port()
    begun = time.perf_counter()
    with running(name, python, port) as pid:
        answer = first_answer(port)
        first = (time.perf_counter() - begun) * 1000
        if " 200 " not in answer[:20]:
            print(f"  {name}: {answer[:80]!r}")
        if not seconds or not sys.platform.startswith("linux"):
            return Figures(first, *[float("nan")] * 3)
        time.sleep(SETTLE)
        before = switches(pid)
        time.sleep(seconds)
        woken = woken_between(before, switches(pid)) / seconds
        threads = len(list(Path(f"/proc/{pid}/task").iterdir()))
        return Figures(first, proportional(pid), threads, woken)


def median(values: list[float]) -> str:
    """As it is shown."""
    known = [one for one in values if one == one]
    return f"{statistics.median(known):,.1f}" if known else "-"


def imports(peers: list[tuple[str, str]], rounds: int) -> None:
    """Print what imports take."""
    codes = {
        label: (python, code)
        for name, python in peers
        for label, code in IMPORTS.get(name, {}).items()
    }
    times: dict[str, list[float]] = {label: [] for label in codes}
    for turn in range(rounds + 1):
        for label, (python, code) in codes.items():
            took = import_time(python, code)
            if turn:  # the first compiles what has not been compiled
                times[label].append(took)
    print(f"{'import, ms':28}{'median':>10}{'best':>10}")
    for label, found in times.items():
        print(f"{label or 'nothing':28}{median(found):>10}{min(found):10.1f}")


def starts(peers: list[tuple[str, str]], rounds: int, seconds: float) -> None:
    """Print what starts take and leave."""
    found: dict[str, list[Figures]] = {name: [] for name, _ in peers}
    for turn in range(rounds + 1):
        for name, python in peers:
            one = start(name, python, seconds if turn == rounds else 0.0)
            if turn:
                found[name].append(one)
    print()
    print(f"{'':20}{'first, ms':>12}{'best':>10}{'PSS, MB':>10}{'threads':>10}{'wake-ups/s':>12}")
    for name, figures in found.items():
        first, memory, threads, woken = (list(column) for column in zip(*figures, strict=True))
        print(
            f"{name:20}{median(first):>12}{min(first):10.1f}"
            f"{median(memory):>10}{median(threads):>10}{median(woken):>12}"
        )


def main() -> None:
    """Measure and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", nargs="+", metavar="NAME=PYTHON")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    arguments = parser.parse_args()
    # absolute, because peers run in another folder; a link to an interpreter stays one
    named = [peer.partition("=")[::2] for peer in arguments.peer]
    peers = [(name, str(Path.cwd() / python)) for name, python in named]
    rounds, seconds = (4, 3.0) if arguments.quick else (15, 10.0)
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, {rounds} rounds")
    for python in dict.fromkeys(python for _, python in peers):
        names = ", ".join(name for name, other in peers if other == python)
        done = subprocess.run([python, "-c", VERSIONS], capture_output=True, text=True, check=True)
        print(f"{names}: {done.stdout.strip()}")
    print()
    imports(peers, rounds)
    starts(peers, rounds, seconds)
    print(f"load of the machine at the end: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
