"""The way of a request through an application."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from quick_htag.app import App
from quick_htag.errors import ConfigurationError, HTTPError, PreventDefaultResponse
from quick_htag.file_methods import EMPTY_ICON
from quick_htag.interfaces import Handler
from quick_htag.logs import MessageLog
from quick_htag.messages.request import Request
from quick_htag.messages.response import HTTPResponse
from quick_htag.settings import Settings
from quick_htag.testing import TestClient


@pytest.fixture
def log() -> io.StringIO:
    """The log of the application."""
    return io.StringIO()


@pytest.fixture
def app(log: io.StringIO, tmp_path: Path, no_thread_left: None) -> Iterator[App]:
    """An application with a few endpoints and a folder."""
    app = App(Settings(max_body_size=5000), MessageLog(log))
    (tmp_path / "page.html").write_text("page")
    (tmp_path / "both").write_text("file")
    app.bind_path("/", str(tmp_path))

    @app.json_get("/hello", 0)
    def hello(req: Request, args: Any) -> Any:
        return {"n": 1}

    @app.json_post("/both")
    @app.text_put("/put/:name", 1)
    def save(req: Request, args: Any) -> str:
        return f"{args['segments'].get('name')} {args['paths']} {args['post']}"

    @app.text_get("/fail/:how")
    def fail(req: Request, args: Any) -> str:
        req.send_header("X-Early", "1")
        req.send_header("Content-Type", "image/png")
        if args["segments"]["how"] == "prevent":
            raise PreventDefaultResponse(403, "no")
        raise ValueError("inside")

    yield app
    app.close()
    app.close()


@pytest.fixture
def client(app: App) -> TestClient:
    """A client of it."""
    return TestClient(app)


def test_endpoint(client: TestClient) -> None:
    """A registered function answers."""
    response = client.get("/hello")
    assert (response.status, response.json()) == (200, {"n": 1})


def test_head(client: TestClient) -> None:
    """HEAD is GET without the body, for endpoints and files."""
    assert client.head("/hello").headers == client.get("/hello").headers
    assert client.head("/page.html").headers == client.get("/page.html").headers


def test_segments_paths_and_body(client: TestClient) -> None:
    """What the path and the body hold reaches the function."""
    assert client.put("/put/a%20b/c", json=[1]).text == "a b ['c'] [1]"


def test_file(client: TestClient) -> None:
    """What no route takes is looked for in the folders."""
    assert client.get("/page.html").text == "page"


def test_dynamic_routes_come_first(app: App, client: TestClient) -> None:
    """A route hides a file of its path."""
    app.text_get("/page.html")(lambda req, args: "route")
    assert client.get("/page.html").text == "route"


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "X"]
)
def test_unknown_path_is_404(client: TestClient, method: str) -> None:
    """Whatever the method, there is an answer."""
    assert client.request(method, "/missing").status == 404


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/hello", "GET, HEAD, OPTIONS"),
        ("GET", "/put/x/y", "OPTIONS, PUT"),
        ("PATCH", "/put/x/y", "OPTIONS, PUT"),
        ("POST", "/page.html", "GET, HEAD, OPTIONS"),
        ("DELETE", "/both", "GET, HEAD, OPTIONS, POST"),
        ("TRACE", "/hello", "GET, HEAD, OPTIONS"),
    ],
)
def test_other_method_is_405(client: TestClient, method: str, path: str, allowed: str) -> None:
    """A path known for other methods names them all, those of files too."""
    response = client.request(method, path)
    assert (response.status, response.headers["allow"]) == (405, allowed)


def test_wrong_argc_is_404(client: TestClient) -> None:
    """A route that the path does not fit is not there."""
    assert client.put("/put/x/y/z", json=1).status == 404


def test_file_beside_another_method(client: TestClient) -> None:
    """A path may be a file for GET and a route for POST."""
    assert (client.get("/both").text, client.post("/both").status) == ("file", 200)


def test_options(client: TestClient) -> None:
    """OPTIONS tells the methods of a path, and nothing of the server as such."""
    response = client.request("OPTIONS", "/both")
    assert (response.status, response.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")
    assert client.request("OPTIONS", "*").status == 204


def test_redirect_to_a_folder(client: TestClient, tmp_path: Path) -> None:
    """A folder asked for without slash is answered at once, with a length."""
    (tmp_path / "sub").mkdir()
    response = client.get("/sub?x=1")
    assert (response.status, response.headers["location"]) == (301, "./sub/?x=1")
    assert response.headers["content-length"] == "0"


def test_folder_without_index_is_404(client: TestClient) -> None:
    """Folders are not listed."""
    assert client.get("/").status == 404


def test_exceptions_are_answered(client: TestClient, log: io.StringIO) -> None:
    """A failing function is a 500 that tells nothing; the log has it all."""
    response = client.get("/fail/any")
    assert response.status == 500
    assert "inside" not in response.text
    assert "ValueError: inside" in log.getvalue()


def test_debug(app: App, client: TestClient) -> None:
    """In debug mode the answer has the traceback."""
    app.debug = True
    assert "ValueError: inside" in client.get("/fail/any").text


@pytest.mark.parametrize(("how", "status"), [("prevent", 403), ("any", 500)])
def test_headers_set_before_a_failure(client: TestClient, how: str, status: int) -> None:
    """They are sent with the error, except those of the lost body."""
    response = client.get(f"/fail/{how}")
    assert (response.status, response.headers["x-early"]) == (status, "1")
    assert response.headers["content-type"].startswith("text/plain")


def test_headers_of_the_handler(app: App, client: TestClient) -> None:
    """Fields replace the default ones, cookies add up, and those of the transport are its own."""

    @app.text_get("/h")
    def headers(req: Request, args: Any) -> HTTPResponse:
        for name, value in (
            ("Set-Cookie", "b=2"),
            ("Cache-Control", "no-store"),
            ("Content-Length", "999"),
            ("Transfer-Encoding", "chunked"),
            ("X-A", "1"),
        ):
            req.send_header(name, value)
        return HTTPResponse(200, [("Set-Cookie", "a=1"), ("cache-control", "max-age=1")])

    got = client.get("/h").headers
    assert got.get_all("set-cookie") == ["a=1", "b=2"]
    assert (got["cache-control"], got["x-a"]) == ("no-store", "1")
    assert got["content-length"] == "0"
    assert "transfer-encoding" not in got


def test_connection_close_is_obeyed(app: App) -> None:
    """A handler that asks for the end of the connection gets it."""

    @app.text_get("/bye")
    def bye(req: Request, args: Any) -> str:
        req.send_header("Connection", "Close")
        return ""

    response = app.handle(Request("GET", "/bye"))
    assert response.close
    assert response.header("connection") is None


# -- targets ---------------------------------------------------------------------------------------


def test_target_is_found_once(app: App) -> None:
    """The first look is remembered on the request, with its segments."""
    request = Request("PUT", "/put/x/y")
    target = app.target(request)
    assert request.routed is target is app.target(request)
    assert request.segments == request.path_params == {"name": "x"}


def test_one_target_per_registration(app: App) -> None:
    """Requests of one route or folder share what the transport notes on it."""
    for path in ("/hello", "/page.html"):
        assert app.target(Request("GET", path)) is app.target(Request("HEAD", path))
        assert app.target(Request("GET", path)).cost == 0.0


@pytest.mark.parametrize(
    ("method", "path", "limit"),
    [
        ("GET", "/hello", 5000),
        ("POST", "/both", 5000),
        ("GET", "/page.html", 0),
        ("POST", "/no", 0),
    ],
)
def test_body_limits(app: App, method: str, path: str, limit: int) -> None:
    """Endpoints take a body up to the limit of the settings, everything else takes none."""
    assert app.target(Request(method, path)).body_limit == limit


def test_get_with_a_body(client: TestClient) -> None:
    """The body of a GET is not looked at."""
    assert client.request("GET", "/hello", json=1).status == 200


def test_large_body_is_413(client: TestClient) -> None:
    """A body over the limit never reaches the function."""
    assert client.post("/both", data=b"x" * 5001).status == 413


def test_bad_json_is_400(client: TestClient, log: io.StringIO) -> None:
    """The client's mistake is told to the client, not to the log."""
    response = client.post("/both", {"Content-Type": "application/json"}, data=b"{")
    assert (response.status, log.getvalue()) == (400, "")


