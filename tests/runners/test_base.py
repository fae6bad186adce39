"""What all runners have: a server made late, routes, apps in routes."""

from __future__ import annotations

import socket
from io import StringIO
from typing import Any

import pytest
import requests

from quick_htag import AppNotFound, ConfigurationError, MessageLog
from quick_htag.runners import AppServer, Runner
from tests.ports import free_port

TIMEOUT = 30.0  # seconds


def test_the_app_is_at_the_root(start_runner: Any, app_name: str, open_page: Any) -> None:
    """And lives."""
    runner = start_runner(AppServer, app_name)
    assert open_page(runner.url).click("more") < TIMEOUT


def test_routes_may_come_before_and_after_the_start(start_runner: Any) -> None:
    """A runner keeps them until there is a server."""
    runner = AppServer(host="127.0.0.1", port=0)
    runner.add_route("/before", lambda request: "early")
    with runner:
        runner.add_route("/after", lambda request: "late")
        found = [requests.get(runner.url + path, timeout=30).text for path in ("before", "after")]
    assert found == ["early", "late"]


def test_routes_may_be_decorated(start_runner: Any) -> None:
    """With methods and a name."""
    runner = start_runner(AppServer)

    @runner.route("/x", methods=["POST"], name="post_x")
    async def handler(request: Any) -> Any:
        return {"sent": await request.json(), "url": request.url_for("post_x")}

    answer = requests.post(f"{runner.url}x", json=[1], timeout=TIMEOUT)
    assert answer.json() == {"sent": [1], "url": f"{runner.url}x"}
    assert requests.get(f"{runner.url}x", timeout=TIMEOUT).status_code == 405


def test_the_server_is_there_before_it_serves(said: Any) -> None:
    """So folders and endpoints of its own can be added; the address is settled then."""
    runner = AppServer(host="127.0.0.1", port=0)
    try:
        runner.server.json_get("/answer", 0)(lambda req, args: 42)
        runner.start(port=0)
        assert requests.get(f"{runner.url}answer", timeout=TIMEOUT).json() == 42
        with pytest.raises(ConfigurationError, match="listens at"):
            runner.start("127.0.0.1", 1)
    finally:
        runner.close()


def test_no_app_is_said_at_once(live_apps: Any, app_name: str) -> None:
    """Not when the first visitor comes."""
    with pytest.raises(AppNotFound):
        AppServer("no_such_module:App")


def test_closing_without_a_server_is_nothing() -> None:
    """A runner that was never run leaves nothing behind."""
    AppServer().close()


def test_a_port_in_use_is_an_error(start_runner: Any) -> None:
    """As for any server."""
    runner = start_runner(AppServer)
    with pytest.raises(OSError, match="in use"):
        AppServer(host="127.0.0.1", port=runner.port or runner.server.server_port).start()


def test_a_wrong_option_leaves_the_port_free(app_name: str) -> None:
    """What is wrong is told again the next time, and not that the address is in use."""
    port = free_port()
    runner = AppServer(app_name, host="127.0.0.1", port=port, log=MessageLog(StringIO()))
    runner.options["nonsense"] = True
    for _ in range(2):
        with pytest.raises(TypeError, match="nonsense"):
            runner.start()
    with socket.socket() as free:
        free.bind(("127.0.0.1", port))


def test_it_says_where_it_is() -> None:
    """For those who print it."""
    assert repr(AppServer(host="h", port=5)) == "<AppServer at h:5>"


def test_it_serves_once(app_name: str) -> None:
    """What has ended says so."""
    runner = AppServer(host="127.0.0.1", port=0)
    with runner:
        assert runner.url
    with pytest.raises(ConfigurationError, match="make a new one"):
        runner.start()


def test_any_hook_will_do(start_runner: Any, app_name: str) -> None:
    """Also one that cannot be the key of a dict."""

    class Hook:
        __hash__ = None  # type: ignore[assignment]

        def __call__(self, app: Any) -> None:
            seen.append(app)

    seen: list[Any] = []
    runner = start_runner(AppServer)
    runner.options["on_instance"] = Hook()
    runner.add_route("/", lambda request: runner.handle(request, app_name))
    assert requests.get(runner.url, timeout=TIMEOUT).status_code == 200
    assert len(seen) == 1


def test_many_addresses_are_not_kept(start_runner: Any, app_name: str) -> None:
    """A client that opens one after the other fills no memory."""
    runner = start_runner(AppServer)
    app = runner.server._gui_mount("/", app_name).app
    first = runner._mount("/#a", app, {})
    assert runner._mount("/#a", app, {}) is first
    for number in range(300):
        runner._mount(f"/{number}#a", app, {})
    assert len(runner._mounts) == 256
    assert runner._mount("/#a", app, {}) is not first


@pytest.mark.parametrize("module", ["__main__", "local"])
def test_an_app_of_the_script_is_not_loaded_again(
    start_runner: Any, app_name: str, live_apps: Any, module: str
) -> None:
    """It could not be; but it is built anew with each load of the page, and hosted all the same."""
    from importlib import import_module

    app = import_module(app_name.partition(":")[0]).App
    names = {"__module__": module, "__qualname__": "f.<locals>.App", "imports": []}
    runner = start_runner(Runner, type("App", (app,), names), reload=True, interface=0)
    assert requests.get(runner.url, timeout=TIMEOUT).status_code == 200
    assert runner.options["recreate_on_change"]
