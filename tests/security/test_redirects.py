"""Redirects lead to this server and nowhere else (open redirect)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from quick_htag import QuickServer

HERE = "http://localhost:8080"


@pytest.fixture
def server(serve: Callable[..., QuickServer], tmp_path: Path, app_name: str) -> QuickServer:
    """One with folders of odd names, and an app that starts anew by a query."""
    for name in ("sub", "evil.example", "@evil.example", ";evil"):
        (tmp_path / name).mkdir()
    server = serve()
    server.bind_path("/", str(tmp_path))
    server.bind_htag("/app", app_name, reset_parameter="n")
    return server


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "///evil.example",
        "/%2fevil.example",
        "/%2f%2fevil.example",
        "/\\evil.example",
        "/%5cevil.example",
        "/sub?//evil.example",
        "/sub/..//evil.example",
        "/.//evil.example",
        "/@evil.example",
        "/;evil",
        "/sub?http://evil.example",
        "//evil.example/%2e%2e",
        "/app?n&next=//evil.example",
        "//app?n",
        "/./app?n&http://evil.example",
        "/app/?n=//evil.example",
        "http://localhost:8080//evil.example",
    ],
)
def test_a_redirect_stays_here(server: Any, ask: Any, target: str) -> None:
    """As a browser understands it, which takes a backslash for a slash."""
    answer = ask(server, target, host="localhost:8080")
    location = answer["location"]
    if location is None:
        assert answer.status in (200, 400, 404)
        return
    path = target.removeprefix(HERE).replace("\\", "/")
    led = urljoin(HERE + path, location.replace("\\", "/"))
    assert urlsplit(led).netloc == "localhost:8080", (location, led)
    assert not location.startswith(("//", "/\\", "http"))
    assert ":" not in location.split("/")[0]


def test_a_proxy_names_no_other_host(serve: Any, ask: Any) -> None:
    """A redirect of the server behind to itself becomes one to us, whatever host is claimed."""
    from quick_htag.messages.response import HTTPResponse

    behind = serve()
    behind.text_get("/go", 0)(lambda req, args: HTTPResponse.redirect("/there"))
    front = serve()
    front.bind_proxy("/shop/", behind.url.rstrip("/"))
    for host in ("localhost:8080", "127.0.0.1"):
        assert ask(front, "/shop/go", host=host)["location"] == "/shop/there"
