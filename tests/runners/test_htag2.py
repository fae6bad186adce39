"""The runners of htag 2; they host apps of either generation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from quick_htag import ConfigurationError, Settings
from quick_htag.runners import ChromeApp, WebApp
from tests.patience import until

LIMIT = 30.0
BRIEF = Settings(desktop_grace=0.05)


def test_the_hook_gets_each_app(start_runner: Any, app_name: str) -> None:
    """By position, as the second argument."""
    seen: list[Any] = []
    runner = start_runner(WebApp, app_name, seen.append)
    requests.get(runner.url, timeout=LIMIT)
    assert type(seen[0]).__name__ == "App"


def test_parano(start_runner: Any, app_name: str, open_page: Any) -> None:
    """With a password for each page, where htag 2 had one for all."""
    runner = start_runner(WebApp, app_name, parano=True)
    pages = [open_page(runner.url) for _ in range(2)]
    assert all(page.click("more") < LIMIT for page in pages)
    assert len({page.config["password"] for page in pages}) == 2


def test_an_own_tab_ends_the_program(run_desktop: Any, app_name: str, open_page: Any) -> None:
    """On this machine, with the browser opened, it is a program with a window."""
    program = run_desktop(WebApp, app_name, settings=BRIEF)
    open_page(program.url).close()
    assert program.ended()


@pytest.mark.parametrize(
    "run", [{"exit_on_disconnect": False}, {"host": "0.0.0.0"}], ids=["told", "public"]
)
def test_a_public_server_goes_on(
    run_desktop: Any, app_name: str, open_page: Any, run: dict[str, Any]
) -> None:
    """The last visitor does not end it."""
    program = run_desktop(WebApp, app_name, settings=BRIEF, run=run)
    visitor = open_page(program.url)
    visitor.close()
    guis = program.runner.server.guis
    until(lambda: not guis.connected_pages())
    assert not program.ended(0.2)


def test_without_a_browser_it_may_end_too(run_desktop: Any, app_name: str, open_page: Any) -> None:
    """When it is asked to."""
    program = run_desktop(
        WebApp, app_name, settings=BRIEF, run={"open_browser": False, "exit_on_disconnect": True}
    )
    while not program.runner._server:
        program.ended(0.01)
    open_page(program.runner.url).close()
    assert program.ended()


@pytest.mark.parametrize(
    ("options", "run"), [({"kiosk": False}, {}), ({}, {"open_browser": False})]
)
def test_a_page_without_a_window_is_opened_otherwise(
    run_desktop: Any, app_name: str, open_page: Any, options: Any, run: Any
) -> None:
    """The program ends with it all the same."""
    program = run_desktop(ChromeApp, app_name, run=run, settings=BRIEF, **options)
    while not program.runner._server:
        program.ended(0.01)
    open_page(program.runner.url).close()
    assert program.ended()


def test_a_certificate_makes_it_secure(run_desktop: Any, app_name: str, authority: Any) -> None:
    """With the names of uvicorn."""
    run = {"ssl_certfile": authority.certfile, "ssl_keyfile": authority.keyfile}
    program = run_desktop(WebApp, app_name, run=run | {"log_level": "warning"})
    url = program.url
    assert url.startswith("https:")
    assert requests.get(url, timeout=LIMIT, verify=authority.root).status_code == 200
    assert program.runner.server.suppress_noise


def test_apps_in_routes(start_runner: Any, app_name: str, open_page: Any) -> None:
    """As with the other runners."""
    runner = start_runner(WebApp, app_name)
    runner.add_route("/more", lambda request: runner.handle(request, app_name))
    assert open_page(f"{runner.url}more/").click("more") < LIMIT


@pytest.mark.parametrize("kind", [WebApp, ChromeApp])
def test_what_cannot_be_honoured_is_refused(kind: Any, app_name: str) -> None:
    """Nothing is ignored."""
    with pytest.raises(ConfigurationError, match="workers="):
        kind(app_name).run(workers=4)


def test_a_window_is_not_opened_again_and_again(app_name: str) -> None:
    """The other runner is named."""
    with pytest.raises(ConfigurationError, match=r"WebApp.*reload"):
        ChromeApp(app_name).run(reload=True)


def test_reload_is_for_the_main_thread(app_name: str) -> None:
    """Which alone can end the program."""
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(WebApp(app_name, port=0).run, reload=True)
        assert "main thread" in str(asked.exception(LIMIT))


def test_a_late_certificate_is_refused(app_name: str) -> None:
    """The server is there already."""
    runner = WebApp(app_name, port=0)
    try:
        assert runner.server
        with pytest.raises(ConfigurationError, match="too late"):
            runner.run(ssl_certfile="x")
    finally:
        runner.close()


def test_the_app_that_leaves_ends_the_program(run_desktop: Any, live_apps: Any) -> None:
    """``exit()`` of htag 1."""
    pytest.importorskip("htag.render", exc_type=ImportError)
    apps: list[Any] = []
    program = run_desktop(WebApp, "app_htag1:App", apps.append)
    requests.get(program.url, timeout=LIMIT)
    apps[0].exit()
    assert program.ended()
