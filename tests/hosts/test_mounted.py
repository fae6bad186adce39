"""In FastAPI, whose session is ours in endpoints and in apps; a runner in Starlette."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from quick_htag.testing import GuiPage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.hosts.conftest import Host

LIMIT = 60.0


@pytest.fixture(scope="module")
def fastapi(start_host: Callable[..., Host]) -> Host:
    """Running."""
    return start_host("fastapi")


def test_endpoints_have_the_session_of_the_host(fastapi: Host) -> None:
    """What one writes the other reads."""
    visitor = requests.Session()
    visitor.get(f"{fastapi.root}login/Ada", timeout=LIMIT)
    assert visitor.get(f"{fastapi.url}who", timeout=LIMIT).json()["host_session"] == {"user": "Ada"}
    visitor.get(f"{fastapi.url}count", timeout=LIMIT)
    told = visitor.get(f"{fastapi.root}session", timeout=LIMIT).json()
    assert told == {"user": "Ada", "count": 1}


@pytest.mark.parametrize(
    ("line", "path"), [("websocket", "/app"), ("poll", "/app"), ("websocket", "/apart")]
)
def test_apps_have_the_session_of_the_host(
    fastapi: Host, live_apps: Path, line: str, path: str
) -> None:
    """What the app has written is there with the next load of its page at the latest.

    Also where each visitor has a process.
    """
    from gui_lines import SocketVisitor

    with SocketVisitor(fastapi.url, line) as visitor:
        login = visitor._session.get(f"{fastapi.root}login/Ada", timeout=LIMIT)
        assert login.status_code == 200
        with GuiPage(visitor, path) as page:
            page.click(".note")
            page.wait_for("noted 1", ".told", LIMIT)
            page.click(".reader")
            page.wait_for("user Ada", ".told", LIMIT)
        with GuiPage(visitor, path):
            told = visitor._session.get(f"{fastapi.root}session", timeout=LIMIT).json()
        assert told == {"user": "Ada", "noted": 1}


def test_the_cookie_is_for_what_is_below_the_mount(fastapi: Host) -> None:
    """The rest of the host never sees it."""
    visitor = requests.Session()
    visitor.get(f"{fastapi.url}app", timeout=LIMIT)
    ours = [one for one in visitor.cookies if one.name == "quick_htag_session"]
    assert [one.path for one in ours] == ["/htag"]


def test_its_own_pages_go_on(fastapi: Host) -> None:
    """Nothing of it is hidden."""
    assert requests.get(f"{fastapi.root}openapi.json", timeout=LIMIT).status_code == 200
    assert requests.get(f"{fastapi.root}nothing", timeout=LIMIT).status_code == 404


@pytest.fixture(scope="module")
def starlette(start_host: Callable[..., Host]) -> Host:
    """Running, with a runner mounted."""
    command = ("-m", "uvicorn", "--port", "0", "mounted_runner:app")
    return start_host("uvicorn", *command, site="mounted_runner")


@pytest.mark.parametrize("line", ["websocket", "sse", "poll"])
def test_a_runner_in_starlette(starlette: Host, live_apps: Path, line: str) -> None:
    """``app.mount("/htag", WebApp(App).app)``, and nothing else."""
    from gui_lines import SocketVisitor

    with SocketVisitor(f"{starlette.root}htag/", line) as visitor, GuiPage(visitor, "/") as page:
        page.click(".more")
        page.wait_for("1", ".count", LIMIT)
    assert requests.get(starlette.root, timeout=LIMIT).status_code == 404
