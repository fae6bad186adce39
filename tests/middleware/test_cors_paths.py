"""Origins that differ from path to path."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
import requests

from quick_htag.errors import ConfigurationError
from quick_htag.logs import MessageLog
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import Request
from quick_htag.messages.response import HTTPResponse
from quick_htag.middleware.cors_paths import CrossOriginPaths

if TYPE_CHECKING:
    from collections.abc import Callable

    from quick_htag import QuickServer

ORIGIN = "https://example.org"
SETTINGS: dict[str, Any] = {"/api/": [ORIGIN], "/api/closed": False, "/public/": True}


def _allowed(path: str, settings: Any = None) -> str | None:
    request = Request("GET", path, Headers([("Host", "a"), ("Origin", ORIGIN)]))
    response = HTTPResponse.text("ok")
    log = MessageLog(StringIO())
    CrossOriginPaths(SETTINGS if settings is None else settings, log).mark(request, response)
    return response.header("Access-Control-Allow-Origin")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/x", ORIGIN),
        ("/api", ORIGIN),
        ("/%61pi/x?y", ORIGIN),
        ("//api/./x", ORIGIN),
        ("/api/closed", None),
        ("/api//closed/x", None),
        ("/public/x", "*"),
        ("/public%2fx", None),
        ("/apix", None),
        ("/", None),
    ],
)
def test_the_longest_path_decides(path: str, allowed: str | None) -> None:
    """Whatever its spelling is; elsewhere there is none."""
    assert _allowed(path) == allowed


def test_the_root_is_for_all_the_rest() -> None:
    """What no other path says."""
    assert _allowed("/x", {"/": True, "/api": False}) == "*"
    assert _allowed("/api", {"/": True, "/api": False}) is None


@pytest.mark.parametrize("settings", [{"api": True}, {1: True}, {"/api/": ["*"]}, {"/api/": 5}])
def test_a_mistake_names_its_path(settings: Any) -> None:
    """At once, and not with the first request."""
    with pytest.raises(ConfigurationError, match="cross_origin"):
        CrossOriginPaths(settings, MessageLog(StringIO()))


def test_on_a_server(start_server: Callable[..., QuickServer]) -> None:
    """Preflights and errors, too; and it can be read back and switched off."""

    def setup(server: QuickServer) -> None:
        server.cross_origin = SETTINGS
        server.json_put("/api/x", 0)(lambda req, args: 1)
        server.json_get("/own", 0)(lambda req, args: 1)

    server = start_server(setup)
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "PUT"}
    answer = requests.options(f"{server.url}api/x", headers=headers, timeout=60)
    assert answer.headers["access-control-allow-methods"] == "OPTIONS, PUT"
    field = "access-control-allow-origin"
    assert requests.get(f"{server.url}api/x", headers=headers, timeout=60).headers[field] == ORIGIN
    assert field not in requests.get(f"{server.url}own", headers=headers, timeout=60).headers
    assert server.cross_origin == SETTINGS
    server.cross_origin = False
    assert field not in requests.get(f"{server.url}api/x", headers=headers, timeout=60).headers
