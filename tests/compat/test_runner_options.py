"""Every spelling and default of the runners, by the version of what scripts ran on."""

from __future__ import annotations

import inspect
import ssl
from typing import Any

import pytest

from quick_htag import (
    AppServer,
    ChromeApp,
    ConfigurationError,
    HtagServer,
    Runner,
    SimpleServer,
    WebApp,
    WebServer,
    WebServerWS,
)
from quick_htag.runners import htag1

EVERYWHERE, HERE = "0.0.0.0", "127.0.0.1"


def _outcome(runner: Any) -> dict[str, Any]:
    """What of a runner its options decide."""
    return {
        "host": runner.host,
        "port": runner.port,
        "debug": runner._debug,
        **{name: value for name, value in runner.options.items() if name.startswith("timeout")},
    }


WEB = {"host": EVERYWHERE, "port": 8000, "debug": False}
FULL = {**WEB, "timeout_interaction": 60, "timeout_inactivity": 0}


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        (WebServer, {**WEB, "timeout_inactivity": 300}),
        (WebServerWS, {**WEB, "timeout_inactivity": 300}),
        (AppServer, FULL),
        (SimpleServer, WEB),
        (HtagServer, {**WEB, "host": HERE}),
        (Runner, FULL),
        (htag1.Runner, {**FULL, "host": HERE, "timeout_interaction": 0}),
    ],
)
def test_defaults(kind: Any, wanted: dict[str, Any]) -> None:
    """What a script relies on that says nothing."""
    assert _outcome(kind()) == wanted


@pytest.mark.parametrize(
    ("make", "wanted"),
    [
        # 0.3
        (lambda: WebServer(None, 20), {"timeout_inactivity": 20}),
        (lambda: WebServer(obj=None, timeout=20), {"timeout_inactivity": 20}),
        (lambda: WebServerWS(None, 20, True), {"timeout_inactivity": 20}),
        (lambda: WebServerWS(obj=None, timeout=20, wss=True), {"timeout_inactivity": 20}),
        # 0.5
        (lambda: HtagServer(None, True, False, 10240, False), {"debug": True}),
        (
            lambda: HtagServer(obj=None, debug=True, ssl=True, session_size=1, parano=False),
            {"debug": True},
        ),
        # 0.8 to 0.10
        (lambda: AppServer(None, True, False, False), {"debug": True}),
        (lambda: AppServer(None, True, False, False, False), {"debug": True}),
        (lambda: AppServer(debug=True, ssl=True, parano=False, httponly=False), {"debug": True}),
        (lambda: AppServer(None, sesprovider=None), {}),
        # 0.24
        (lambda: AppServer(None, None, True, False, False, False, 5, 6), {"debug": True}),
        (
            lambda: AppServer(
                obj=None,
                session_factory=None,
                debug=True,
                ssl=False,
                parano=False,
                http_only=False,
                timeout_interaction=5,
                timeout_inactivity=6,
            ),
            {"debug": True, "timeout_interaction": 5, "timeout_inactivity": 6},
        ),
        (lambda: SimpleServer(None, True), {"debug": True}),
        (lambda: SimpleServer(obj=None, debug=True), {"debug": True}),
        # 1.0
        (
            lambda: Runner(None, "localhost", 9000, True, None, False, False, 5, 6),
            {"host": "localhost", "port": 9000, "debug": True, "timeout_inactivity": 6},
        ),
        (
            lambda: Runner(
                obj=None,
                host="localhost",
                port=9000,
                debug=True,
                ssl=None,
                parano=False,
                http_only=False,
                timeout_interaction=5,
                timeout_inactivity=6,
            ),
            {"host": "localhost", "port": 9000, "debug": True, "timeout_interaction": 5},
        ),
        # htag 1
        (
            lambda: htag1.Runner(None, None, "localhost", 9000, 0, True, True, False, True),
            {"host": "localhost", "port": 9000, "debug": True},
        ),
        (
            lambda: Runner(
                file=None,
                host="localhost",
                port=9000,
                interface=(640, 480),
                reload=True,
                debug=True,
                http_only=False,
                use_first_free_port=True,
            ),
            {"host": "localhost", "port": 9000, "debug": True},
        ),
    ],
)
def test_spellings(make: Any, wanted: dict[str, Any]) -> None:
    """By position and by name, of each version."""
    outcome = _outcome(make())
    assert {name: outcome[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (WebServer, "host port openBrowser open_browser"),
        (WebServerWS, "host port openBrowser open_browser"),
        (AppServer, "host port openBrowser open_browser"),
        (SimpleServer, "host port openBrowser open_browser"),
        (HtagServer, "host port openBrowser open_browser"),
        (Runner, "openBrowser open_browser"),
        (WebApp, "host port open_browser exit_on_disconnect reload openBrowser"),
        (ChromeApp, "host port reload"),
    ],
)
def test_run_has_the_published_order(kind: Any, names: str) -> None:
    """Arguments given by position mean the same."""
    found = [name for name in inspect.signature(kind.run).parameters if name != "self"]
    assert found[: len(names.split())] == names.split()


@pytest.mark.parametrize("kind", [WebServer, WebServerWS, AppServer, SimpleServer, Runner])
def test_handle_and_serve_have_the_published_order(kind: Any) -> None:
    """Those of every version are taken."""
    handle = list(inspect.signature(kind.handle).parameters)
    assert handle[1:7] == [
        "request",
        "obj",
        "http_only",
        "parano",
        "timeout_interaction",
        "timeout_inactivity",
    ]
    assert {"force", "recreate", "renew"} <= {*handle} & {*inspect.signature(kind.serve).parameters}


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        (WebApp, {"on_instance": None, "debug": False, "parano": False}),
        (ChromeApp, {"kiosk": True, "width": 800, "height": 600, "debug": True}),
    ],
)
def test_runners_of_htag_2(kind: Any, wanted: dict[str, Any]) -> None:
    """Names, order and defaults after the app."""
    parameters = list(inspect.signature(kind).parameters.items())[1 : 1 + len(wanted)]
    assert {name: one.default for name, one in parameters} == wanted


def test_two_spellings_must_agree() -> None:
    """Nobody can know which one was meant."""
    for options in (
        {"http_only": True, "httponly": False},
        {"sesprovider": "a", "session_factory": "b"},
    ):
        with pytest.raises(ConfigurationError, match="same option"):
            AppServer(**options)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="same option"):
        AppServer().run(openBrowser=True, open_browser=False)


def test_ssl_may_be_a_context() -> None:
    """Besides True and False, wherever there is one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for runner in (
        AppServer(ssl=context),
        Runner(ssl=context),
        WebServerWS(wss=context),
        HtagServer(ssl=context),
    ):
        assert runner._server_options["ssl_context"] is context


@pytest.mark.parametrize("kind", [AppServer, Runner, WebServer, SimpleServer, HtagServer])
def test_unknown_options_are_refused(kind: Any) -> None:
    """As by any function."""
    with pytest.raises(TypeError):
        kind(workers=4)
