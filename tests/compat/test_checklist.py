"""What scripts for quick_server rely on, point by point; more of it in files beside this one."""

from __future__ import annotations

import re
import sys
import threading
from http.cookies import SimpleCookie
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

import quick_htag
from quick_htag import (
    PreventDefaultResponse,
    QuickServer,
    Response,
    create_server,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    Start = Callable[..., QuickServer]

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 30.0  # seconds

KINDS = ("json_get", "json_put", "json_post", "json_delete")
KINDS += ("text_get", "text_put", "text_post", "text_delete")


# -- 1: names and call styles ----------------------------------------------------------------------


def test_line_1_a_star_import_has_the_names() -> None:
    """``from quick_server import *`` was possible, too."""
    names: dict[str, Any] = {}
    exec("from quick_htag import *", names)
    assert {"create_server", "msg", "Response", "setup_restart", "ReqNext"} <= names.keys()
    assert all(name in names for name in quick_htag.__all__)


@pytest.mark.parametrize("name", ["message", "msg"])
def test_line_1_both_names_of_an_argument(name: str) -> None:
    """0.7 and 0.10 disagree; the attribute is the same."""
    error = PreventDefaultResponse(418, **{name: "tea"})
    assert (error.code, error.msg) == (418, "tea")


def test_line_1_two_signatures_of_slow_reports(quiet: Start) -> None:
    """With two arguments they hear of the first moment, with four also of the end."""
    two: list[Any] = []
    four: list[Any] = []
    told = threading.Event()

    def end(*seen: Any) -> None:
        four.append(seen)
        if seen[-1]:
            told.set()

    def slow(req: Any, args: Any) -> str:
        return "x" if told.wait(0.2) else "y"

    server = quiet(lambda s: s.text_get("/x", 0)(slow))
    server.report_slow_requests = (0.01, lambda method, path, seconds, done: end(path, done))
    assert requests.get(f"{server.url}x", timeout=TIMEOUT).status_code == 200
    assert told.wait(TIMEOUT)
    assert four == [("/x", False), ("/x", True)]
    server.report_slow_requests = lambda method, path: two.append((method, path))
    assert requests.get(f"{server.url}x", timeout=TIMEOUT).status_code == 200


# -- 2: decorators ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_line_2_decorators_return_their_function(server: QuickServer, kind: str) -> None:
    """Each of them, with and without a count."""

    def fun(req: Any, args: Any) -> None:
        """Answer nothing."""

    decorate = getattr(server, kind)
    assert decorate("/a", 0)(decorate("/b")(fun)) is fun


def test_line_2_commands_return_their_function(server: QuickServer) -> None:
    """So one function can be several things."""

    def fun(args: list[str]) -> None:
        """Do nothing."""

    assert server.cmd(argc=1, complete=lambda args, text: [])(fun) is fun


def test_line_2_middleware_wraps(quiet: Start) -> None:
    """Below the route; the function itself stays as it was."""

    def check(req: Any, args: Any, okay: Any) -> Any:
        return okay if args["query"].get("key") == "1" else Response("no", 401)

    def fun(req: Any, args: Any) -> str:
        return "yes"

    def setup(server: QuickServer) -> None:
        wrapped = server.middleware(check)(fun)
        assert wrapped is not fun
        server.text_get("/closed", 0)(wrapped)
        server.text_get("/open", 0)(fun)

    server = quiet(setup)
    codes = [
        requests.get(server.url + path, timeout=TIMEOUT).status_code
        for path in ("closed", "closed?key=1", "open")
    ]
    assert codes == [401, 200, 200]


# -- 3: results ------------------------------------------------------------------------------------


def raising(*given: Any) -> Any:
    """An endpoint that raises ``PreventDefaultResponse``."""

    def fun(req: Any, args: Any) -> None:
        raise PreventDefaultResponse(*given)

    return fun


def with_field(req: Any, args: Any) -> Any:
    """Set a field, then return a value."""
    req.send_header("X-A", "1")
    return {"a": float("nan")}


@pytest.mark.parametrize(
    ("kind", "fun", "status", "body"),
    [
        ("json", lambda req, args: None, 404, None),
        ("text", lambda req, args: None, 404, None),
        ("json", lambda req, args: 0, 200, "0"),
        ("json", lambda req, args: {"b": 1, "a": []}, 200, '{\n  "a": [],\n  "b": 1\n}'),
        ("json", with_field, 200, '{\n  "a": "NaN"\n}'),
        ("text", lambda req, args: "", 200, ""),
        ("text", lambda req, args: BytesIO(b"file"), 200, "file"),
        ("text", lambda req, args: Response("no", 401), 401, "no"),
        ("json", lambda req, args: Response("no", 401), 401, '"no"'),
        ("text", lambda req, args: Response(None, 401), 404, None),
        ("text", raising(403, "closed"), 403, None),
        ("json", raising(), 204, ""),
    ],
)
def test_line_3_results(quiet: Start, kind: str, fun: Any, status: int, body: str | None) -> None:
    """What is returned and raised becomes status and body."""
    server = quiet(lambda s: getattr(s, f"{kind}_get")("/x", 0)(fun))
    answer = requests.get(f"{server.url}x", timeout=TIMEOUT)
    assert answer.status_code == status
    assert body is None or answer.text == body


def test_line_3_deferred_fields(quiet: Start) -> None:
    """They are sent with the value that is returned afterwards, as cookies are."""

    def fun(req: Any, args: Any) -> str:
        cookie = SimpleCookie()
        cookie["c"] = "2"
        req.send_cookie(cookie)
        req.send_header("X-A", "1", end_header=True)
        return "x"

    answer = requests.get(f"{quiet(lambda s: s.text_get('/x', 0)(fun)).url}x", timeout=TIMEOUT)
    assert (answer.headers["x-a"], answer.cookies["c"]) == ("1", "2")


# -- 8: the prompt ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["quit", "restart", "help"])
def test_line_8_built_in_commands_can_be_replaced(server: QuickServer, name: str) -> None:
    """The script's own counts."""
    called: list[list[str]] = []
    server.add_cmd_method(name, called.append)
    server.handle_cmd(f"{name} me")
    assert (called, server.done) == ([["me"]], False)


# -- 9: what its own tests look at -----------------------------------------------------------------


def test_line_9_the_old_name_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that stands for quick_server lets scripts run with no change at all."""
    monkeypatch.setitem(sys.modules, "quick_server", quick_htag)
    names: dict[str, Any] = {}
    exec("from quick_server import create_server, msg, setup_restart, Response", names)
    assert names["create_server"] is create_server


def test_line_9_numbers_that_json_has_not(quiet: Start) -> None:
    """Not-a-number and infinity arrive and leave as words."""

    def fun(req: Any, args: Any) -> Any:
        return [float(args["query"]["v"])]

    server = quiet(lambda s: s.json_get("/x", 0)(fun))
    said = [requests.get(f"{server.url}x?v={v}", timeout=TIMEOUT).json() for v in ("nan", "-inf")]
    assert said == [["NaN"], ["-Infinity"]]


def test_line_9_life_of_tokens(server: QuickServer) -> None:
    """None is for ever, 0 is the end, a shorter time shortens, reading changes nothing."""
    token = server.create_token()
    with server.get_token_obj(token, expire=None) as obj:
        obj["a"] = 1
    assert server.get_token_ttl(token) is None
    with server.get_token_obj(token, expire=50):
        assert 0 < server.get_token_ttl(token) <= 50
    with server.get_token_obj(token, readonly=True) as obj:
        obj["a"] = 2
    assert server.get_token_obj(token) == {"a": 1}
    server.get_token_obj(token, expire=0)
    assert (server.get_tokens(), server.get_token_ttl(token)) == ([], 0)
    assert server.get_default_token_expiration() == 3600.0


@pytest.mark.parametrize(
    ("path", "segments", "paths"),
    [
        ("v/:version", {"name": ":version"}, []),
        ("v/1/", {"name": "1"}, []),
        ("v/1?", {"name": "1"}, []),
        ("v/1?include=me", {"name": "1"}, []),
        ("v/a/b", {"name": "a"}, ["b"]),
    ],
)
def test_line_9_segments(quiet: Start, path: str, segments: Any, paths: Any) -> None:
    """A literal that looks like a parameter, ends of all kinds; the query is no part of it."""
    server = quiet(
        lambda s: s.json_get("/v/:name")(lambda req, args: [args["segments"], args["paths"]])
    )
    assert requests.get(server.url + path, timeout=TIMEOUT).json() == [segments, paths]


def test_line_9_every_key_is_there(quiet: Start) -> None:
    """All of ``args``, whatever was sent."""
    server = quiet(lambda s: s.json_get("/x", 0)(lambda req, args: sorted(args)))
    expected = ["cookie", "files", "fragment", "meta", "paths", "post", "query", "segments"]
    assert requests.get(f"{server.url}x", timeout=TIMEOUT).json() == expected


# -- 10: what differs ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        'The address ""',
        "passes on what neither a route nor a file answers",
        "answered 404",
        "Entity tags are quoted",
        "The reason of an exception is in the log",
        "Symbolic links that lead out",
        "compared without case",
        "job tokens can be guessed | they are random",
        "they are asked to stop",
    ],
)
def test_line_10_differences_are_told(words: str) -> None:
    """The page about them has each."""
    page = (ROOT / "docs" / "differences.rst").read_text(encoding="utf-8")
    assert words in " ".join(page.split())


def test_line_10_all_weaknesses_have_a_line() -> None:
    """W1 to W50, in their order."""
    page = (ROOT / "docs" / "differences.rst").read_text(encoding="utf-8")
    numbers = re.findall(r"^   W(\d+) \|", page, re.MULTILINE)
    assert numbers == [str(number) for number in range(1, 51)]


def test_line_10_all_weaknesses_have_a_test() -> None:
    """Named by its number; what is about the browser's side is a test of the script."""
    folder = Path(__file__).parent
    files = [*folder.glob("*.py"), *(folder.parent / "js").glob("*.mjs")]
    tests = "".join(path.read_text(encoding="utf-8") for path in files)
    named = {int(number) for number in re.findall(r"(?:def test_|test\(\")w(\d+)[_:]", tests)}
    assert set(range(1, 51)) - named == set()
