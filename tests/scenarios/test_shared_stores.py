"""Processes that share a store, and processes that are killed while they write."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quick_htag import Settings
from quick_htag.stores.sessions import Sessions

WORKER = Path(__file__).resolve().parent.parent / "live_apps" / "store_worker.py"
TIMEOUT = 60.0
TIMES = 100


def _start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", str(WORKER), *map(str, arguments)]
    root = str(WORKER.parent.parent.parent)
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": root}
    )


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
def test_two_processes_hammer_one_session(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, open_store: Callable[..., Any]
) -> None:
    """Whatever both write at once, nothing is lost: neither counts nor keys."""
    where = str(tmp_path / "store.db")
    if kind == "redis":
        where = request.getfixturevalue("redis_server").url
    store = open_store(kind, where, "hammer:")
    sessions = Sessions(Settings(), store=store)
    session = sessions.issue("")
    session.data["count"] = 0
    session.save()
    workers = [_start("count", kind, where, "hammer:", session.id, TIMES) for _ in "ab"]
    assert [(worker.wait(TIMEOUT), worker.stdout.close()) for worker in workers]  # type: ignore[union-attr]
    assert sessions.get(session.id) is session
    assert session.data["count"] == 2 * TIMES
    assert len(session.data) == 2 * TIMES + 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    """A hundred times a process is killed while it writes; whatever it had reported is there."""
    worker = _start("crash", tmp_path / "store.db", 100)
    output, _ = worker.communicate(timeout=TIMEOUT)
    rounds, reported = map(int, output.split())
    assert (worker.returncode, rounds) == (0, 100)
    assert reported > 500
