"""Handlers of routes, and the apps they open."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
import requests

from quick_htag import ConfigurationError, Settings
from quick_htag.runners import AppServer, PlainTextResponse
from quick_htag.runners.routes import page_route

TIMEOUT = 30.0  # seconds


def get(runner: Any, path: str, **options: Any) -> requests.Response:
    """Ask the runner."""
    return requests.get(runner.url + path, timeout=TIMEOUT, **options)


def test_parameters_reach_the_handler(start_runner: Any) -> None:
    """Converted, for plain and asynchronous handlers alike."""
    runner = start_runner(AppServer)
    runner.add_route("/n/{x:int}", lambda request: {"n": request.path_params["x"] + 1})

    async def rest(request: Any) -> str:
        await asyncio.sleep(0)
        return str(request.path_params["rest"])

    runner.add_route("/f/{rest:path}", rest)
    assert get(runner, "n/41").json() == {"n": 42}
    assert get(runner, "f/a/b").text == "a/b"
    assert get(runner, "n/x").status_code == 404


def test_the_first_that_fits_answers(start_runner: Any) -> None:
    """What does not fit one route goes on to the next, and to files and endpoints."""
    runner = start_runner(AppServer)
    runner.add_route("/{x:int}", lambda request: "number")
    runner.add_route("/{x}", lambda request: "word")
    runner.server.json_get("/json", 0)(lambda req, args: "endpoint")
    assert [get(runner, path).text for path in ("1", "a")] == ["number", "word"]
    assert get(runner, "json").json() == "endpoint"


def test_failures_are_answered_500(start_runner: Any, said: Any) -> None:
    """The client is told nothing, the log everything."""
    runner = start_runner(AppServer)

    async def broken(request: Any) -> None:
        raise KeyError("secret")

    runner.add_route("/broken", broken)
    runner.add_route("/nothing", lambda request: None)
    answer = get(runner, "broken")
    assert (answer.status_code, "secret" in answer.text) == (500, False)
    assert get(runner, "nothing").status_code == 500
    assert "KeyError: 'secret'" in said.getvalue()
    assert "gave NoneType" in said.getvalue()


def test_exceptions_with_a_status_are_answered_with_it(start_runner: Any) -> None:
    """Those of other frameworks have one too."""

    class Foreign(Exception):
        status_code = 418
        detail = "short and stout"
        headers = None

    def teapot(request: Any) -> None:
        raise Foreign

    runner = start_runner(AppServer)
    runner.add_route("/tea", teapot)
    answer = get(runner, "tea")
    assert (answer.status_code, "short and stout" in answer.text) == (418, True)


def test_a_waiting_handler_keeps_nobody_waiting(start_runner: Any) -> None:
    """Neither the other routes nor the live pages."""
    runner = start_runner(AppServer)
    release: list[Any] = []
    begun = threading.Event()

    async def wait(request: Any) -> str:
        event = asyncio.Event()
        release.append((asyncio.get_running_loop(), event))
        begun.set()
        await event.wait()
        return "waited"

    runner.add_route("/wait", wait)
    runner.add_route("/go", lambda request: "gone")
    answers: list[str] = []
    thread = threading.Thread(target=lambda: answers.append(get(runner, "wait").text))
    thread.start()
    assert begun.wait(TIMEOUT)
    assert get(runner, "go").text == "gone"
    loop, event = release[0]
    loop.call_soon_threadsafe(event.set)
    thread.join(TIMEOUT)
    assert answers == ["waited"]


def test_apps_are_opened_by_handlers(start_runner: Any, app_name: str, open_page: Any) -> None:
    """In either kind; their pages connect below their own address."""
    runner = start_runner(AppServer)

    async def opened(request: Any) -> Any:
        return await request.app.handle(request, app_name)

    runner.add_route("/", opened)
    runner.add_route("/plain", lambda request: request.app.handle(request, app_name))
    runner.add_route("/u/{name}", opened)
    for path in ("", "plain/", "u/ann/"):
        assert open_page(runner.url + path).click("more") < TIMEOUT


def test_one_path_may_open_several_apps(
    start_runner: Any, app_name: str, open_page: Any, live_apps: Any
) -> None:
    """Before and after signing in, say: each is another instance."""
    from importlib import import_module

    app = import_module(app_name.partition(":")[0]).App
    other = type("Other", (app,), {"imports": []})
    runner = start_runner(AppServer)

    async def by_session(request: Any) -> Any:
        return await request.app.handle(request, other if "user" in request.session else app)

    def sign_in(request: Any) -> PlainTextResponse:
        request.session["user"] = "ann"
        return PlainTextResponse("hello")

    runner.add_route("/", by_session)
    runner.add_route("/in", sign_in)
    first = open_page(runner.url)
    first.click("more")
    first.visitor.get(f"{runner.url}in", timeout=TIMEOUT)
    second = open_page(runner.url, first.visitor)
    second.click("more")
    assert [one.app for one in runner.server.guis.sessions_snapshot()] == ["App", "Other"]


def test_the_session_is_shared_with_the_app(start_runner: Any, app_name: str) -> None:
    """What a route writes, the hook of an app reads."""
    seen: list[Any] = []
    runner = start_runner(AppServer)
    runner.options["on_instance"] = lambda app, request: seen.append(request.session["user"])

    async def opened(request: Any) -> Any:
        request.session["user"] = "ann"
        return await request.app.handle(request, app_name)

    runner.add_route("/", opened)
    assert get(runner, "").status_code == 200
    assert seen == ["ann"]


def test_a_page_of_nobody_is_told(start_runner: Any, app_name: str, open_page: Any) -> None:
    """After a restart, or when its session has ended, before any app was opened."""
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect

    runner = start_runner(AppServer)
    runner.add_route("/{x:path}", lambda request: request.app.handle(request, app_name))
    url = runner.url.replace("http", "ws", 1)
    with (
        connect(f"{url}a/ws?page={'x' * 32}&seen=0", origin=runner.url.rstrip("/")) as socket,
        pytest.raises(ConnectionClosed) as closed,
    ):
        socket.recv(TIMEOUT)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4001


def test_a_forced_app_is_a_new_one(
    start_runner: Any, app_name: str, open_page: Any, count: Any
) -> None:
    """The one before ends."""
    runner = start_runner(AppServer)
    force = {"force": False}
    runner.add_route("/", lambda request: request.app.serve(request, app_name, **force))
    page = open_page(runner.url)
    page.click("more")
    force["force"] = True
    again = open_page(runner.url, page.visitor)
    assert count(again.html) == 0
    assert page.end() == 4001


def test_large_bodies_are_refused(start_runner: Any) -> None:
    """As for endpoints."""
    runner = start_runner(AppServer, settings=Settings(max_body_size=10))

    async def size(request: Any) -> str:
        return str(len(await request.body()))

    runner.add_route("/", size, methods=["POST"])
    assert requests.post(runner.url, data="x" * 10, timeout=TIMEOUT).text == "10"
    assert requests.post(runner.url, data="x" * 11, timeout=TIMEOUT).status_code == 413


def test_names_lead_to_urls(start_runner: Any) -> None:
    """A route is called like its handler; one that is not there is a mistake of the program."""
    runner = start_runner(AppServer)

    def user(request: Any) -> list[str]:
        return [request.url_for("user", name="a b"), request.base_url]

    runner.add_route("/user/{name}", user)
    assert get(runner, "user/x").json() == [f"{runner.url}user/a%20b", runner.url]
    runner.add_route("/bad", lambda request: request.url_for("nobody"))
    assert get(runner, "bad").status_code == 500


def test_a_handler_is_a_function() -> None:
    """Said when it is added."""
    with pytest.raises(ConfigurationError, match="function"):
        page_route("/", "no function", None, None)  # type: ignore[arg-type]


def test_a_page_number_is_no_page(start_runner: Any) -> None:
    """Routes may end like the addresses of pages, and take a ``page`` of their own."""
    runner = start_runner(AppServer)
    runner.add_route("/{x}", lambda request: "short")
    runner.add_route("/{x}/stream", lambda request: request.query_params["page"])
    assert get(runner, "a/stream?page=2").text == "2"
