"""Every place where a server calls code of its user, failing: logged once, and all goes on."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from quick_htag import Settings, TokenHandler, debug, progress, worker_request
from tests.patience import until

TEXT = "a fault of the user's"
LIMIT = 30.0


class Broken(Exception):
    """Raised by every hook here; each test looks for its text."""


def fail(*_: Any, **__: Any) -> Any:
    """What any hook may be."""
    raise Broken(TEXT)


def once(faulty: Any) -> None:
    """It is in the log once, and the server answers."""
    faulty.until_logged(TEXT)
    assert faulty.serves()
    assert faulty.log.count(TEXT) == 1, faulty.log


def pieces() -> Iterator[str]:
    """Fails after its first piece."""
    yield "one piece"
    fail()


# -- requests --------------------------------------------------------------------------------------


def _middleware(server: Any) -> None:
    with server.middlewares(fail):
        server.text_get("/hook", 0)(lambda req, args: "never")


def _pre_middleware(server: Any) -> None:
    server.add_pre_middleware(lambda req, path, cookie: fail() if path == "/hook" else None)


def _before(server: Any) -> None:
    server.before(lambda req: fail() if req.path == "/hook" else None)


def _fallback(server: Any, folder: Any) -> None:
    server.bind_path("/files/", str(folder))
    server.set_file_fallback_hook(fail)


REQUESTS: dict[str, Callable[[Any], Any]] = {
    "json endpoint": lambda server: server.json_get("/hook", 0)(fail),
    "text endpoint": lambda server: server.text_get("/hook", 0)(fail),
    "what json cannot hold": lambda server: server.json_get("/hook", 0)(
        lambda req, args: {"a": Unprintable()}
    ),
    "middleware": _middleware,
    "pre-middleware": _pre_middleware,
    "before": _before,
}


class Unprintable:
    """No JSON, and no text either."""

    __repr__ = __str__ = fail


@pytest.mark.parametrize("name", [name for name in REQUESTS if name != "what json cannot hold"])
def test_a_hook_of_requests(faulty: Any, name: str) -> None:
    """The client gets 500 without a word of the reason."""
    one = faulty(REQUESTS[name])
    answer = one.get("hook")
    assert (answer.status_code, TEXT in answer.text) == (500, False)
    once(one)


def test_a_value_without_a_text(faulty: Any) -> None:
    """Not even the text of what was wrong can be had; 500 all the same."""
    one = faulty(REQUESTS["what json cannot hold"])
    assert one.get("hook").status_code == 500
    assert one.serves()


def test_the_fallback_of_files(faulty: Any, tmp_path: Any) -> None:
    """It is asked when there is no file."""
    one = faulty(lambda server: _fallback(server, tmp_path))
    assert one.get("files/none.txt").status_code == 500
    once(one)


@pytest.mark.parametrize("error", [Broken, SystemExit, KeyboardInterrupt, MemoryError])
def test_a_stream(faulty: Any, error: type[BaseException]) -> None:
    """It breaks off, so the client knows; not even SystemExit ends more."""

    def broken() -> Iterator[str]:
        yield "one piece"
        raise error(TEXT)

    one = faulty(lambda server: server.text_get("/hook", 0)(lambda req, args: broken()))
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        one.get("hook")
    once(one)


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, MemoryError, RecursionError])
def test_an_endpoint_that_wants_to_end_everything(faulty: Any, error: type[BaseException]) -> None:
    """It ends its own request."""

    def hook(req: Any, args: Any) -> str:
        raise error(TEXT)

    one = faulty(lambda server: server.text_get("/hook", 0)(hook))
    for _ in range(3):
        assert one.get("hook").status_code == 500
    assert one.serves()


class Faultless:
    """Takes notes of what a hook was asked, and fails."""

    def __init__(self) -> None:
        self.asked = threading.Event()

    def __call__(self, *_: Any) -> Any:
        self.asked.set()
        fail()


def test_the_report_of_slow_requests(faulty: Any) -> None:
    """The request is answered; the next is reported, too."""
    one = faulty(lambda server: server.text_get("/hook", 0)(lambda req, args: slow()))
    report = Faultless()
    one.server.report_slow_requests = (0.01, report)

    def slow() -> str:
        assert report.asked.wait(LIMIT)
        return "slow"

    assert one.get("hook").text == "slow"
    one.until_logged(TEXT)
    assert one.serves()


def test_who_is_asked_about_origins(faulty: Any) -> None:
    """No other origin is let in; the answer is there for others."""
    one = faulty()
    one.server.cross_origin = lambda origin, request: fail()
    answer = one.get(headers={"Origin": "http://other.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers
    once(one)


def test_what_names_an_answer_in_the_cache(faulty: Any) -> None:
    """The client gets 500, the endpoint is not called."""
    one = faulty(lambda server: server.text_get("/hook", 0, cache=fail)(lambda req, args: "never"))
    assert one.get("hook").status_code == 500
    once(one)


class BrokenTokens(TokenHandler):
    """A store of tokens of the user's that has gone wrong."""

    lock = ttl = flush_old_tokens = add_token = put_token = delete_token = get_tokens = fail


