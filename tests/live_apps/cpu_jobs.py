"""Functions of jobs that other processes import."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from quick_htag import check, is_worker_alive, progress


def pid(payload):
    """The process it runs in."""
    return os.getpid()


def add(payload):
    """The sum of a list."""
    return sum(payload["numbers"])


def told(payload):
    """Says how far it is, then waits for a file before it goes on."""
    progress(0.5, "half")
    _wait_for(payload["go"])
    return "done"


def numbers(payload):
    """Three items; the third comes when a file is there."""
    yield 1
    yield 2
    _wait_for(payload["go"])
    yield 3


def _wait_for(path):
    while not Path(path).exists():
        time.sleep(0.005)


def forever(payload):
    """Never looks, and never ends."""
    if "pid" in payload:
        Path(payload["pid"]).write_text(str(os.getpid()))
    progress(0.1, str(os.getpid()))
    while True:
        pass


def until_stopped(payload):
    """Ends when it sees that it is not wanted, and leaves a file."""
    progress(0.1, "begun")
    while is_worker_alive():
        time.sleep(0.005)
    Path(payload["left"]).touch()
    check()


def with_a_child(payload):
    """Starts another process, and waits for it."""
    command = [sys.executable, "-c", "import time; time.sleep(1000)"]
    with subprocess.Popen(command) as child:
        progress(None, str(child.pid))
        child.wait()


def fail(payload):
    """Raises what cannot be pickled."""

    class Odd(Exception):
        pass

    raise Odd("no luck")


def sockets(payload):
    """What its sockets are called in the system: one that two processes have is called the same."""
    import pathlib

    found = []
    for file in pathlib.Path("/proc/self/fd").iterdir():
        try:
            target = str(file.readlink())
        except OSError:  # the list itself was one of them
            continue
        if target.startswith("socket:"):
            found.append(target)
    return found
