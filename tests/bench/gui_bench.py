"""Clicks, pushes, new sessions and memory beside other servers of GUI apps, in one run.

    python tests/bench/gui_bench.py GENERATION:NAME=PYTHON... [--quick]

Each NAME is a peer of ``gui_peers.py``, each PYTHON the interpreter of an environment that has it;
GENERATION is 1, 2, or 0 for what is compared with both. ``make bench-gui`` makes the environments.
Every server runs in a process of its own with the same app and is driven over real websockets by
this one. Servers take turns, so that what else the machine does is for all of them. It reports and
never fails; a figure that a server does not deliver is shown as "-". Linux.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import statistics
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from gui_figures import LIVE, SESSIONS, events, memory, new_sessions, pushes, round_trip, running

OURS, LOOP = "quick_htag", "quick_htag loop"
FEW = {"htagweb": 20}  # a process for each session


class Peer(NamedTuple):
    """A server with the interpreter of its environment."""

    generation: int
    name: str
    python: str


class Goal(NamedTuple):
    """How one of our ways has to be beside the best peer.

    Attributes:
        figure: what is measured.
        way: ours.
        ratio: at least this, or at most for what should be small.
        small: whether less is better.

    """

    figure: str
    way: str
    ratio: float
    small: bool = False

    def reached(self, ratio: float) -> bool:
        """Whether it is."""
        return ratio <= self.ratio if self.small else ratio >= self.ratio

    def __str__(self) -> str:
        return f"{'<=' if self.small else '>='} {self.ratio:g}"


GOALS = (
    Goal(f"clicks/s, {SESSIONS} sessions", LOOP, 1.5),
    Goal(f"pushes/s, {SESSIONS} sessions", LOOP, 1.5),
    Goal(f"clicks/s, {SESSIONS} sessions", OURS, 1.0),
    Goal(f"pushes/s, {SESSIONS} sessions", OURS, 1.0),
    Goal("round trip p50, ms", OURS, 1.3, small=True),
    Goal("new sessions/s", OURS, 1.5),
)
MOST_MEMORY = 60.0  # MB of LIVE sessions

Values = dict[str, list[float]]  # of each round, by figure


def measure(peer: Peer, seconds: float, found: Values) -> None:
    """One round of one server."""
    try:
        with running(peer.name, peer.python) as (port, _):
            for figure in (round_trip, events, pushes, new_sessions):
                if figure is new_sessions and peer.name in FEW:
                    continue
                for name, value in asyncio.run(figure(port, seconds)).items():
                    found[name].append(value)
    except (OSError, AssertionError, asyncio.TimeoutError) as error:
        print(f"  {peer.name}: {type(error).__name__}: {error}")


def weigh(peer: Peer, found: Values) -> None:
    """The memory of one server."""
    live = FEW.get(peer.name, LIVE)
    try:
        with running(peer.name, peer.python) as (port, pid):
            for value in asyncio.run(memory(port, pid, live)).values():
                found[f"{LIVE} sessions, MB"].append(value * LIVE / live)
    except (OSError, AssertionError, asyncio.TimeoutError) as error:
        print(f"  {peer.name}: {type(error).__name__}: {error}")


def versions(python: str) -> str:
    """What an environment has of the packages that matter."""
    code = (
        "import platform, importlib.metadata as m\n"
        "names = 'htag htagweb nicegui starlette uvicorn uvloop httptools websockets'.split()\n"
        "has = {d.metadata['Name'].lower(): d.version for d in m.distributions()}\n"
        "print('Python', platform.python_version(), *(f'{n} {has[n]}' for n in names if n in has))"
    )
    return subprocess.run([python, "-c", code], capture_output=True, text=True).stdout.strip()


def table(peers: list[Peer], found: dict[Peer, Values]) -> None:
    """Print the medians."""
    names = list(dict.fromkeys(name for peer in peers for name in found[peer]))
    print(f"\n{'':34}" + "".join(f"{peer.name:>16}" for peer in peers))
    for name in names:
        row = [statistics.median(found[peer][name]) for peer in peers if found[peer][name]]
        digits = 0 if min(row) >= 100 else 2 if min(row) < 10 else 1
        cells = [
            f"{statistics.median(found[peer][name]):,.{digits}f}" if found[peer][name] else "-"
            for peer in peers
        ]
        print(f"{name:34}" + "".join(f"{cell:>16}" for cell in cells))


def judge(peers: list[Peer], found: dict[Peer, Values]) -> None:
    """Print what is ours beside the best of the others."""
    print(f"\n{'goal':34}{'way':>16}{'ours':>12}{'best peer':>12}{'':>12}{'ratio':>8}{'goal':>9}")
    for goal in GOALS:
        ours = {peer: values(found[peer], goal.figure) for peer in peers if peer.name == goal.way}
        best = {
            peer: values(found[peer], goal.figure)
            for peer in peers
            if peer.name not in (OURS, LOOP) and found[peer][goal.figure]
        }
        if not best or not all(ours.values()):
            continue
        first = (min if goal.small else max)(best, key=lambda peer: best[peer])
        for value in ours.values():
            ratio = value / best[first]
            print(
                f"{goal.figure:34}{goal.way:>16}{value:12,.2f}{best[first]:12,.2f}"
                f"{first.name:>12}{ratio:8.2f}{goal!s:>9} {'' if goal.reached(ratio) else 'missed'}"
            )
    for peer in peers:
        if peer.name == OURS and found[peer][f"{LIVE} sessions, MB"]:
            size = values(found[peer], f"{LIVE} sessions, MB")
            missed = "" if size < MOST_MEMORY else "missed"
            most = f"< {MOST_MEMORY:g}"
            print(f"{LIVE} sessions, MB{'':17}{OURS:>16}{size:12,.1f}{'':32}{most:>9} {missed}")


def values(found: Values, name: str) -> float:
    """The median of a figure; 0: it was not delivered."""
    return statistics.median(found[name]) if found[name] else 0.0


def processor() -> str:
    """What the machine calls its processor."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    named = next((line for line in lines if line.startswith("model name")), "")
    return named.partition(":")[2].strip() or platform.machine()


def main() -> None:
    """Measure and print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", nargs="+", metavar="GENERATION:NAME=PYTHON")
    parser.add_argument("--quick", action="store_true", help="one short round, two minutes in all")
    parser.add_argument("--no-memory", action="store_true", help="leave the memory out")
    arguments = parser.parse_args()
    peers = []
    for text in arguments.peer:
        place, _, python = text.partition("=")
        generation, _, name = place.partition(":")
        peers.append(Peer(int(generation), name, python))
    rounds, seconds = (1, 1.0) if arguments.quick else (3, 4.0)
    print(f"{processor()}, {os.cpu_count()} processors, {platform.system()} {platform.release()}")
    print(f"medians of {rounds} rounds of {seconds:g} s")
    for python in dict.fromkeys(peer.python for peer in peers):
        which = ", ".join(peer.name for peer in peers if peer.python == python)
        print(f"  {which}: {versions(python)}")
    found: dict[Peer, Values] = {peer: defaultdict(list) for peer in peers}
    for _ in range(rounds):
        for peer in peers:
            measure(peer, seconds, found[peer])
    for peer in peers if not arguments.no_memory else ():
        weigh(peer, found[peer])
    for generation in (1, 2):
        some = [peer for peer in peers if peer.generation in (0, generation)]
        if any(peer.generation for peer in some):
            print(f"\nhtag {generation}")
            table(some, found)
            judge(some, found)
    print(f"\nload of the machine at the end: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
