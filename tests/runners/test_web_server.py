"""The oldest runners."""

from __future__ import annotations

from typing import Any

import requests

from quick_htag.runners import WebServer, WebServerWS


def test_the_timeout_is_of_inactivity() -> None:
    """Five minutes if nothing is said; by position as it was."""
    assert WebServerWS().options["timeout_inactivity"] == 300
    assert WebServer(None, 20).options["timeout_inactivity"] == 20
    assert WebServerWS(None, 20).options["timeout_inactivity"] == 20


def test_pages_have_no_websocket(start_runner: Any, app_name: str) -> None:
    """They are told so, in routes as well, and nothing would take one."""
    runner = start_runner(WebServer, app_name)
    runner.add_route("/in", lambda request: runner.handle(request, app_name))
    for path in ("", "in"):
        text = requests.get(runner.url + path, timeout=60).text
        assert '"transports": ["sse", "poll"]' in text
    for path in ("ws", "in/ws"):
        answer = requests.get(f"{runner.url}{path}?page=x&seen=0", timeout=60)
        assert answer.status_code in (404, 426)


def test_the_app_lives(start_runner: Any, app_name: str, open_page: Any) -> None:
    """With websockets, and in routes."""
    runner = start_runner(WebServerWS, app_name)
    runner.add_route("/in/{x}", lambda request: runner.serve(request, app_name, renew=True))
    assert open_page(runner.url).click("more") < 10
    assert open_page(f"{runner.url}in/a/").click("more") < 10
