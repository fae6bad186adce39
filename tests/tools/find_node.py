"""Prints the path of a Node.js that can run ``node --test``: the system's, else playwright's."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = 18  # the first with a test runner


def major(path: str) -> int:
    """The major version of the node at ``path``; 0 when it does not run."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.match(r"v(\d+)\.", done.stdout)
    return int(found[1]) if found else 0


def bundled() -> list[str]:
    """The node inside the playwright package."""
    import playwright

    driver = Path(playwright.__file__).parent / "driver"
    return [str(path) for path in (driver / "node", driver / "node.exe") if path.exists()]


def main() -> int:
    """Print the path; the exit code is 1 when there is none."""
    for path in [*filter(None, [shutil.which("node")]), *bundled()]:
        if major(path) >= OLDEST:
            print(path)
            return 0
    print(f"The JavaScript tests need Node.js {OLDEST} or later: install it.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
