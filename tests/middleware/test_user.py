"""Middleware of users: who is called when, and what becomes of what they return."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from http.cookies import SimpleCookie
from io import StringIO
from typing import Any

import pytest

from quick_htag.app import App
from quick_htag.errors import ConfigurationError, PreventDefaultResponse
from quick_htag.handlers.results import Response
from quick_htag.logs import MessageLog
from quick_htag.middleware.user import ReqNext, before, taken_apart
from quick_htag.testing import TestClient


@pytest.fixture
def log() -> StringIO:
    """The log of the application."""
    return StringIO()


@pytest.fixture
def app(log: StringIO, no_thread_left: None) -> Iterator[App]:
    """An application."""
    app = App(log=MessageLog(log))
    yield app
    app.close()


@pytest.fixture
def client(app: App) -> TestClient:
    """A client of it."""
    return TestClient(app)


def noting(name: str) -> Any:
    """Middleware that leaves its name."""

    def middleware(req: Any, args: Any, okay: Any) -> Any:
        args["meta"].setdefault("names", []).append(name)
        return okay

    return middleware


def names(req: Any, args: Any) -> Any:
    """What was noted."""
    return " ".join(args["meta"].get("names", [])) or "none"


# -- before one endpoint ---------------------------------------------------------------------------


def test_okay_goes_on(app: App, client: TestClient) -> None:
    """Middleware that returns its marker lets the endpoint answer, and may leave notes."""
    app.text_get("/x")(app.middleware(noting("a"))(app.middleware(noting("b"))(names)))
    assert client.get("/x").text == "a b"


@pytest.mark.parametrize(
    ("value", "status", "text"),
    [("no", 200, "no"), (Response("no", 401), 401, "no"), ("", 200, ""), (None, 404, None)],
)
def test_other_values_answer(
    app: App, client: TestClient, value: Any, status: int, text: str | None
) -> None:
    """Anything else is the answer, by the rules of the endpoint."""
    app.text_get("/x")(app.middleware(lambda req, args, okay: value)(names))
    response = client.get("/x")
    assert response.status == status
    assert text in (None, response.text)


def test_value_is_rendered_by_the_endpoint(app: App, client: TestClient) -> None:
    """Before a JSON endpoint, middleware gives JSON."""
    app.json_get("/x")(app.middleware(lambda req, args, okay: {"no": 1})(names))
    assert client.get("/x").json() == {"no": 1}


def test_middleware_may_raise(app: App, client: TestClient) -> None:
    """An early answer works as in an endpoint."""

    def refuse(req: Any, args: Any, okay: Any) -> Any:
        raise PreventDefaultResponse(403, "no")

    app.text_get("/x")(app.middleware(refuse)(names))
    assert client.get("/x").status == 403


def test_foreign_marker_is_500(app: App, client: TestClient, log: StringIO) -> None:
    """A marker of others is a mistake, and the log says what to return."""
    app.text_get("/x")(app.middleware(lambda req, args, okay: ReqNext("other"))(names))
    assert client.get("/x").status == 500
    assert "ReqNext[other]" in log.getvalue()
    assert "return the third argument" in log.getvalue()


def test_marker_of_another_middleware_is_foreign() -> None:
    """Each piece of middleware has a marker of its own."""
    kept: list[Any] = []

    def keep(req: Any, args: Any, okay: Any) -> Any:
        kept.append(okay)
        return okay

    inner = before(lambda req, args, okay: kept[0], lambda req, args: "x")
    with pytest.raises(ConfigurationError):
        before(keep, inner)(None, None)  # type: ignore[arg-type]
    assert str(kept[0]) == "ReqNext[keep]"


def test_other_routes_of_the_function_have_none(app: App, client: TestClient) -> None:
    """What stands below the decorator stays as it was."""
    guarded = app.middleware(lambda req, args, okay: "no")(app.text_get("/open")(names))
    app.text_get("/closed")(guarded)
    assert (client.get("/open").text, client.get("/closed").text) == ("none", "no")
    assert guarded.__name__ == "names"


# -- blocks ----------------------------------------------------------------------------------------


def test_block_wraps_what_is_registered_in_it(app: App, client: TestClient) -> None:
    """Outer blocks come first, then inner ones, then what stands at the function."""
    with app.middlewares(noting("a"), noting("b")):
        app.text_get("/outer")(names)
        with app.middlewares(noting("c")):
            app.text_get("/inner")(app.middleware(noting("d"))(names))
        app.add_text_get_mask("/mask", names)
    app.text_get("/after")(names)
    answers = [client.get(path).text for path in ("/outer", "/inner", "/mask", "/after")]
    assert answers == ["a b", "a b c d", "a b", "none"]


def test_block_ends_with_an_exception(app: App, client: TestClient) -> None:
    """What is registered afterwards is outside."""
    with pytest.raises(KeyError), app.middlewares(noting("a")):
        raise KeyError
    app.text_get("/x")(names)
    assert client.get("/x").text == "none"


def test_block_is_of_its_thread(app: App, client: TestClient) -> None:
    """What another thread registers meanwhile is not in it."""
    with app.middlewares(noting("a")):
        thread = threading.Thread(target=lambda: app.text_get("/x")(names))
        thread.start()
        thread.join(30)
    assert client.get("/x").text == "none"


# -- before everything -----------------------------------------------------------------------------


def test_pre_middleware_is_called_for_everything(app: App, client: TestClient) -> None:
    """Also where nothing is, for five methods, in the order added."""
    seen: list[Any] = []
    app.add_pre_middleware(lambda req, path, cookie: seen.append((req.method, path)))
    app.add_pre_middleware(lambda req, path, cookie: seen.append("second"))
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
        client.request(method, "/no%20where?x=1")
    assert seen == [
        entry
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE")
        for entry in ((method, "/no where"), "second")
    ]


def test_pre_middleware_answers_by_raising(app: App, client: TestClient) -> None:
    """What it returns means nothing."""

    def gate(req: Any, path: str, cookie: Any) -> str:
        if path == "/closed":
            raise PreventDefaultResponse(403, "no")
        return "ignored"

    app.add_pre_middleware(gate)
    app.text_get("/open", 0)(names)
    app.text_get("/closed", 0)(names)
    assert (client.get("/open").status, client.get("/closed").status) == (200, 403)


def test_other_layers_see_its_answers(app: App, client: TestClient) -> None:
    """A layer that adds to answers, for example CORS, adds to these as well."""

    def mark(handler: Any) -> Any:
        def handle(request: Any) -> Any:
            response = handler(request)
            response.headers.append(("X-Mark", "1"))
            return response

        return handle

    def refuse(req: Any, path: str, cookie: Any) -> None:
        raise PreventDefaultResponse(403)

    app.add_pre_middleware(refuse)
    app.add_middleware(mark)
    response = client.get("/")
    assert (response.status, response.headers["X-Mark"]) == (403, "1")


def test_pre_middleware_gets_cookies(app: App, client: TestClient) -> None:
    """A SimpleCookie, or None; an odd one costs nothing."""
    seen: list[SimpleCookie | None] = []
    app.add_pre_middleware(lambda req, path, cookie: seen.append(cookie))
    client.get("/", {"Cookie": "bad{=1; a=2"})
    client.get("/")
    assert seen[0] is not None
    assert (seen[0]["a"].value, seen[1]) == ("2", None)


def test_what_is_behind_middleware_can_be_found() -> None:
    """For handlers that are not called as endpoints; a wrapper of somebody else stays."""
    outer, inner = noting("a"), noting("b")
    assert taken_apart(before(outer, before(inner, names))) == ([outer, inner], names)
    assert taken_apart(names) == ([], names)
    wrapper = functools.wraps(before(outer, names))(lambda req, args: None)
    assert taken_apart(wrapper) == ([], wrapper)


# -- what cannot answer ----------------------------------------------------------------------------


async def _later(req: Any, args: Any) -> None:
    """Nobody would await it."""


async def _items(req: Any, args: Any) -> Any:
    """Nobody would iterate over it."""
    yield req


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        (None, "a function fun"),
        (_later, "async function"),
        (_items, "async function"),
        (before(noting("one"), _later), "async function"),
        (App.middleware(names), "write @server.middleware"),
    ],
)
def test_what_cannot_answer_is_refused(app: App, endpoint: Any, said: str) -> None:
    """When it is registered, and not when the first visitor asks."""
    with pytest.raises(ConfigurationError, match=said):
        app.json_get("/", 0)(endpoint)


def test_middleware_is_a_function(app: App) -> None:
    """Anything else would be called at the first request."""
    nothing: Any = None
    with pytest.raises(ConfigurationError, match="middleware is a function"):
        app.middleware(nothing)


def test_of_several_the_upper_is_asked_first(app: App, client: TestClient) -> None:
    """As the decorators stand."""
    decorated = app.middleware(noting("upper"))(app.middleware(noting("lower"))(names))
    app.text_get("/", 0)(decorated)
    assert client.get("/").text == "upper lower"
