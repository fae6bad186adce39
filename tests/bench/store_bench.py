"""How long one token takes, of 100 and of 100,000: in memory, in each kind of store.

python tests/bench/store_bench.py [REDIS_URL]

Prints microseconds for a ``with`` block that changes the token, for a look at it, and the ratio.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

from quick_htag import MemoryStore, RedisStore, Settings, SQLiteStore
from quick_htag.stores.token_store import StoreTokenHandler
from quick_htag.stores.tokens import Tokens

SIZES = (100, 100_000)
SETTINGS = Settings(max_tokens=1_000_000)
ROUNDS, PER_ROUND = 7, 200


def fill(tokens, size):
    """Make so many tokens."""
    for number in range(size):
        tokens.open(f"token {number}", 36_000.0 + number % 1000)


def measure(work, size):
    """The best of several rounds, in microseconds for one token."""
    names = [f"token {random.randrange(size)}" for _ in range(PER_ROUND)]
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for name in names:
            work(name)
        best = min(best, time.perf_counter() - started)
    return best / PER_ROUND * 1e6


def report(title, make):
    """Print both ways to use a token of a store."""
    found = []
    for size in SIZES:
        tokens = make()
        fill(tokens, size)

        def change(name, tokens=tokens):
            with tokens.open(name) as data:
                data["n"] = data.get("n", 0) + 1

        def look(name, tokens=tokens):
            tokens.open(name, readonly=True)

        found.append((measure(change, size), measure(look, size)))
    for what, (few, many) in zip(("change", "look"), zip(*found, strict=True), strict=True):
        times = f"{few:8.1f} us of 100 {many:8.1f} us of 100,000   x{many / few:.2f}"
        print(f"{title:12} {what:7} {times}")


def main():
    """Measure every store there is."""
    with tempfile.TemporaryDirectory() as folder:
        numbers = iter(range(100))
        stores = {
            "MemoryStore": MemoryStore,
            "SQLiteStore": lambda: SQLiteStore(Path(folder) / f"{next(numbers)}.db"),
        }
        if len(sys.argv) > 1:
            stores["RedisStore"] = lambda: RedisStore(sys.argv[1], prefix=f"{time.time_ns()}:")
        report("no store", lambda: Tokens(settings=SETTINGS))
        for title, make in stores.items():
            report(title, lambda make=make: Tokens(StoreTokenHandler(make(), 1_000_000), SETTINGS))


if __name__ == "__main__":
    main()
