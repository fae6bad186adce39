"""Run the tests with htag 2 and with htag 1 beside each other, each line with its name before it.

python tests/tools/both_suites.py PYTHON_HTAG2 PYTHON_HTAG1 [argument of pytest ...]

Ends with 0 when both did. What failed is told again in the last lines, which are what is kept of a
long output. Each takes one processor, and much of its time is waiting.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

OTHER = "QUICK_HTAG_OTHER_PYTHON"  # tests of apps of both generations behind one port need it
FAILURES = "= FAILURES =", "= ERRORS ="  # begin pytest's report of what failed; its summary ends it
LAST = 400  # lines of the report that are repeated


def start(python: str, other: str, arguments: tuple[str, ...]) -> subprocess.Popen[str]:
    """Begin the tests with one interpreter, which is told of the other."""
    return subprocess.Popen(
        [python, "-m", "pytest", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, OTHER: str(Path(other).absolute())},
        encoding="utf-8",
        errors="replace",
    )


def repeat(name: str, lines: IO[str] | None, failed: list[str]) -> None:
    """Print what comes, a line at a time, until the end; note the report of what failed."""
    reporting = False
    for line in lines or ():
        sys.stdout.write(f"{name} | {line}")
        sys.stdout.flush()
        if line.startswith("="):
            reporting = any(title in line for title in FAILURES)
        if reporting or line.startswith(("FAILED ", "ERROR ")):
            failed.append(f"{name} | {line}")


def main(htag2: str, htag1: str, *arguments: str) -> int:
    """Run both; the first status that is not 0, or 0."""
    suites = {
        "htag 2": start(htag2, htag1, arguments),
        "htag 1": start(htag1, htag2, arguments),
    }
    failed: dict[str, list[str]] = {name: [] for name in suites}
    readers = [
        threading.Thread(target=repeat, args=(name, suite.stdout, failed[name]))
        for name, suite in suites.items()
    ]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    for lines in failed.values():
        sys.stdout.writelines(lines[-LAST:])
    for name, suite in suites.items():
        print(f"{name}: pytest ended with {suite.wait()}")
    return next((suite.returncode for suite in suites.values() if suite.returncode), 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
