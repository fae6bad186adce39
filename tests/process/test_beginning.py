"""What is noted when the package is imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = """
import os, quick_htag
os.chdir("..")
from quick_htag.process.beginning import FOLDER
print(FOLDER)
"""
TAKEN = "import os, quick_htag; print('QUICK_HTAG_SOCKETS' in os.environ)"


def _run(code: str, folder: Path, **variables: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60
    )
    assert not done.returncode, done.stderr
    return done.stdout.strip()


def test_the_folder_is_that_of_the_import(tmp_path: Path) -> None:
    """A script that goes elsewhere before it makes a server is still started again where it was."""
    assert _run(FOLDER, tmp_path) == str(tmp_path.resolve())


def test_what_was_left_is_taken_at_once(tmp_path: Path) -> None:
    """The import takes the variables, so that no other process inherits them."""
    assert _run(TAKEN, tmp_path, QUICK_HTAG_SOCKETS="{}") == "False"
