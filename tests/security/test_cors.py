"""CORS: who may read answers with the cookies of a visitor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from quick_htag import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from quick_htag import QuickServer

ALLOW, WITH = "access-control-allow-origin", "access-control-allow-credentials"
EVIL = ["http://evil.example", "null", "https://a.example.evil.example", "https://evila.example"]
EVIL += [
    "http://a.example",
    "https://a.example:444",
    "https://a.example@evil.example",
    "https://A.example.",
    "*",
]


@pytest.fixture
def server(serve: Callable[..., QuickServer]) -> QuickServer:
    """One with an endpoint."""
    server = serve()
    server.json_get("/", 0)(lambda req, args: 1)
    return server


@pytest.mark.parametrize(
    "setting", [False, True, ["https://a.example"], {"/": ["https://a.example"]}]
)
@pytest.mark.parametrize("origin", EVIL)
def test_no_origin_is_reflected_with_cookies(
    server: Any, ask: Any, setting: Any, origin: str
) -> None:
    """Unless it was listed; preflights included."""
    server.cross_origin = setting
    for method in ("GET", "OPTIONS"):
        lines = (f"Origin: {origin}", "Access-Control-Request-Method: GET")
        answer = ask(server, "/", *lines, method=method)
        assert answer[ALLOW] == ("*" if setting is True else None)
        assert answer[WITH] is None


def test_a_listed_origin_is_named_and_no_cache_mixes_it_up(server: Any, ask: Any) -> None:
    """As it is, once."""
    server.cross_origin = ["https://a.example"]
    answer = ask(server, "/", "Origin: https://a.example")
    assert (answer.all(ALLOW), answer.all(WITH)) == (["https://a.example"], ["true"])
    assert "Origin" in answer["vary"]
    assert "Origin" in ask(server, "/")["vary"]


@pytest.mark.parametrize("setting", [["*"], ["null"], ["https://*.example"], "*"])
def test_a_star_is_no_origin(server: Any, setting: Any) -> None:
    """It would be every one, with cookies."""
    with pytest.raises(ConfigurationError):
        server.cross_origin = setting


def test_the_null_origin_never_gets_cookies(server: Any, ask: Any) -> None:
    """Any page can have it, so a function that likes it is not asked."""
    server.cross_origin = lambda origin, request: True
    assert ask(server, "/", "Origin: null")[ALLOW] is None
