"""The example of commands does what is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from quick_htag import QuickServer


@pytest.fixture
def server(
    load_example: Callable[[str], Any], start_server: Callable[..., QuickServer]
) -> QuickServer:
    """The example, running."""
    return start_server(load_example("commands").add_commands)


def test_commands(server: QuickServer, capsys: pytest.CaptureFixture[str]) -> None:
    """What is typed counts for requests, and the other way round."""
    assert requests.get(f"{server.url}greet/eve", timeout=30).status_code == 404
    server.handle_cmd("user add eve")
    assert requests.get(f"{server.url}greet/eve", timeout=30).json()["greetings"] == 1
    server.handle_cmd("users")
    server.handle_cmd("user remove ann")
    server.handle_cmd("user remove ann")
    said = capsys.readouterr().err
    assert "): eve: 1 greetings\n" in said
    assert [line.split(": ")[-1] for line in said.splitlines()[-2:]] == [
        "removed ann",
        "ann is not known",
    ]


def test_completion(server: QuickServer) -> None:
    """The Tab key knows commands and users."""
    assert server.commands.complete("user ") == ["add", "remove"]
    assert server.commands.complete("user remove b") == ["bob"]
    assert server.commands.complete("user remove bob x") == []
