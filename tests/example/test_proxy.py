"""The example of a server behind another one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from quick_htag import QuickServer

    Run = Callable[[str], tuple[str, subprocess.Popen[str]]]


@pytest.fixture
def front(load_example: Callable[[str], Any], start_server: Callable[..., QuickServer]) -> str:
    """The URL of the front, with the shop behind it."""
    module = load_example("proxy")
    shop = start_server(module.add_shop)
    return start_server(lambda server: module.add_front(server, shop)).url


def test_it_is_short(example: Path) -> None:
    """Nobody reads a long example."""
    assert len((example / "proxy" / "main.py").read_text().splitlines()) < 60


def test_the_shop_answers_at_the_front(front: str) -> None:
    """Under the name of the front, which the shop knows."""
    assert requests.get(f"{front}shop/apples", timeout=30).json()["left"] == 3
    answer = requests.get(f"{front}shop/?sort=1", timeout=30).json()
    assert answer["stock"] == {"apples": 3, "pears": 5}
    assert answer["asked_at"].startswith(front)


def test_routes_of_the_front_come_first(front: str) -> None:
    """A route hides what is behind."""
    assert requests.get(f"{front}shop/closed", timeout=30).text.startswith("a route of the front")
    assert "Behind one address" in requests.get(front, timeout=30).text


def test_it_runs_as_a_program(run_example: Run) -> None:
    """Started as its first lines say."""
    url, _ = run_example("proxy")
    assert requests.get(f"{url}shop/pears", timeout=30).json()["left"] == 5
