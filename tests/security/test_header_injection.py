"""Line breaks and the like in what an answer is made of: fields, cookies, redirects, file names."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from quick_htag import Response
from quick_htag.messages.disposition import saved_as
from quick_htag.messages.headers import check_field
from quick_htag.messages.response import HTTPResponse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from quick_htag import QuickServer

EVIL = [
    "x\r\nX-Injected: 1",
    "x\nX-Injected: 1",
    "x\rX-Injected: 1",
    "x\r\n\r\n<script>alert(1)</script>",
    "x\0X-Injected: 1",
    "x\u560d\u560aX-Injected: 1",  # whose low bytes are CR LF
    "x\x85X-Injected: 1",
    "x\u2028X-Injected: 1",
    "x\x0bX-Injected: 1",
    "x\x0cX-Injected: 1",
]


@pytest.fixture
def server(serve: Callable[..., QuickServer], tmp_path: Path) -> QuickServer:
    """One that puts what it is given into every part of an answer."""
    server = serve()
    given = "value"

    def text(args: Any) -> str:
        return str(args["query"][given])

    @server.text_get("/field", 0)
    def field(req: Any, args: Any) -> str:
        req.send_header("X-Echo", text(args))
        return "x"

    @server.text_get("/name", 0)
    def name(req: Any, args: Any) -> str:
        req.send_header(text(args), "1")
        return "x"

    @server.text_get("/type", 0)
    def kind(req: Any, args: Any) -> Any:
        return Response("x", 200, text(args))

    @server.text_get("/direct", 0)
    def direct(req: Any, args: Any) -> None:
        req.send_response(302)
        req.send_header("Location", text(args))
        req.end_headers()

    @server.text_get("/redirect", 0)
    def redirect(req: Any, args: Any) -> Any:
        return HTTPResponse.redirect(text(args))

    @server.text_get("/raw", 0)
    def raw(req: Any, args: Any) -> Any:
        return HTTPResponse(200, [("X-Echo", text(args))])

    @server.text_get("/cookie", 0)
    def cookie(req: Any, args: Any) -> str:
        made = SimpleCookie()
        made["a"] = text(args)
        req.send_cookie(made)
        return "x"

    @server.text_get("/reason", 0)
    def reason(req: Any, args: Any) -> None:
        req.send_response(404, text(args))
        req.end_headers()

    @server.text_get("/etag", 0)
    def etag(req: Any, args: Any) -> str:
        req.check_cache(text(args), text(args))
        return "x"

    (tmp_path / "folder").mkdir()
    server.bind_path("/files/", str(tmp_path))
    return server


PATHS = ["field", "name", "type", "direct", "redirect", "raw", "cookie", "reason", "etag"]


@pytest.mark.parametrize("path", PATHS)
def test_no_value_becomes_a_field_of_its_own(server: Any, ask: Any, path: str) -> None:
    """It is refused, 500, or stays the value of its field."""
    for evil in EVIL:
        answer = ask(server, f"/{path}?value={quote(evil)}")
        names = {name for name, _ in answer.fields}
        assert "x-injected" not in names, (evil, answer)
        assert b"X-Injected" not in answer.body
        assert b"<script>" not in answer.body


@pytest.mark.parametrize(
    "target", ["/files/folder?a%0d%0aX-Injected:%201", "/files/folder?\xc3\xa9"]
)
def test_a_redirect_of_ours_repeats_nothing_odd(server: Any, ask: Any, target: str) -> None:
    """What was encoded stays so."""
    answer = ask(server, target.encode("latin-1"))
    assert answer.status in (301, 400)
    assert all(character.isprintable() for character in answer["location"] or "")
    assert answer["x-injected"] is None


@pytest.mark.parametrize(
    "evil", [*EVIL, 'a"; filename="b', "a\\", "../../etc/passwd", "a;b", "\u202etxt.exe"]
)
def test_the_name_to_save_under_is_one_name(evil: str) -> None:
    """Quotes do not end it, a path is none, and no character turns it around."""
    name, value = check_field(*saved_as(evil))
    plain = value.partition('filename="')[2].partition('"')[0]
    assert name == "Content-Disposition"
    assert value.startswith('attachment; filename="')
    assert value.count('"') == 2
    assert not set(plain) & set('/\\"\r\n')
    assert "\u202e" not in value


def test_a_cookie_can_be_no_second_one() -> None:
    """Neither by its name; its value is quoted."""
    with pytest.raises(CookieError):
        SimpleCookie()["a; b"] = "1"
    made = SimpleCookie()
    made["a"] = "1; Path=/; Domain=evil"
    assert made["a"].OutputString() == 'a="1\\073 Path=/\\073 Domain=evil"'