def test_own_targets(app: App, client: TestClient) -> None:
    """A handler of requests can be registered, with what the transport should know of it."""
    route = app.add_target(
        "GET", "/own/:id", 0, lambda request: HTTPResponse.text(request.segments["id"]), cost=0.5
    )
    assert client.get("/own/7").text == "7"
    assert app.target(Request("GET", "/own/7")) is route
    assert (route.cost, route.body_limit) == (0.5, 5000)


def test_own_body_limit(app: App) -> None:
    """It may take less than endpoints do."""
    app.add_target("PATCH", "/own", 0, lambda request: HTTPResponse(204), body_limit=10)
    assert app.target(Request("PATCH", "/own")).body_limit == 10


# -- middleware ------------------------------------------------------------------------------------


def _marking(name: str) -> Any:
    def wrap(handler: Handler) -> Handler:
        def handle(request: Request) -> HTTPResponse:
            response = handler(request)
            response.headers.append(("X-Mark", f"{name}{response.status}"))
            return response

        return handle

    return wrap


@pytest.mark.parametrize(("path", "status"), [("/hello", 200), ("/fail/x", 500), ("/nope", 404)])
def test_middleware_sees_every_answer(app: App, client: TestClient, path: str, status: int) -> None:
    """In the order it was added, failures included."""
    app.add_middleware(_marking("outer"))
    app.add_middleware(_marking("inner"))
    marks = client.get(path).headers.get_all("x-mark")
    assert marks == [f"inner{status}", f"outer{status}"]


