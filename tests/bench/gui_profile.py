"""Where the time of a click goes, by part: htag, what does its work, and the rest of this package.

    python tests/bench/gui_profile.py 1=PYTHON 2=PYTHON [--seconds 4]

Each PYTHON is the interpreter of an environment with that generation of htag. ``make profile-gui``
makes both. Apps of ``gui_apps.py`` are served with ``isolation="loop"`` in a process of their own
and clicked by 20 visitors over real websockets. A timer of processor time interrupts whichever
thread runs, and ``faulthandler`` notes where: a thread that looks at the others would mostly get
its turn when they send, as that is when they let go of the interpreter. What a library does counts
for who has called it, and a system call for the line that makes it. Linux.

``faulthandler`` itself may crash when it looks at a frame that is being made (seen with 3.11, with
one server of ten): such a server is started again.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import faulthandler
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections import Counter

from gui_figures import HERE, ROOT, answering, clicks, free_port

VISITORS = 20
ATTEMPTS = 5  # with servers that crash
INTERVAL = 0.01  # seconds of processor time between two notes
HTAG, PLACE, APP, REST, LOOP = "htag", "in its place", "app", "the rest", "asyncio"
# what a file of this package counts as: the first that its path begins with
PARTS = {
    "engines/htag1_image": PLACE,
    "engines/htag1_looks": PLACE,
    "engines/htag1_writer": PLACE,
    "engines/htag2_changes": PLACE,
    "engines/htag2_events": PLACE,
    "engines/htag2_tree": PLACE,
    "engines/htag2_writer": PLACE,
    "engines/": "engine",
    "guis/receiver": "connection",
    "guis/page_links": "connection",
    "guis/attachment": "connection",
    "guis/": "instance",
    "outbox": "outbox",
    "stores/": "instance",
    "transports/": "connection",
    "messages/": "connection",
}
OURS = ("engine", "instance", "outbox", "connection", REST, LOOP)
APPS = {
    "App": "4 tags",
    "Many": "300 tags, one changes",
    "Table": "300 tags, all are rendered",
}
FAMILY = f"{os.sep}quick_htag{os.sep}"


def part_of(stack: str) -> str:
    """What the innermost frame counts for that is no library's."""
    for path in re.findall(r'File "([^"]+)"', stack):
        if FAMILY in path:
            name = path.rpartition(FAMILY)[2].replace(os.sep, "/")
            return next((part for start, part in PARTS.items() if name.startswith(start)), REST)
        if f"{os.sep}htag{os.sep}" in path:
            return HTAG
        if path.endswith("gui_apps.py"):
            return APP
    return LOOP


def serve(name: str, port: int) -> None:
    """Serve an app; each line of the input is answered with what was found since the last."""
    import gui_peers

    notes = os.memfd_create("notes")
    faulthandler.register(signal.SIGPROF, file=notes, all_threads=False)
    signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)

    def answer() -> None:
        last = os.times()
        for _ in sys.stdin:
            now = os.times()
            used = [now.user - last.user, now.system - last.system]
            last = now
            stacks = os.pread(notes, 1 << 30, 0).decode().split("Stack (most")
            os.ftruncate(notes, 0)
            print(json.dumps([*used, Counter(map(part_of, stacks[1:]))]), flush=True)
        os._exit(0)

    threading.Thread(target=answer, daemon=True).start()
    gui_peers.quick_htag(port, name, isolation="loop")


class Crashed(Exception):
    """The server has."""


def profiled(python: str, name: str, seconds: float) -> tuple[float, float, Counter[str]]:
    """What ``profiled_once`` finds, of a server that does not crash."""
    for _ in range(ATTEMPTS - 1):
        with contextlib.suppress(Crashed):
            return profiled_once(python, name, seconds)
    return profiled_once(python, name, seconds)


def profiled_once(python: str, name: str, seconds: float) -> tuple[float, float, Counter[str]]:
    """Microseconds of processor for a click, the kernel's share, and how often it was where."""
    port = free_port()
    process = subprocess.Popen(
        [python, str(HERE / "gui_profile.py"), "serve", name, str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": os.environ.get("HOME", "/")},
    )

    def ask() -> tuple[float, float, dict[str, int]]:
        assert process.stdin is not None
        assert process.stdout is not None
        print(file=process.stdin, flush=True)
        user, system, found = json.loads(process.stdout.readline())
        return user, system, found

    try:
        answering(port, process)
        asyncio.run(clicks(port, VISITORS, 0.2))
        ask()
        count, _, _ = asyncio.run(clicks(port, VISITORS, seconds))
        user, system, found = ask()
        used = user + system
        return used / count * 1e6, system / used, Counter(found)
    except (OSError, ValueError, asyncio.TimeoutError) as error:
        with contextlib.suppress(subprocess.TimeoutExpired):
            if process.wait(1.0) == -signal.SIGSEGV:
                raise Crashed from error
        raise
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def show(title: str, each: float, kernel: float, found: Counter[str]) -> None:
    """Print the shares."""
    total = sum(found.values()) or 1
    parts = (HTAG, PLACE, APP, *OURS)
    shares = {part: found[part] / total * 100 for part in parts}
    cells = "".join(f"{shares[part]:12.0f} %" for part in parts)
    ours = sum(shares[part] for part in OURS)
    print(f"{title:36}{each:8.0f}{cells}{kernel * 100:8.0f} %{ours:8.0f} %")


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", nargs="+", metavar="GENERATION=PYTHON")
    parser.add_argument("--seconds", type=float, default=4.0, help="of clicks, for each app")
    arguments = parser.parse_args()
    heads = "".join(f"{part:>14}" for part in (HTAG, PLACE, APP, *OURS))
    print(f"{'a click':36}{'us':>8}{heads}{'kernel':>10}{'ours':>10}")
    for text in arguments.peer:
        generation, _, python = text.partition("=")
        for name, what in APPS.items():
            measured = profiled(python, name, arguments.seconds)
            show(f"htag {generation}, {what}", *measured)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2], int(sys.argv[3]))
    else:
        main()