def test_the_store_of_tokens(faulty: Any) -> None:
    """Who needs it gets 500."""

    def setup(server: Any) -> None:
        server.json_get("/hook", 0)(lambda req, args: server.get_tokens())

    one = faulty(setup, token_handler=BrokenTokens())
    assert one.get("hook").status_code == 500
    one.until_logged(TEXT)
    assert one.serves()


# -- sessions and tokens ---------------------------------------------------------------------------


def test_the_start_of_a_session(faulty: Any) -> None:
    """The visitor has a session all the same."""

    def setup(server: Any) -> None:
        server.on_session_start(fail)
        server.json_get("/hook", 0)(lambda req, args: req.session.setdefault("a", 1))

    one = faulty(setup)
    with requests.Session() as visitor:
        assert visitor.get(f"{one.url}hook", timeout=LIMIT).json() == 1
        assert visitor.cookies
    once(one)


def test_the_end_of_a_session(faulty: Any) -> None:
    """It ends; the next hook is called, too."""
    ended = threading.Event()

    def setup(server: Any) -> None:
        server.on_session_end(fail)
        server.on_session_end(lambda *_: ended.set())
        server.json_get("/hook", 0)(lambda req, args: req.session.setdefault("a", 1))
        server.text_get("/out", 0)(lambda req, args: req.logout() or "out")

    one = faulty(setup)
    with requests.Session() as visitor:
        visitor.get(f"{one.url}hook", timeout=LIMIT)
        assert visitor.get(f"{one.url}out", timeout=LIMIT).text == "out"
    assert ended.wait(LIMIT)
    assert len(one.server.sessions) == 0
    once(one)


# -- websockets and events -------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["thread", "async"])
def test_a_websocket(faulty: Any, way: str) -> None:
    """It is closed with 1011, the next one is served."""

    async def hook(ws: Any) -> None:
        fail()

    one = faulty(lambda server: server.websocket("/hook")(fail if way == "thread" else hook))
    with connect(f"{one.url}hook".replace("http", "ws", 1)) as ws:
        with pytest.raises(ConnectionClosed) as closed:
            ws.recv(LIMIT)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1011
    once(one)


@pytest.mark.parametrize("way", ["thread", "async"])
def test_events(faulty: Any, way: str) -> None:
    """The stream ends."""

    async def hook(req: Any, args: Any) -> Any:
        yield "one"
        fail()

    made = (lambda req, args: pieces()) if way == "thread" else hook
    one = faulty(lambda server: server.sse("/hook")(made))
    with contextlib.suppress(requests.exceptions.ChunkedEncodingError):
        assert "one" in one.get("hook").text
    once(one)


# -- jobs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [Broken, SystemExit, MemoryError])
def test_a_job(faulty: Any, error: type[BaseException]) -> None:
    """The client is told that it failed."""

    def hook(payload: Any) -> Any:
        raise error(TEXT)

    one = faulty(lambda server: server.json_worker("/hook")(hook))
    answer = _result(one.url)
    assert (answer.status_code, TEXT in answer.text) == (500, False)
    once(one)


def test_the_name_of_a_job_in_the_cache(faulty: Any) -> None:
    """No job begins."""
    one = faulty(lambda server: server.json_worker("/hook", cache_id=fail)(lambda payload: 1))
    assert _result(one.url).status_code == 500
    assert len(one.server.jobs.table) == 0
    once(one)


