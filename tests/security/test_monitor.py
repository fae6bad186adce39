"""What the monitor and the health check tell, and whom."""

from __future__ import annotations

import ast
import inspect
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag import monitor_endpoint
from quick_htag.middleware import session_cookie

if TYPE_CHECKING:
    from collections.abc import Callable

    from quick_htag import QuickServer

TOKEN = "a-token-that-nobody-knows"
PATHS = ["status", "metrics", "sessions", "tokens", "jobs"]


@pytest.fixture
def server(serve: Callable[..., QuickServer]) -> QuickServer:
    """One with a monitor."""
    server = serve()
    server.enable_monitor("/-/", token=TOKEN)
    return server


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "line",
    [
        "X: y",
        "Authorization: Bearer",
        f"Authorization: Bearer {TOKEN[:-1]}",
        f"Authorization: {TOKEN}",
        f"Authorization: Basic {TOKEN}",
        f"Authorization: Bearer {TOKEN}x",
        "Authorization: Bearer \xff",
        f"Authorization: Bearer {TOKEN.upper()}",
        f"Cookie: token={TOKEN}",
    ],
)
def test_without_the_token_nothing_is_told(server: Any, ask: Any, path: str, line: str) -> None:
    """Not even by the address: a token in a query would be in logs."""
    answer = ask(server, f"/-/{path}?token={TOKEN}", line)
    assert answer.status == 401
    assert answer["cache-control"] == "no-store"
    assert len(answer.body) < 80


@pytest.mark.parametrize("path", PATHS)
def test_with_it_everything_is_and_no_cache_keeps_it(server: Any, ask: Any, path: str) -> None:
    """To this machine; through a proxy it would be anybody."""
    answer = ask(server, f"/-/{path}", f"Authorization: Bearer {TOKEN}")
    assert (answer.status, answer["cache-control"]) == (200, "no-store")
    proxied = ask(
        server, f"/-/{path}", f"Authorization: Bearer {TOKEN}", "X-Forwarded-For: 1.2.3.4"
    )
    assert proxied.status == 403


@pytest.mark.parametrize("module", [monitor_endpoint, session_cookie])
def test_secrets_are_compared_in_constant_time(module: Any) -> None:
    """By ``hmac.compare_digest``; there is no other comparison of what is secret in these files."""
    source = inspect.getsource(module)
    assert "compare_digest(" in source
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
            names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
            assert not names & {"token", "given", "signature", "secret"}, ast.unparse(node)


def test_no_monitor_without_asking(serve: Any, ask: Any) -> None:
    """Nor a health check."""
    server = serve()
    for path in ("/-/status", "/healthz", "/metrics", "/status", "/debug"):
        assert ask(server, path).status == 404
