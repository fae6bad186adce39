"""One class, two runners of its name."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest
import requests

from quick_htag import ConfigurationError, Runner, Settings

LIMIT = 30.0
BRIEF = Settings(desktop_grace=0.05)


def test_it_is_a_server_for_the_web_if_nothing_else_is_said() -> None:
    """As with htagweb: everybody may come, nothing ends it."""
    runner = Runner(None, port=1)
    assert (runner.host, runner.port, runner._window) == ("0.0.0.0", 1, None)
    assert runner.options == {"timeout_interaction": 60, "timeout_inactivity": 0}


@pytest.mark.parametrize(
    ("options", "window"),
    [
        ({"interface": 1}, True),
        ({"interface": (300, 200)}, (300, 200)),
        ({"tagClass": None}, True),
        ({"interface": None}, False),
        ({"reload": True}, True),
        ({"use_first_free_port": True}, True),
    ],
)
def test_an_option_of_htag_1_makes_it_that_runner(options: dict[str, Any], window: Any) -> None:
    """For this machine, with a window unless told otherwise."""
    runner = Runner(None, **options)
    assert (runner.host, runner._window) == ("127.0.0.1", window)
    assert runner.options["timeout_interaction"] == 0


def test_positions_are_those_of_either() -> None:
    """What the second and third argument are tells which."""
    web = Runner(None, "127.0.0.1", 9000, True)
    assert (web.host, web.port, web._debug, web._window) == ("127.0.0.1", 9000, True, None)
    own = Runner(None, None, "localhost", 9000, (300, 200))
    assert (own.host, own.port, own._window) == ("localhost", 9000, (300, 200))
    assert Runner(None, "::1").host == "::1"


@pytest.mark.parametrize(
    "make",
    [
        lambda: Runner(None, "somewhere"),
        lambda: Runner(None, interface="big"),
        lambda: Runner(None, interface=1, timeout_interaction=5),
        lambda: Runner(None, interface=1, parano=True),
        lambda: Runner(None, http_only=True, httponly=False),
    ],
    ids=["host or file", "interface", "both", "parano", "spellings"],
)
def test_what_cannot_be_is_refused(make: Any) -> None:
    """With a message, and at once."""
    with pytest.raises(ConfigurationError):
        make()


def test_a_tab_ends_it(run_desktop: Any, app_name: str, open_page: Any) -> None:
    """``interface=1``, as htag 1 has it."""
    program = run_desktop(
        Runner, app_name, interface=1, settings=BRIEF, port=0, run={"host": "127.0.0.1"}
    )
    open_page(program.url).close()
    assert program.ended()


def test_the_next_free_port_is_taken(run_desktop: Any, app_name: str) -> None:
    """One after the other, from the wanted one."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        program = run_desktop(Runner, app_name, use_first_free_port=True, port=port)
        assert port < int(program.url.rpartition(":")[2].rstrip("/")) < port + 100


def test_it_serves_the_web(start_runner: Any, app_name: str, open_page: Any) -> None:
    """With routes beside the app."""
    runner = start_runner(Runner, app_name)

    async def other(request: Any) -> Any:
        return await runner.handle(request, app_name, timeout_interaction=5)

    runner.add_route("/other", other)
    assert open_page(runner.url).click("more") < LIMIT
    assert open_page(f"{runner.url}other/").click("more") < LIMIT


def test_the_session_may_be_kept_in_a_file(start_runner: Any, app_name: str, tmp_path: Any) -> None:
    """For routes and apps of all visitors, as htag 1 has one user."""
    apps: list[Any] = []
    path = tmp_path / "session.json"
    runner = start_runner(Runner, app_name, file=str(path), interface=0)
    runner.options["on_instance"] = apps.append

    def note(request: Any) -> Any:
        request.session["seen"] = request.session.get("seen", 0) + 1
        return runner.handle(request, app_name)

    runner.add_route("/note", note)
    for _ in range(2):
        assert requests.get(f"{runner.url}note", timeout=LIMIT).status_code == 200
    assert json.loads(path.read_text()) == {"seen": 2}
    assert len(apps) == 2
