"""Prints the path of a Chromium; with ``--install`` gets one when the machine has none.

Looks at ``CHROMIUM``, then for one of the system's, then for playwright's own. Installs Debian's
package for root, else playwright's download.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def works(path: str) -> bool:
    """Whether ``path`` is a browser, and not the stub by which some systems offer to get one."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def playwright_chromium() -> str:
    """Where playwright's own Chromium is, or would be."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def find() -> str | None:
    """A Chromium of this machine; None: it has none."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    for path in filter(None, map(shutil.which, NAMES)):
        if works(path):
            return path
    path = playwright_chromium()
    return path if Path(path).exists() else None


def run(*command: str) -> bool:
    """Run a command, what it prints going to our stderr; whether it succeeded."""
    print("chromium.py:", *command, file=sys.stderr)
    return subprocess.run(command, stdout=sys.stderr, check=False).returncode == 0


def install() -> str | None:
    """Get a Chromium; None: no way worked."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if root and shutil.which("apt-get"):
        wanted = ("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")
        if run("apt-get", "update", "-qq") and run(*wanted):
            path = find()
            if path:
                return path
    run(sys.executable, "-m", "playwright", "install", "chromium")
    return find()


def main() -> int:
    """Print the path; the exit code is 1 when there is none."""
    path = find()
    if path is None and "--install" in sys.argv[1:]:
        path = install()
    if path is None:
        print("No Chromium found. Install one, or set CHROMIUM to its path.", file=sys.stderr)
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
