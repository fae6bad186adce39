"""Who waits does not wake up: a server at its prompt on a terminal, with a page that is open."""

from __future__ import annotations

import contextlib
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.live_program import Program
from tests.patience import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="who has run is told by /proc")

WINDOW = 1.2  # seconds in which nothing is to happen; what polls does so more often
Start = Callable[..., Program]


def switches(pid: int) -> dict[str, int]:
    """How often each thread of a process has begun to run."""
    counts = {}
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        with contextlib.suppress(OSError):  # it has ended
            found = re.findall(r"ctxt_switches:\s+(\d+)", status.read_text())
            counts[status.parent.name] = sum(map(int, found))
    return counts


def waits(program: Program) -> bool:
    """Whether no thread runs for a while. It may be asked again: something has just begun."""
    before = switches(program.process.pid)
    time.sleep(WINDOW)
    return switches(program.process.pid) == before


@pytest.fixture
def program(on_terminal: Start, live_apps: Path, major: int) -> Program:
    """At its prompt."""
    program = on_terminal("waiting.py", str(live_apps), f"session_htag{major}:App")
    program.wait_for("serves ")
    program.wait_for("> ")
    return program


def test_a_prompt_waits_for_a_key(program: Program) -> None:
    """Before the first one, and in the middle of a line."""
    until(lambda: waits(program))
    program.type("sess")
    program.wait_for("sess")
    until(lambda: waits(program))


def test_a_page_that_is_open_waits_for_its_visitor(program: Program) -> None:
    """Between two pings, which are 20 seconds apart, nothing happens."""
    from gui_client import Page

    page = Page(f"http://127.0.0.1:{program.port}/").open()
    try:
        until(lambda: waits(program))
    finally:
        page.close()
