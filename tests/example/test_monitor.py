"""The example of the monitor tells what it has done."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from quick_htag import QuickServer


def test_the_state_is_at_the_prompt_and_over_http(
    load_example: Callable[[str], Any],
    start_server: Callable[..., QuickServer],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Visits become sessions, requests are counted, slow routes are named."""
    module = load_example("monitor")
    tokens: list[str] = []
    server = start_server(lambda server: tokens.append(module.add_routes(server)))
    for path in ("", "slow", "busy"):
        assert requests.get(server.url + path, timeout=30).status_code == 200
    server.handle_cmd("sessions")
    server.handle_cmd("reload")
    said = capsys.readouterr().err
    assert server.list_sessions()[0].session in said
    assert "motd: nothing to read here" in said
    headers = {"Authorization": f"Bearer {tokens[0]}"}
    text = requests.get(f"{server.url}-/metrics", headers=headers, timeout=30).text
    assert re.search(r'^quick_htag_requests_total\{status="2xx"\} [34]$', text, re.MULTILINE)
    status = requests.get(f"{server.url}-/status", headers=headers, timeout=30).json()
    assert status["sessions"] == 1
