"""What scripts for quick_server rely on, point by point; jobs have tests of their own."""

from __future__ import annotations

import re
import signal
import sys
import threading
from http.cookies import SimpleCookie
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

import quick_htag
from quick_htag import (
    MessageLog,
    PreventDefaultResponse,
    QuickServer,
    Response,
    create_server,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Start = Callable[..., QuickServer]

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 30.0  # seconds

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

KINDS = ("json_get", "json_put", "json_post", "json_delete")
KINDS += ("text_get", "text_put", "text_post", "text_delete")

SERVE = """
import os, sys
import quick_htag as quick_server
from quick_htag import create_server, msg, setup_restart, setup_shutdown
{first}
server = create_server(("", 0))
server.text_get("/x", 0)(lambda req, args: "x")

@server.cmd()
def say_env(args):
    msg("env {{0}}.", {{n: os.environ.get("QUICK_SERVER_" + n) for n in ("RESTART", "SUBSEQ")}})

{more}
msg("starting server at {{0}}:{{1}}", *server.server_address)
try:
    server.serve_forever()
finally:
    msg("shutting down..")
    server.server_close()
{last}
"""


def serve(first: str = "", more: str = "", last: str = "") -> str:
    """A whole script."""
    return SERVE.format(first=first, more=more, last=last)


@pytest.fixture
def server() -> Iterator[QuickServer]:
    """A server that does not serve."""
    with create_server(("", 0), log=MessageLog(StringIO())) as made:
        yield made


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


# -- 5: attributes -------------------------------------------------------------------------------


@pytest.fixture
def site(quiet: Start, tmp_path: Path) -> QuickServer:
    """A server that is running while its attributes are set."""
    (tmp_path / "www" / "empty").mkdir(parents=True)
    (tmp_path / "www" / "a.txt").write_text("a")
    (tmp_path / "icon.ico").write_bytes(b"icon")

    def setup(server: QuickServer) -> None:
        server.base_path = str(tmp_path)
        server.bind_path("/", "www")
        server.json_post("/x", 0)(lambda req, args: len(args["files"]))

    return quiet(setup)


def test_line_5_max_age(site: QuickServer) -> None:
    """Files and endpoints tell it from the moment it is set."""
    for seconds in (0, 60):
        site.max_age = seconds
        answer = requests.get(f"{site.url}a.txt", timeout=TIMEOUT)
        assert answer.headers["cache-control"] == f"max-age={seconds}"


def test_line_5_directory_listing(site: QuickServer) -> None:
    """Off, the page says why."""
    codes = []
    for wanted in (False, True):
        site.directory_listing = wanted
        codes.append(requests.get(f"{site.url}empty/", timeout=TIMEOUT).status_code)
    assert codes == [404, 200]


def test_line_5_favicon(site: QuickServer) -> None:
    """The one of last resort, everywhere unless that is switched off."""
    site.favicon_fallback = "icon.ico"
    found = [requests.get(f"{site.url}a/b/favicon.ico", timeout=TIMEOUT).status_code]
    site.favicon_everywhere = False
    found += [requests.get(f"{site.url}a/b/favicon.ico", timeout=TIMEOUT).status_code]
    assert found == [200, 404]


def test_line_5_cross_origin(site: QuickServer) -> None:
    """Every answer has the fields, errors too."""
    headers = {"Origin": "http://a.example"}
    for path in ("a.txt", "nothing"):
        site.cross_origin = True
        answer = requests.get(site.url + path, headers=headers, timeout=TIMEOUT)
        assert answer.headers["access-control-allow-origin"] == "*"
        site.cross_origin = False
        answer = requests.get(site.url + path, headers=headers, timeout=TIMEOUT)
        assert "access-control-allow-origin" not in answer.headers


def test_line_5_max_file_size(site: QuickServer) -> None:
    """With the words that clients look for."""
    site.max_file_size = 3
    answer = requests.post(f"{site.url}x", files={"f": b"1234"}, timeout=TIMEOUT)
    assert answer.status_code == 413
    assert "Uploaded file is too large!" in answer.text
    assert "4 > 3" in answer.text


def test_line_5_suppress_noise(site: QuickServer, logged: StringIO) -> None:
    """What went well is not logged, what did not is."""
    site.suppress_noise = True
    for path in ("a.txt", "nothing"):
        requests.get(site.url + path, timeout=TIMEOUT)
    site.shutdown()
    assert "a.txt" not in logged.getvalue()
    assert '"GET /nothing HTTP/1.1" 404' in logged.getvalue()


# -- 6: the log ------------------------------------------------------------------------------------


def test_line_6_request_lines(site: QuickServer, logged: StringIO) -> None:
    """Head, elapsed time, date, size, request, status; errors say why."""
    requests.get(f"{site.url}a.txt", timeout=TIMEOUT)
    requests.put(f"{site.url}x", timeout=TIMEOUT)
    site.shutdown()
    lines = logged.getvalue().splitlines()
    head = r"\[SERVER\] +"
    date = r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] "
    took = r"\d+\.\d{3}(ms|s) "
    assert re.fullmatch(head + took + date + r'1 B "GET /a\.txt HTTP/1\.1" 200', lines[0])
    error = r"code 405, message .+ " + date + r'\d+ B "PUT /x HTTP/1\.1" 405'
    assert re.fullmatch(head + took + error, lines[1])


