"""Starts the example with this interpreter, asks it, and ends it with ``quit`` at its prompt."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import urllib.request

TIMEOUT = 60  # seconds for the whole of it


def address_of(process: subprocess.Popen[str]) -> str:
    """The address it prints when it is ready; what it prints is shown."""
    assert process.stderr is not None
    for line in process.stderr:
        print(" ", line.rstrip())
        found = re.search(r"https?://[\w.:\[\]-]+", line)
        if found:
            return found[0]
    raise SystemExit("the example ended without printing its address")


def main() -> int:
    """Run the script named by the first argument."""
    environment = {**os.environ, "QUICK_HTAG_PORT": "0"}
    process = subprocess.Popen(
        [sys.executable, "-W", "error", *sys.argv[1:]],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    watchdog = threading.Timer(TIMEOUT, process.kill)
    watchdog.start()
    try:
        address = address_of(process)
        with urllib.request.urlopen(f"{address}/", timeout=TIMEOUT) as got:
            assert b"<body" in got.read()
        with urllib.request.urlopen(f"{address}/api/status", timeout=TIMEOUT) as got:
            status = json.load(got)
        assert status["memory"]["total"] > 0
        with urllib.request.urlopen(f"{address}/static/style.css", timeout=TIMEOUT) as got:
            assert got.headers["Content-Type"].startswith("text/css")
        _, rest = process.communicate("quit\n")
    finally:
        process.kill()
        watchdog.cancel()
    print(rest)
    print("exit code", process.returncode)
    return process.returncode


if __name__ == "__main__":
    sys.exit(main())
