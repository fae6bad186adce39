"""What holds for each example folder: it is short, it starts, and ends with ``quit``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

FOLDERS = (
    "api",
    "commands",
    "dialogs",
    "events",
    "files",
    "job_app",
    "login",
    "middleware",
    "store_memory",
    "tokens",
    "upload",
    "upload_app",
    "websocket",
    "worker",
)
PATHS = {
    "api": "api/notes",
    "commands": "greet/ann",
    "dialogs": "",
    "events": "",
    "files": "shared/",
    "job_app": "",
    "login": "",
    "middleware": "open",
    "store_memory": "prime/7",
    "tokens": "",
    "upload": "",
    "upload_app": "",
    "websocket": "",
    "worker": "api/folders",
}


@pytest.mark.parametrize("folder", FOLDERS)
def test_it_is_short(example: Path, folder: str) -> None:
    """One can read it in a minute."""
    lines = (example / folder / "main.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) < 60


@pytest.mark.parametrize("folder", FOLDERS)
def test_it_runs(
    run_example: Callable[[str], tuple[str, subprocess.Popen[str]]], folder: str
) -> None:
    """Started from a terminal it answers, and ``quit`` ends it without an error."""
    url, process = run_example(folder)
    assert requests.get(url + PATHS[folder], timeout=20).status_code == 200
    process.communicate("quit\n", timeout=20)
    assert process.returncode == 0
