"""DNS rebinding: a name of another site that points to this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from quick_htag import QuickServer

EVIL = [
    "evil.example",
    "evil.example:8080",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evillocalhost",
    "[::2]",
    "0.0.0.0",
    "128.0.0.1",
    "",
]


@pytest.fixture
def server(serve: Callable[..., QuickServer], app_name: str) -> QuickServer:
    """One that only this machine reaches."""
    server = serve()
    server.json_get("/api", 0)(lambda req, args: "secret")
    server.bind_htag("/app", app_name)
    server.health = "/healthz"
    return server


@pytest.mark.parametrize("host", EVIL)
@pytest.mark.parametrize("path", ["/api", "/app", "/nowhere"])
def test_a_foreign_name_is_not_answered(server: Any, ask: Any, host: str, path: str) -> None:
    """By anything; the answer has none of what was asked for."""
    answer = ask(server, path, host=host or " ")
    assert answer.status == 421 if host else answer.status in (400, 421)
    assert b"secret" not in answer.body


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "x.localhost", "127.0.0.1", "[::1]:80"]
)
def test_names_of_this_machine_are(server: Any, ask: Any, host: str) -> None:
    """With any port: a forwarded one has another."""
    assert ask(server, "/api", host=host).status == 200


def test_the_target_counts_as_the_host_does(server: Any, ask: Any) -> None:
    """A target with a host in it is no way around, neither is what a proxy would say."""
    assert ask(server, "http://evil.example/api", host="localhost").status == 421
    assert ask(server, "http://localhost/api", host="evil.example").status == 200
    forwarded = ask(server, "/api", "X-Forwarded-Host: evil.example", host="localhost")
    assert forwarded.status == 200  # nobody trusted has said that
    server.trusted_proxies = ["127.0.0.1"]
    assert ask(server, "/api", "X-Forwarded-Host: evil.example", host="localhost").status == 421


def test_two_hosts_are_none(server: Any, ask: Any) -> None:
    """They could be read differently by a proxy in between."""
    assert ask(server, "/api", "Host: evil.example", host="localhost").status == 400


def test_a_websocket_under_a_foreign_name_is_refused(server: Any, ask: Any) -> None:
    """Its origin is the same, so only the name tells."""
    lines = ("Upgrade: websocket", "Origin: http://evil.example", "Sec-WebSocket-Version: 13")
    assert ask(server, "/app/ws", *lines, host="evil.example").status == 421


def test_only_the_health_check_has_no_name(server: Any, ask: Any) -> None:
    """It tells nothing but that there is a server."""
    answer = ask(server, "/healthz", host="evil.example")
    assert answer.status == 200
    assert len(answer.body) < 40
