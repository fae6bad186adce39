"""A process that works on a store others use as well; the first argument says how.

``count KIND WHERE PREFIX SESSION TIMES`` counts in a session. ``crash PATH ROUNDS`` writes into a
SQLite file from children that are killed, and looks whether anything they had reported is missing.
"""

import os
import random
import signal
import sys
import time

from quick_htag import RedisStore, Settings, SQLiteStore
from quick_htag.stores.sessions import Sessions


def open_store(kind, where, prefix):
    return SQLiteStore(where) if kind == "sqlite" else RedisStore(where, prefix=prefix)


def count(kind, where, prefix, session_id, times):
    with open_store(kind, where, prefix) as store:
        session = Sessions(Settings(), store=store).get(session_id)
        for number in range(int(times)):
            with session.data as data:  # reads and writes: alone
                data["count"] += 1
            session.data[f"{os.getpid()}:{number}"] = number  # only writes: merged
            session.save()


def write_until_killed(path, first, report):
    store = SQLiteStore(path)
    number = first
    while True:
        store.put(f"key:{number}", {"number": number, "text": "x" * (number % 700)}, 3600.0)
        os.write(report, b"%d\n" % number)
        number += 1


def one_round(path, first):
    """What a child has reported before it was killed."""
    reports, report = os.pipe()
    child = os.fork()
    if not child:
        os.close(reports)
        write_until_killed(path, first, report)
    os.close(report)
    with os.fdopen(reports) as lines:
        reported = [int(lines.readline())]
        time.sleep(random.uniform(0.0, 0.02))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        reported += [int(line) for line in lines if line.endswith("\n")]
    return reported


def crash(path, rounds):
    first = total = 0
    for _ in range(int(rounds)):
        reported = one_round(path, first)
        with SQLiteStore(path) as store:
            lost = [number for number in reported if store.get(f"key:{number}") is None]
            assert not lost, f"lost {lost}"
        first = reported[-1] + 2
        total += len(reported)
    print(rounds, total)


if __name__ == "__main__":
    {"count": count, "crash": crash}[sys.argv[1]](*sys.argv[2:])
