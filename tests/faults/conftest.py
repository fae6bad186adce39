"""Servers whose log can be read, and what waits for things to happen."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
import requests

from quick_htag import MessageLog
from tests.patience import until

LIMIT = 30.0  # seconds


class Faulty:
    """A server, and what is asked of it."""

    def __init__(self, server: Any, text: io.StringIO) -> None:
        self.server = server
        self.url: str = server.url
        self._text = text

    @property
    def log(self) -> str:
        """What was logged."""
        return self._text.getvalue()

    def get(self, path: str = "ok", **options: Any) -> requests.Response:
        """The answer on a connection of its own."""
        return requests.get(f"{self.url}{path}", timeout=LIMIT, **options)

    def serves(self) -> bool:
        """Whether a plain endpoint answers."""
        return self.get().text == "ok"

    def until_logged(self, text: str) -> None:
        """Wait for a line with this text."""
        until(lambda: text in self.log)


@pytest.fixture
def faulty(start_server: Callable[..., Any]) -> Callable[..., Faulty]:
    """``faulty(setup, **options)``: a server with "/ok", and what ``setup`` adds."""

    def start(setup: Callable[[Any], Any] = lambda server: None, **options: Any) -> Faulty:
        text = io.StringIO()

        def prepare(server: Any) -> None:
            server.text_get("/ok", 0)(lambda req, args: "ok")
            setup(server)

        return Faulty(start_server(prepare, log=MessageLog(text), **options), text)

    return start
