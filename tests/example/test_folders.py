"""What holds for each example folder: it is short. Those of docs/examples.rst start them all."""

from __future__ import annotations

from pathlib import Path

import pytest

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


@pytest.mark.parametrize("folder", FOLDERS)
def test_it_is_short(example: Path, folder: str) -> None:
    """One can read it in a minute."""
    lines = (example / folder / "main.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) < 60
