"""What machines hold, from the figures of ``capacity.json``: prints the tables of the page.

    python docs/capacity.py

The first part is arithmetic. The second lets visitors click and counts how long they wait; the
processors are the only thing that visitors share there.
"""

from __future__ import annotations

import heapq
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

FIGURES = Path(__file__).resolve().parent / "capacity.json"
MACHINE_MB, CORES = 4000, 2  # of one machine
PAUSE = 10.0  # seconds between two clicks of a visitor who is busy
STAY = 600.0  # seconds after which a visitor loads a new page
LOAD = 0.6  # share of the processors that is used, so that there is room for more
SPARE = 0.75  # share of the memory
MACHINES = (1, 10, 1000)
WAIT = 0.1  # seconds that 99 of 100 clicks must not wait longer than
CLICKS = 20_000  # of a simulation


def seconds_per_click(way: dict[str, float]) -> float:
    """Processor time that one click costs, with its share of a new page."""
    return (way["click_us"] + way["page_us"] * PAUSE / STAY) / 1e6


def by_memory(way: dict[str, float]) -> float:
    """Sessions whose pages are connected; a process for each core, for Python runs on one."""
    room = MACHINE_MB * 1000 * SPARE - way["base_kb"] * CORES
    return room / way["session_kb"]


def by_processors(way: dict[str, float]) -> float:
    """Visitors who click every ten seconds."""
    return LOAD * CORES * PAUSE / seconds_per_click(way)


def waits(visitors: int, way: dict[str, float], seed: int = 1) -> float:
    """Seconds that 99 of 100 clicks are done in; each visitor is at one of the processes."""
    chance = random.Random(seed)  # noqa: S311 no secret
    cost, own = seconds_per_click(way), max(1, visitors // CORES)
    clicks = [(chance.expovariate(1.0 / PAUSE)) for _ in range(own)]
    heapq.heapify(clicks)
    free, took = 0.0, []
    for _ in range(CLICKS):
        begun = heapq.heappop(clicks)
        free = max(free, begun) + chance.expovariate(1.0 / cost)
        took.append(free - begun)
        heapq.heappush(clicks, free + chance.expovariate(1.0 / PAUSE))
    warm = sorted(took[CLICKS // 5 :])
    return warm[int(len(warm) * 0.99)]


def most(way: dict[str, float]) -> int:
    """As many visitors as wait no longer than ``WAIT``."""
    low, high = 1, int(by_processors(way) / LOAD * 1.5)
    while high - low > max(1, high // 200):
        middle = (low + high) // 2
        low, high = (middle, high) if waits(middle, way) <= WAIT else (low, middle)
    return low


def rounded(value: float) -> str:
    """With two digits that count."""
    digits = max(0, len(str(int(value))) - 2)
    return f"{int(value // 10**digits * 10**digits):,}"


def table(rows: list[list[str]]) -> list[str]:
    """As reStructuredText."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    rule = "  ".join("=" * width for width in widths)
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return [rule, lines[0], rule, *lines[1:], rule]


def measured(found: dict[str, Any]) -> list[str]:
    """What one of everything costs."""
    columns = ("base_kb", "session_kb", "click_us", "page_us")
    heads = ("isolation", "server, KB", "session, KB", "click, us", "new page, us")
    rows = [[name, *(f"{way[key]:,.0f}" for key in columns)] for name, way in found["ways"].items()]
    return table([list(heads), *rows])


def held(found: dict[str, Any]) -> list[str]:
    """What machines hold."""

    def sessions(number: int) -> Callable[[dict[str, float]], str]:
        return lambda way: rounded(number * min(by_memory(way), by_processors(way)))

    heads = ["isolation", "by memory", "by processors", "simulated", "their p99, ms"]
    heads += [f"{number:,} machine{'s' if number > 1 else ''}" for number in MACHINES]
    rows = [heads]
    for name, way in found["ways"].items():
        figures = [rounded(by_memory(way)), rounded(by_processors(way)), rounded(most(way))]
        figures.append(f"{waits(int(by_processors(way)), way) * 1000:.1f}")
        rows.append([name, *figures, *(sessions(number)(way) for number in MACHINES)])
    return table(rows)


def tables() -> tuple[list[str], list[str]]:
    """Both."""
    found = json.loads(FIGURES.read_text(encoding="utf-8"))
    return measured(found), held(found)


if __name__ == "__main__":
    for lines in tables():
        print("\n".join(lines), end="\n\n")
