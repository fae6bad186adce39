"""The runner of htag 1 with its own defaults."""

from __future__ import annotations

import inspect
from typing import Any

import requests

from quick_htag import Settings
from quick_htag.runners.htag1 import HTTPResponse, Runner


def test_the_signature_is_the_published_one() -> None:
    """Names, order and defaults."""
    parameters = inspect.signature(Runner).parameters
    assert {name: one.default for name, one in list(parameters.items())[:-1]} == {
        "tagClass": None,
        "file": None,
        "host": "127.0.0.1",
        "port": 8000,
        "interface": 1,
        "reload": False,
        "debug": False,
        "http_only": False,
        "use_first_free_port": False,
    }


def test_it_has_a_tab_and_ends_with_it(run_desktop: Any, app_name: str, open_page: Any) -> None:
    """``Runner(App).run()`` and nothing more."""
    program = run_desktop(Runner, app_name, settings=Settings(desktop_grace=0.05))
    open_page(program.url).close()
    assert program.ended()


def test_routes_answer_in_its_way(start_runner: Any, app_name: str) -> None:
    """A plain handler opens the app, another gives an ``HTTPResponse``."""
    runner = start_runner(Runner, interface=0)
    runner.add_route("/", lambda request: runner.serve(request, app_name))

    async def item(request: Any) -> HTTPResponse:
        return HTTPResponse(201, f"item {request.path_params['number']}", "text/plain")

    runner.add_route("/item/{number:int}", item)
    assert requests.get(runner.url, timeout=60).status_code == 200
    answer = requests.get(f"{runner.url}item/5", timeout=60)
    assert (answer.status_code, answer.text) == (201, "item 5")
