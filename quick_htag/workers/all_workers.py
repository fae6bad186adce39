"""What the monitor tells over HTTP: all workers, whichever of them is asked."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable
from functools import partial
from typing import Any

from ..monitor.rows import Row
from ..monitor.selection import select
from ..monitor.status import Status
from .merging import ROWS, merged_rows, merged_status, unpacked
from .worker import Worker

Ask = Callable[..., list[Any]]


def token_for(worker: Worker, place: str) -> str:
    """A token of the monitor at a place that all workers have; nobody else can make it."""
    return hmac.digest(worker.secret, f"monitor {place}".encode(), hashlib.sha256).hex()


def readers(worker: Worker, prefix: str) -> dict[str, Callable[..., Any]]:
    """By name, what gives the status and the rows of all workers. Any thread; waits for them.

    Args:
        worker: this process.
        prefix: of the questions about one server, among those of the program.

    """

    def ask(what: str, *args: str) -> list[Any]:
        return [value for _, value in worker.ask_all(prefix + what, *args) if value is not None]

    rows = {kind: partial(_rows, ask, kind) for kind in ROWS}
    return {"status": partial(_status, ask), **rows}


def _status(ask: Ask) -> Status:
    found = [unpacked(one) for one in ask("status")]
    rows = merged_rows("sessions", ask("rows", "sessions"))
    return merged_status(found, rows, os.getppid())


def _rows(ask: Ask, kind: str, *words: str) -> list[Row]:
    selection = select(words, ROWS[kind])  # words that make no sense are told first
    found: list[Row] = selection.rows(merged_rows(kind, ask("rows", kind)))
    return found
