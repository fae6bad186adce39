"""How long a first page takes: from the start of the command line to the end of the answer.

python tests/bench/first_page.py [rounds]

Prints the processor time of the program and the time on the clock, the best and the median; the
latter means something only where nobody else computes. Linux.
"""

from __future__ import annotations

import http.client
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import htag

ROOT = Path(__file__).resolve().parents[2]
APP = "app_htag2:App" if hasattr(htag, "State") else "app_htag1:App"


def measure() -> tuple[float, float]:
    """Seconds of processor time, and on the clock."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    begun = time.perf_counter()
    program = subprocess.Popen(
        [sys.executable, "-m", "quick_htag", APP, "--port", "0"],
        cwd=ROOT / "tests" / "live_apps",
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stderr is not None
    with program, program.stderr:
        try:
            found = (re.search(r"open http://([^:]+):(\d+)/", line) for line in program.stderr)
            place = next(one for one in found if one is not None)
            connection = http.client.HTTPConnection(place[1], int(place[2]), timeout=30)
            connection.request("GET", "/")
            answer = connection.getresponse()
            assert (answer.status, bool(answer.read())) == (200, True)
            elapsed = time.perf_counter() - begun
            connection.close()
            fields = Path(f"/proc/{program.pid}/stat").read_text().rsplit(")", 1)[1].split()
        finally:
            program.kill()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), elapsed


def main() -> None:
    """Measure a few times."""
    rounds = int([*sys.argv, 9][1])
    measure()  # compiles what has not been compiled
    found = [measure() for _ in range(rounds)]
    for name, times in zip(("processor", "clock"), zip(*found, strict=True), strict=True):
        best, median = min(times), statistics.median(times)
        print(f"{APP} first page, {name}: best {best:.2f} s, median {median:.2f} s")


if __name__ == "__main__":
    main()
