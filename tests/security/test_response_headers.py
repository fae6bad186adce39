"""What answers tell browsers, so that mistakes of an application do less harm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from quick_htag import ConfigurationError
from tests.patience import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from quick_htag import QuickServer

    Ask = Callable[..., Any]
    Serve = Callable[..., QuickServer]

SNIFF, REFERRER = "x-content-type-options", "referrer-policy"
USUAL = ("nosniff", "strict-origin-when-cross-origin")


@pytest.fixture
def server(serve: Serve, tmp_path: Path) -> QuickServer:
    """One with an answer of each kind."""
    (tmp_path / "file.txt").write_text("<script>")
    server = serve()
    server.bind_path("/files/", str(tmp_path))
    server.directory_listing = True

    @server.json_get("/json", 0)
    def json(req: Any, args: Any) -> Any:
        return {}

    @server.text_get("/own", 0)
    def own(req: Any, args: Any) -> str:
        req.send_header("referrer-policy", "no-referrer")
        req.send_header("X-Content-Type-Options", "")
        return "x"

    return server


@pytest.mark.parametrize(
    "path", ["/json", "/files/file.txt", "/files/", "/files", "/missing", "*", "/%zz", "/a b"]
)
def test_every_answer_has_the_usual_fields(server: QuickServer, ask: Ask, path: str) -> None:
    """JSON, files, listings, redirects and errors, also of what was no request."""
    answer = ask(server, path)
    assert (answer.all(SNIFF), answer.all(REFERRER)) == ([USUAL[0]], [USUAL[1]]), answer


def test_an_answer_may_say_otherwise(server: QuickServer, ask: Ask) -> None:
    """Its own field is the only one of that name."""
    answer = ask(server, "/own")
    assert (answer.all(SNIFF), answer.all(REFERRER)) == ([""], ["no-referrer"])


def test_they_are_changed_by_an_option(server: QuickServer, ask: Ask) -> None:
    """One more, one less, or none; within a second."""
    server.security_headers = {
        **server.security_headers,
        "Referrer-Policy": None,
        "Strict-Transport-Security": "max-age=60",
    }
    until(lambda: ask(server, "/json")["strict-transport-security"] == "max-age=60")
    answer = ask(server, "/json")
    assert (answer[SNIFF], answer[REFERRER]) == ("nosniff", None)
    server.security_headers = {}
    until(lambda: ask(server, "/json")[SNIFF] is None)


def test_what_cannot_be_sent_is_refused_when_it_is_set(server: QuickServer) -> None:
    """And what was set before holds."""
    with pytest.raises(ConfigurationError):
        server.security_headers = {"A": "1\r\nB: 2"}
    assert tuple(server.security_headers.values()) == USUAL


def test_what_another_server_says_is_passed_on_as_it_is(
    server: QuickServer, serve: Serve, ask: Ask
) -> None:
    """Its answers are its own; ours about it are ours."""
    server.security_headers = {}
    front = serve()
    front.bind_proxy("/back/", server.url)
    assert ask(front, "/back/json")[SNIFF] is None
    front.bind_proxy("/away/", "http://127.0.0.1:1")
    assert [ask(front, "/away/")[name] for name in (SNIFF, REFERRER)] == [*USUAL]


def test_pages_of_apps_are_neither_framed_nor_kept(
    server: QuickServer, ask: Ask, app_name: str
) -> None:
    """Another site cannot put its own things over them; no cache has their token."""
    server.bind_htag("/app", app_name)
    answer = ask(server, "/app")
    assert (answer[SNIFF], answer[REFERRER]) == USUAL
    assert (answer["x-frame-options"], answer["cache-control"]) == ("SAMEORIGIN", "no-store")
    server.frame_ancestors = ["https://example.org"]
    answer = ask(server, "/app")
    assert answer["content-security-policy"] == "frame-ancestors 'self' https://example.org"


def test_the_name_of_the_server_tells_no_version(server: QuickServer, ask: Ask) -> None:
    """Unless the program says so."""
    assert ask(server, "/json").all("server") == ["quick_htag"]
    server.update_version_string("x/1")
    assert ask(server, "/json").all("server") == ["x/1 quick_htag"]
