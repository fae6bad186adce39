"""The example of the store in a file knows its visitors after a restart."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from quick_htag import Settings, SQLiteStore

SETTINGS = Settings(session_cookie="visit")  # the port is another one with each start


def test_a_visitor_comes_back(
    load_example: Callable[[str], Any], start_server: Callable[..., Any], tmp_path: Path
) -> None:
    """With the same cookie, and what was written is there."""
    module = load_example("store_sqlite")
    pages = []
    with requests.Session() as visitor:
        for text in ("<b>first</b>", "second"):
            with SQLiteStore(tmp_path / "guests.db") as store:
                server = start_server(module.add_routes, store=store, settings=SETTINGS)
                visitor.get(server.url, timeout=30)
                pages.append(visitor.post(f"{server.url}write", {"text": text}, timeout=30).text)
                server.server_close()
    assert "Your visit number 4, 4 of all." in pages[1]
    assert "<li>second</li><li>&lt;b&gt;first&lt;/b&gt;</li>" in pages[1]


def test_it_starts(example: Path, tmp_path: Path) -> None:
    """With a port and a file, as its text says."""
    command = [sys.executable, "-W", "error", str(example / "store_sqlite" / "main.py")]
    done = subprocess.run(
        [*command, "0", str(tmp_path / "my.db")],
        env={"PYTHONPATH": str(example.parent)},
        input="quit\n",
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert "open http://" in done.stderr
    assert done.returncode == 0
    assert (tmp_path / "my.db").exists()
