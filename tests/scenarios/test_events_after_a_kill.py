"""``kill -9`` at any moment: what a page had to say is done once by the app that comes."""

from __future__ import annotations

import contextlib
import importlib
import json
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed

pytest.importorskip("htag", exc_type=ImportError)

ROUNDS = 2
EVENTS = 150  # of a page, as fast as it goes


@pytest.fixture
def start(start_program: Any) -> Callable[[], Any]:
    """``start()``: the program; its process and its URL."""
    return lambda: start_program("serve_lines.py", "store.db", "lines.txt")


class Clicks:
    """The clicks of one user, in whatever page; each has a number.

    Attributes:
        undone: those no page has heard to be done: number, and origin if there is one.
        unsure: those that had begun in an app that is gone.

    """

    def __init__(self) -> None:
        self.last = 0
        self.undone: list[tuple[int, list[Any] | None]] = []
        self.unsure: set[int] = set()

    def run(self, page: Any) -> None:
        """Send what is undone and more, until all is done or the server dies."""
        more = range(self.last + 1, self.last + 1 + EVENTS)
        self.last += EVENTS
        sent = [*self.undone, *((number, None) for number in more)]
        self.undone = [
            (number, origin or [page.config["page"], index + 1])
            for index, (number, origin) in enumerate(sent)
        ]
        event = page.event_of("write")
        with contextlib.suppress(ConnectionClosed, OSError):
            for number, origin in sent:
                page.send_as(origin, number, event)
            self._hear(page, [number for number, _ in sent])

    def _hear(self, page: Any, numbers: list[int]) -> None:
        while self.undone:
            message = page.receive()
            if "done" in message:
                number = numbers[message["done"] - 1]
                self.undone = [one for one in self.undone if one[0] != number]
                if message.get("earlier"):
                    self.unsure.add(number)


def _send_as(page: Any) -> Callable[..., None]:
    def send(origin: Any, number: int, event: Any) -> None:
        event.update({"data": {"which": number}} if "data" in event else {"args": [number]})
        page.sent += 1
        message = {"n": page.sent, "p": event, **({"of": origin} if origin else {})}
        page.socket.send(json.dumps(message))

    return send


def test_every_event_runs_once(start: Any, tmp_path: Path) -> None:
    """None is lost but those in whose middle the server died, which the page is told."""
    client = importlib.import_module("gui_client")
    visitor, clicks = requests.Session(), Clicks()
    for number in range(ROUNDS + 1):
        process, url = start()
        page = client.Page(url, visitor).open()
        page.send_as = _send_as(page)
        killing = threading.Timer(0.03 + 0.04 * number, process.kill)
        if number < ROUNDS:
            killing.start()
        clicks.run(page)
        page.close()
        if number < ROUNDS:
            killing.join()
    lines = [int(line) for line in (tmp_path / "lines.txt").read_text().split()]
    assert clicks.undone == []
    assert max(Counter(lines).values()) == 1
    assert set(range(1, clicks.last + 1)) - set(lines) <= clicks.unsure
    assert lines == sorted(lines)
    visitor.close()
