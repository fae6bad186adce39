"""The example of the store in memory counts questions and keeps answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests


def test_ten_questions_a_minute(
    load_example: Callable[[str], Any], start_server: Callable[..., Any]
) -> None:
    """The next one is told to wait; answers are right, kept or not."""
    server = start_server(load_example("store_memory").add_routes)
    answers = [requests.get(f"{server.url}prime/97", timeout=30) for _ in range(11)]
    assert [answer.json() for answer in answers[:10]] == [{"prime": True}] * 10
    assert answers[10].status_code == 429
    assert "seconds" in answers[10].text
    assert server.store.get("own:prime:97") is True
