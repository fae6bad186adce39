"""The oldest runners."""

from __future__ import annotations

from typing import Any

from quick_htag.runners import WebServerWS


def test_the_timeout_is_of_inactivity() -> None:
    """Five minutes if nothing is said; by position as it was."""
    assert WebServerWS().options["timeout_inactivity"] == 300
    assert WebServerWS(None, 20).options["timeout_inactivity"] == 20


def test_the_app_lives(start_runner: Any, app_name: str, open_page: Any) -> None:
    """With websockets, and in routes."""
    runner = start_runner(WebServerWS, app_name)
    runner.add_route("/in/{x}", lambda request: runner.serve(request, app_name, renew=True))
    assert open_page(runner.url).click("more") < 10
    assert open_page(f"{runner.url}in/a/").click("more") < 10
