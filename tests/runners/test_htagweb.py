"""The runners of htagweb."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from quick_htag.runners import AppServer, SimpleServer
from quick_htag.sessions import FilePersistentDict

TIMEOUT = 30.0  # seconds
ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
from quick_htag.runners import AppServer
AppServer(sys.argv[2]).run("127.0.0.1", 0, openBrowser=False)
print("after")
"""


def test_a_simple_server_makes_apps_anew(
    start_runner: Any, app_name: str, open_page: Any, count: Any
) -> None:
    """F5 is for seeing what was changed."""
    runner = start_runner(SimpleServer, app_name)
    page = open_page(runner.url)
    page.click("more")
    assert count(page.visitor.get(runner.url, timeout=TIMEOUT).text) == 0


def test_an_app_server_keeps_the_app(
    start_runner: Any, app_name: str, open_page: Any, count: Any
) -> None:
    """F5 shows what was there."""
    runner = start_runner(AppServer, app_name)
    page = open_page(runner.url)
    page.click("more")
    assert count(page.visitor.get(runner.url, timeout=TIMEOUT).text) == 1


def test_both_orders_of_arguments_are_taken() -> None:
    """The second one tells which it is."""
    assert AppServer(None, True)._debug
    assert AppServer(None, None, True)._debug
    assert AppServer(None, False, False, True).options["parano"]
    assert AppServer(None, None, False, False, True).options["parano"]


def test_debug_tells_the_client(start_runner: Any) -> None:
    """Only then."""
    for debug in (False, True):
        runner = start_runner(AppServer, debug=debug)
        runner.add_route("/", lambda request: 1 / 0)
        text = requests.get(runner.url, timeout=TIMEOUT).text
        assert ("ZeroDivisionError" in text) is debug


def test_an_encrypted_server(start_runner: Any, authority: Any) -> None:
    """A context makes it one."""
    runner = start_runner(AppServer, ssl=authority.server_context())
    runner.add_route("/", lambda request: "secret")
    assert runner.url.startswith("https:")
    assert requests.get(runner.url, timeout=TIMEOUT, verify=authority.root).text == "secret"


def test_run_blocks_and_returns(app_name: str, live_apps: Path) -> None:
    """A signal ends it, the program goes on behind."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", SCRIPT, str(live_apps), app_name],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        line = next(line for line in process.stderr if "listens at" in line)
        found = re.search(r"http://\S+", line)
        assert found is not None
        assert requests.get(found[0], timeout=TIMEOUT).status_code == 200
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=TIMEOUT)
        assert (process.returncode, out) == (0, "after\n")
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("spelling", ["sesprovider", "session_factory"])
def test_sessions_may_outlive_the_program(tmp_path: Path, spelling: str) -> None:
    """With a provider; what was made for the runner is closed with it."""
    visitor, port = requests.Session(), 0
    for visits in (1, 2):
        provider = partial(FilePersistentDict, tmp_path / "sessions.db")
        runner = AppServer(host="127.0.0.1", port=port, **{spelling: provider})  # type: ignore[arg-type]

        def count(request: Any) -> Any:
            request.session["visits"] = request.session.get("visits", 0) + 1
            return {"visits": request.session["visits"]}

        runner.add_route("/", count)
        with runner:
            port = runner.server.server_port  # the cookie has it in its name
            assert visitor.get(runner.url, timeout=TIMEOUT).json() == {"visits": visits}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sessions.db"]


@pytest.mark.parametrize("by_route", [False, True])
def test_parano(start_runner: Any, app_name: str, open_page: Any, by_route: bool) -> None:
    """For the app of the runner, and for that of a route."""
    if by_route:
        runner = start_runner(AppServer)
        runner.add_route("/", lambda request: request.app.handle(request, app_name, parano=True))
    else:
        runner = start_runner(AppServer, app_name, parano=True)
    page = open_page(runner.url)
    assert page.cipher is not None
    assert page.click("more") < TIMEOUT