def test_middleware_may_answer(app: App, client: TestClient) -> None:
    """What it raises is answered like what a handler raises."""

    def wrap(handler: Handler) -> Handler:
        def handle(request: Request) -> HTTPResponse:
            raise HTTPError(401)

        return handle

    app.add_middleware(wrap)
    assert client.get("/hello").status == 401


def test_middleware_leaves_notes(app: App, client: TestClient) -> None:
    """What middleware writes into ``meta`` is in the arguments of the function."""

    def wrap(handler: Handler) -> Handler:
        def handle(request: Request) -> HTTPResponse:
            request.meta["user"] = "me"
            return handler(request)

        return handle

    app.add_middleware(wrap)
    app.text_get("/who")(lambda req, args: args["meta"]["user"])
    assert client.get("/who").text == "me"


# -- settings --------------------------------------------------------------------------------------


def test_defaults() -> None:
    """The attributes have the values of quick_server."""
    app = App()
    assert app.base_path == str(Path.cwd())
    assert (app.favicon_everywhere, app.favicon_fallback) == (True, None)
    assert (app.max_age, app.report_slow_requests, app.debug) == (0, False, False)


def test_base_path(app: App, client: TestClient, tmp_path: Path) -> None:
    """Relative folders hang from it."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "x.txt").write_text("deep")
    app.base_path = str(tmp_path)
    app.bind_path("/d/", "deep")
    assert client.get("/d/x.txt").text == "deep"


def test_bad_names_are_refused(app: App) -> None:
    """A mistake in a registration is told at once."""
    with pytest.raises(ValueError, match="start and end with"):
        app.bind_path("static", ".")
    with pytest.raises(ConfigurationError):
        app.json_get("no-slash")(lambda req, args: None)


def test_white_and_black_list(app: App, client: TestClient, tmp_path: Path) -> None:
    """Files are served by pattern; what is refused is missing."""
    (tmp_path / "a.py").write_text("code")
    app.add_default_white_list()
    assert [client.get(path).status for path in ("/page.html", "/a.py")] == [200, 404]
    app.add_file_patterns(["page.*"], True)
    assert client.get("/page.html").status == 404


def test_icon_of_the_package(app: App, client: TestClient) -> None:
    """An icon can be had without drawing one; it is real and small."""
    assert client.get("/favicon.ico").status == 404
    app.link_empty_favicon_fallback()
    response = client.get("/deep/favicon.ico")
    assert (response.status, response.headers["content-type"]) == (200, "image/x-icon")
    assert response.content == Path(EMPTY_ICON).read_bytes()
    assert response.content[:4] == b"\0\0\1\0"
    assert len(response.content) < 1500


def test_favicon_settings(app: App, client: TestClient, tmp_path: Path) -> None:
    """The icon can be kept to where it lies."""
    (tmp_path / "favicon.ico").write_text("mine")
    assert client.get("/x/favicon.ico").text == "mine"
    app.favicon_everywhere = False
    assert client.get("/x/favicon.ico").status == 404


def test_two_applications_share_nothing(client: TestClient) -> None:
    """Routes and settings belong to one application."""
    other = App()
    other.max_age = 5
    assert TestClient(other).get("/hello").status == 404
    assert client.get("/hello").headers["cache-control"] == "max-age=0"


def test_needs_neither_htag_nor_websockets() -> None:
    """An application without a GUI runs on the standard library."""
    code = (
        "import sys; sys.modules.update(htag=None, websockets=None, Cryptodome=None);"
        "from quick_htag.app import App; App()"
    )
    root = Path(__file__).resolve().parent.parent
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True, timeout=60)


# -- by the names of quick_server ------------------------------------------------------------------


def test_answer_by_hand(app: App, client: TestClient) -> None:
    """``http.server`` style: status, headers and body are written, then nothing is returned."""

    @app.text_get("/hand", 0)
    def hand(req: Request, args: Any) -> Any:
        req.send_response(203)
        req.send_header("Content-Type", "text/csv")
        req.send_header("Content-Length", "3")
        req.end_headers()
        req.wfile.write(b"a,b")
        raise PreventDefaultResponse

    response = client.get("/hand")
    assert (response.status, response.text) == (203, "a,b")
    assert response.headers.get_all("content-type") == ["text/csv"]
    assert response.headers.get_all("content-length") == ["3"]


def test_body_read_by_hand(app: App, client: TestClient) -> None:
    """``rfile`` has the body, parsed or not."""

    @app.text_post("/read", 0)
    def read(req: Request, args: Any) -> Any:
        return req.rfile.read(2) + b" " + req.rfile.read()

    assert client.post("/read", data=b"abcd").text == "ab cd"


def test_argc_of_masks(app: App, client: TestClient) -> None:
    """``set_file_argc`` counts for masks registered before and after it, by method and mask."""

    def paths(req: Request, args: Any) -> Any:
        return args["paths"]

    app.add_json_get_mask("/mask", paths)
    assert client.get("/mask/1/2").json() == ["1", "2"]
    app.set_file_argc("/mask", 1)
    app.add_json_mask("/mask", "put", paths)
    app.json_delete("/mask", 0)(paths)
    assert [client.get(f"/mask{rest}").status for rest in ("", "/1", "/1/2")] == [405, 200, 404]
    assert client.put("/mask/1").json() == ["1"]
    assert client.delete("/mask").json() == []


def test_argc_may_be_raised_from_zero(app: App, client: TestClient) -> None:
    """The endpoint gets the paths that it now takes."""
    app.json_get("/zero", 0)(lambda req, args: args["paths"])
    app.set_file_argc("/zero", 1)
    assert client.get("/zero/1").json() == ["1"]


@pytest.mark.parametrize("argc", [-1, "1", 1.0])
def test_bad_argc_of_masks(app: App, argc: Any) -> None:
    """A number no path can have is a mistake."""
    with pytest.raises(ConfigurationError):
        app.set_file_argc("/mask", argc)


class TestFinder:
    class Pages:
        """Knows one path, which answers PUT."""

        def __init__(self, app: App) -> None:
            self.closed = False
            self._route = App().add_target("PUT", "/page", 0, lambda req: HTTPResponse.text("put"))
            app.set_finder(self)

        def find(self, request: Request) -> Any:
            found = request.method == "PUT" and request.raw_path == "/page"
            return self._route if found else None

        def allowed(self, raw_path: str) -> set[str]:
            return {"PUT"} if raw_path == "/page" else set()

        def close(self) -> None:
            self.closed = True

    def test_it_is_asked_when_no_route_fits(self) -> None:
        """What it finds answers; what it does not know is not found."""
        app = App(log=MessageLog(io.StringIO()))
        self.Pages(app)
        client = TestClient(app)
        assert client.put("/page").text == "put"
        assert client.put("/other").status == 404

    def test_its_methods_are_told(self) -> None:
        """405 and OPTIONS name what it would answer."""
        app = App(log=MessageLog(io.StringIO()))
        self.Pages(app)
        answers = [TestClient(app).request(method, "/page") for method in ("POST", "OPTIONS")]
        assert [answer.status for answer in answers] == [405, 204]
        assert {answer.headers["Allow"] for answer in answers} == {"OPTIONS, PUT"}

    def test_it_is_closed_with_the_application(self) -> None:
        """What it runs in the background has an end; there is one finder."""
        app = App(log=MessageLog(io.StringIO()))
        pages = self.Pages(app)
        with pytest.raises(ConfigurationError, match="already"):
            app.set_finder(pages)
        app.close()
        assert pages.closed