def test_line_6_where_things_are_said(launch: Any) -> None:
    """The log with its heads is on stderr, the prompt on stdout."""
    program = launch(serve())
    program.type("help\nnonsense\nquit\n")
    assert program.end() == 0
    assert re.match(r"script\.py \(\d+\): starting server at 127\.0\.0\.1:\d+\n", program.said)
    assert "[SERVER] available commands:\n[SERVER]     say env\n" in program.said
    assert 'command "nonsense" invalid; type help or use <TAB> for a list' in program.said
    assert program.stdout.read().startswith("> ")
    assert "> \n" not in program.said


# -- 7: codes and environment ----------------------------------------------------------------------


@posix
@pytest.mark.parametrize(
    ("first", "typed", "env", "code"),
    [
        ("", "quit\n", {}, 0),
        ("setup_restart()", "quit\n", {}, 0),
        ("setup_restart()", "restart\n", {"QUICK_SERVER_RESTART": "42"}, 42),
        ("setup_restart()", "restart\n", {"QUICK_SERVER_RESTART": "50"}, 50),
    ],
)
def test_line_7_exit_codes(launch: Any, first: str, typed: str, env: Any, code: int) -> None:
    """Zero for ``quit``; a supervised child asks for a restart with the code it was given."""
    program = launch(serve(first), **env)
    program.type(typed)
    assert program.end() == code


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_line_7_130_after_a_signal(launch: Any, number: int) -> None:
    """With ``setup_shutdown``."""
    program = launch(serve("setup_shutdown(pre_flush_wait=0.0, final_wait=0.0)"))
    program.type("say env\n")
    program.until("env ")
    program.process.send_signal(number)
    assert program.end() == 130


@posix
def test_line_7_names_in_the_environment(launch: Any) -> None:
    """The child of a supervisor has them, and so has what starts the program otherwise."""
    program = launch(serve("setup_restart()"))
    program.type("say env\nrestart\nsay env\nquit\n")
    assert program.until("env ").endswith("env {'RESTART': '42', 'SUBSEQ': None}.\n")
    assert program.until("env ").endswith("env {'RESTART': '42', 'SUBSEQ': '1'}.\n")
    assert program.end() == 0


# -- 8: the prompt ---------------------------------------------------------------------------------


@posix
def test_line_8_the_end_of_input_keeps_serving(launch: Any) -> None:
    """It says so."""
    program = launch(serve())
    port = program.until("starting").rpartition(":")[2].strip()
    program.stdin.close()
    program.until("no command loop - use CTRL-C to terminate")
    assert requests.get(f"http://127.0.0.1:{port}/x", timeout=TIMEOUT).text == "x"
    program.process.terminate()
    assert program.end() == 0


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
