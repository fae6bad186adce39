"""A shell for what pages have people type: what a line exports or activates holds for the next."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 300.0  # seconds for a command to end
# python, python3 and quick_htag are those of the tests until an environment is activated
STANDING_IN = {"python": "", "python3": "", "quick_htag": "-m quick_htag"}
CHECKOUT = (".ci", "Makefile", "example", "js", "pyproject.toml", "quick_htag", "setup.py", "tests")
MAKE = ("MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS")  # what the `make` was told that runs the tests
# runs a line, and then tells which environment it leaves
AROUND = 'eval "$1" || exit; exec "$2" -I -S -c "$3" "$4"'
TELL = "import json, os, sys; json.dump(dict(os.environ), open(sys.argv[1], 'w'))"


class Shell:
    """What somebody has in front of him who types the commands of a page.

    Args:
        folder: the current one.
        tools: a folder for programs that stand in for others.
        wheelhouse: where pip finds packages; it looks nowhere else.

    """

    def __init__(self, folder: Path, tools: Path, wheelhouse: Path) -> None:
        self.folder = folder
        self._told = tools / "environment.json"
        for name, arguments in STANDING_IN.items():
            write_program(tools / name, f'exec "{sys.executable}" {arguments} "$@"')
        self.environment = {
            **os.environ,
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_FIND_LINKS": str(wheelhouse),
            "PIP_NO_COMPILE": "1",
            "PIP_NO_INDEX": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
        }
        for name in MAKE:
            self.environment.pop(name, None)

    def run(self, line: str) -> str:
        """Do what a line says until it has ended; what it prints.

        Raises:
            AssertionError: it has failed.

        """
        command = ["sh", "-c", AROUND, "sh", line, sys.executable, TELL, str(self._told)]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        self.environment = json.loads(self._told.read_text())
        if "VIRTUAL_ENV" in self.environment:  # which has a package of its own
            self.environment.pop("PYTHONPATH", None)
        return done.stdout

    def enter_checkout(self) -> None:
        """What the current folder has when it is that of the sources."""
        for name in CHECKOUT:
            if not (self.folder / name).exists():
                (self.folder / name).symlink_to(ROOT / name)

    def prepare(self, environment: str) -> None:
        """Have an environment of the Makefile, so that a target that needs it runs at once."""
        folder = self.folder / environment
        (folder / "bin").mkdir(parents=True)
        (folder / "stamp-{}.{}".format(*sys.version_info)).touch()
        write_program(folder / "bin" / "python", f'exec "{sys.executable}" "$@"')


def write_program(path: Path, line: str) -> None:
    """A program that is one line of a shell."""
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