def _result(url: str) -> requests.Response:
    """The answer to a job once it is over."""
    start = {"action": "start", "payload": {}}
    found = [requests.post(f"{url}hook", json=start, timeout=LIMIT)]

    def over() -> bool:
        if found[-1].status_code != 200 or not found[-1].json()["continue"]:
            return True
        ask = {"action": "get", "token": found[-1].json()["token"]}
        found.append(requests.post(f"{url}hook", json=ask, timeout=LIMIT))
        return False

    until(over)
    return found[-1]


def test_the_factory_of_workers(faulty: Any) -> None:
    """The endpoint is refused to who writes it; the server serves."""
    one = faulty(worker_constructor=fail)
    with pytest.raises(Broken):
        one.server.json_worker("/hook")(lambda payload: 1)
    assert one.serves()


# -- topics ----------------------------------------------------------------------------------------


def test_a_listener_of_a_topic(faulty: Any) -> None:
    """It hears the next message all the same, and so do others."""
    heard = threading.Event()

    def setup(server: Any) -> None:
        server.on_topic("news")(fail)
        server.subscribe("news", lambda data: heard.set())

    one = faulty(setup)
    one.server.publish("news", 1)
    assert heard.wait(LIMIT)
    once(one)


# -- threads, commands, logs -----------------------------------------------------------------------


def test_the_factory_of_threads(faulty: Any) -> None:
    """Plain threads do the work."""
    one = faulty(thread_factory=fail, settings=Settings(inline_limit=0.0))
    assert one.serves()
    assert TEXT in one.log


def test_a_command(faulty: Any) -> None:
    """The prompt goes on."""
    one = faulty(lambda server: server.cmd()(_named(fail)))
    one.server.handle_cmd("hook now")
    once(one)


def _named(function: Any) -> Any:
    def hook(args: list[str]) -> None:
        function()

    return hook


def test_the_completion_of_a_command(faulty: Any) -> None:
    """Nothing is proposed; the prompt goes on."""
    one = faulty(lambda server: server.cmd(complete=fail)(_named(lambda: None)))
    assert one.server.commands.complete("hook a") == []
    assert one.serves()


def test_a_debug_text(faulty: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It fails in the code that has called ``debug``, as any other line there."""
    monkeypatch.setenv("QUICK_SERVER_DEBUG", "1")
    one = faulty(lambda server: server.text_get("/hook", 0)(lambda req, args: debug(fail)))
    assert one.get("hook").status_code == 500
    once(one)


def test_a_change_of_a_value_in_a_store(faulty: Any) -> None:
    """It is the caller's, and nothing has changed."""
    one = faulty()
    one.server.store.put("own:key", 1)
    with pytest.raises(Broken):
        one.server.store.update("own:key", fail)
    assert one.server.store.get("own:key") == 1


def test_the_progress_of_a_job_elsewhere(faulty: Any) -> None:
    """A client whose callback fails is told by that; the server has nothing to do with it."""

    def hook(payload: Any) -> int:
        progress(0.5, "half")
        return 1

    one = faulty(lambda server: server.json_worker("/hook")(hook))
    with contextlib.suppress(Broken):  # a quick job tells nothing
        worker_request(f"{one.url}hook", {}, progress=fail)
    assert one.serves()


def test_what_is_done_on_reload(faulty: Any) -> None:
    """The others are done."""
    done = threading.Event()

    def setup(server: Any) -> None:
        server.on_reload(fail)
        server.on_reload(done.set)

    one = faulty(setup)
    with contextlib.suppress(Broken):
        one.server.reload()
    assert done.is_set()
    once(one)


def test_the_handler_of_errors(faulty: Any) -> None:
    """What it was told, and that it failed, is written."""
    one = faulty(lambda server: server.json_get("/hook", 0)(lambda req, args: 1 // 0))
    one.server.log.error_handler = fail
    assert one.get("hook").status_code == 500
    one.until_logged("ZeroDivisionError")
    once(one)


class Full:
    """A stream that cannot be written to."""

    def write(self, _: str) -> int:
        raise OSError(28, "No space left on device")

    flush = fail


def test_the_file_of_the_log(faulty: Any) -> None:
    """A full disk ends the log and nothing else."""
    one = faulty(lambda server: server.json_get("/hook", 0)(fail))
    one.server.log.file = Full()
    assert one.get("hook").status_code == 500
    assert one.serves()
