"""Endpoints whose answers are kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from quick_htag import (
    App,
    ConfigurationError,
    DiskCache,
    PreventDefaultResponse,
    Response,
    create_server,
)
from quick_htag.testing import TestClient


class Counted:
    """An application that counts how often its endpoints are called."""

    def __init__(self) -> None:
        self.app = App()
        self.client = TestClient(self.app)
        self.calls = 0

    def get(self, fun: Any, *paths: str, cache: Any = True) -> list[Any]:
        """The answers to GET."""

        def endpoint(req: Any, args: Any) -> Any:
            self.calls += 1
            return fun(args)

        self.app.json_get("/x", cache=cache)(endpoint)
        return [self.client.get(f"/x{path}") for path in paths]


@pytest.fixture
def counted(tmp_path: Path) -> Iterator[Counted]:
    """With a cache."""
    made = Counted()
    with DiskCache(tmp_path / "cache.db") as cache:
        made.app.cache = cache
        yield made


def test_the_same_question_is_answered_once(counted: Counted) -> None:
    """Path, segments and query make the question."""
    answers = counted.get(lambda args: dict(args["query"]), "?a=1", "?a=1", "?a=2", "/b?a=1")
    assert [one.json()["a"] for one in answers] == ["1", "1", "2", "1"]
    assert counted.calls == 3


def test_a_function_says_what_matters(counted: Counted) -> None:
    """None: the answer is not kept."""
    wanted = lambda args: args["query"].get("a")  # noqa: E731
    counted.get(lambda args: 1, "?a=1&b=1", "?a=1&b=2", "?b=1", "?b=1", cache=wanted)
    assert counted.calls == 3


@pytest.mark.parametrize("value", [None, Response({"a": 1}, 201)])
def test_what_is_no_plain_value_is_not_kept(counted: Counted, value: Any) -> None:
    """It is given as it is, each time."""
    first, second = counted.get(lambda args: value, "", "")
    assert first.status == second.status == (404 if value is None else 201)
    assert counted.calls == 2


def test_errors_are_not_kept(counted: Counted) -> None:
    """The next one may be luckier."""

    def fail(args: Any) -> None:
        raise PreventDefaultResponse(503, "busy")

    assert [one.status for one in counted.get(fail, "", "")] == [503, 503]
    assert counted.calls == 2


def test_without_a_cache_nothing_is_kept(counted: Counted) -> None:
    """It is looked up in each request."""
    cache, counted.app.cache = counted.app.cache, None
    counted.get(lambda args: 1, "", "")
    counted.app.cache = cache
    counted.client.get("/x")
    counted.client.get("/x")
    assert counted.calls == 3


def test_text_and_posts_too(counted: Counted) -> None:
    """The body is part of the question; endpoints share nothing."""
    made: list[str] = []

    @counted.app.text_post("/y", cache=True)
    def text(req: Any, args: Any) -> str:
        made.append(args["post"]["a"])
        return f"text {args['post']['a']}"

    @counted.app.json_post("/z", cache=True)
    def other(req: Any, args: Any) -> str:
        return "other"

    posts = [counted.client.post("/y", json={"a": one}).text for one in ("1", "1", "2")]
    assert posts == ["text 1", "text 1", "text 2"]
    assert made == ["1", "2"]
    assert counted.client.post("/z", json={"a": "1"}).json() == "other"


def test_a_choice_that_is_none(counted: Counted) -> None:
    """Is refused when the endpoint is made."""
    with pytest.raises(ConfigurationError, match="cache="):
        counted.app.json_get("/x", cache="yes")(lambda req, args: 1)  # type: ignore[arg-type]


@pytest.mark.parametrize("read", [lambda req: req.session.get("a"), lambda req: req.user])
def test_what_was_made_of_a_session_is_not_kept(tmp_path: Path, read: Any) -> None:
    """It is for its visitor alone; with a function that says what matters, that is its business."""
    calls: list[int] = []
    with create_server(("", 0)) as server, DiskCache(tmp_path / "cache.db") as cache:
        server.cache = cache

        @server.json_get("/all", cache=True)
        @server.json_get("/said", cache=lambda args: "x")
        def endpoint(req: Any, args: Any) -> Any:
            calls.append(1)
            return [read(req)]

        client = TestClient(server.app)
        for path, expected in [("/all", 2), ("/said", 3)]:
            answers = [client.get(path).json() for _ in range(2)]
            assert answers == [[None], [None]]
            assert len(calls) == expected


@pytest.mark.parametrize(
    "read",
    [
        lambda req, args: str(args["cookie"]),
        lambda req, args: req.cookies.get("who"),
        lambda req, args: req.headers.get("authorization"),
        lambda req, args: req.headers["cookie"],
        lambda req, args: "accept" in req.headers,
        lambda req, args: list(req.headers),
        lambda req, args: req.url,
        lambda req, args: dict(args.get("meta")),
    ],
)
def test_what_may_be_of_one_visitor_is_not_kept(counted: Counted, read: Any) -> None:
    """Cookies, credentials, the name he calls us by, what middleware knows of him."""

    @counted.app.json_get("/y", cache=True)
    def endpoint(req: Any, args: Any) -> Any:
        counted.calls += 1
        return [str(read(req, args))]

    for who in ("a", "b"):
        counted.client.get("/y", headers={"cookie": f"who={who}", "authorization": who})
    assert counted.calls == 2


@pytest.mark.parametrize("cache", [True, lambda args: "x"])
def test_middleware_is_asked_for_kept_answers_too(counted: Counted, cache: Any) -> None:
    """Who was let in lets in nobody else."""

    def guard(req: Any, args: Any, okay: Any) -> Any:
        if req.headers.get("x-key") != "good":
            raise PreventDefaultResponse(403, "no")
        return okay

    @counted.app.json_get("/y", cache=cache)
    @counted.app.middleware(guard)
    def endpoint(req: Any, args: Any) -> Any:
        counted.calls += 1
        return 1

    asked = [counted.client.get("/y", headers={"x-key": key}) for key in ("good", "good", "bad")]
    assert [one.status for one in asked] == [200, 200, 403]
    assert counted.calls == 1
