"""A process with nothing of the program in it."""

from __future__ import annotations

import os
import subprocess
import sys

from quick_htag.process.clean_start import clean_start


def test_it_calls_main_of_a_module(tmp_path):
    """With what it was given, found as this process finds it, and no more in its environment."""
    (tmp_path / "told.py").write_text(
        "import os\ndef main(**given):\n    print(given, 'QUICK_HTAG_GIVEN' in os.environ)\n"
    )
    sys.path.insert(0, str(tmp_path))
    try:
        command, environment = clean_start(sys.executable, "told", ["it"], word="it's", number=2)
    finally:
        sys.path.remove(str(tmp_path))
    found = subprocess.run(
        command,
        env={**os.environ, **environment},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert found.stdout == "{'word': \"it's\", 'number': 2, 'command': ['it']} False\n", (
        found.stderr
    )


def test_lists_of_processes_show_the_program():
    """Who stops or counts programs by the names of their scripts means this process as well."""
    command, _ = clean_start(sys.executable, "told", [sys.executable, "site.py", "-v"])
    assert command[-2:] == ["site.py", "-v"]
