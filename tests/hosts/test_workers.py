"""Several workers of one host: a visitor's app is one, whichever of them he comes to."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import pytest
import requests

from quick_htag.testing import GuiPage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.hosts.conftest import Host

LIMIT = 60.0
TRIES = 20
JSON = {"Content-Type": "application/json"}
BEGIN = ("-m", "gunicorn", "-w", "4", "-b", "127.0.0.1:0", "--preload", "--keep-alive", "60")
LINES = {
    # as the READMEs of htagweb have them
    "asgi": (*BEGIN, "-k", "uvicorn.workers.UvicornH11Worker", "{site}:app"),
    "wsgi": (*BEGIN, "--threads", "8", "--graceful-timeout", "3", "{site}:app"),
}

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="gunicorn needs fork")


@pytest.fixture(scope="module", params=LINES)
def workers(request: Any, start_host: Callable[..., Host]) -> Iterator[Host]:
    """An ``AppServer`` in four processes."""
    name = "gunicorn" if request.param == "wsgi" else "gunicorn-asgi"
    host = start_host(name, *LINES[request.param], site="hosted_runner")
    yield host
    host.stop()


def _without_reuse(visitor: Any) -> Any:
    """Each request on a connection of its own, so that any worker may get it."""
    visitor._session.headers["Connection"] = "close"
    return visitor


@contextmanager
def _without(worker: int) -> Iterator[None]:
    """Another worker has to answer meanwhile."""
    os.kill(worker, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(worker, signal.SIGCONT)


@pytest.mark.parametrize("line", ["websocket", "sse", "poll"])
def test_every_worker_reaches_the_app(workers: Host, live_apps: Path, line: str) -> None:
    """Pages, events and connections come to different workers, and to one app with its state."""
    from gui_lines import SocketVisitor

    if line == "websocket" and not workers.websockets:
        line = "poll"
    with SocketVisitor(workers.url, line) as visitor:
        _without_reuse(visitor)
        told = {_use(visitor, number) for number in range(1, 5)}
        assert len(told) == 1
        first = visitor.get("/who").json()["pid"]
        with _without(first):
            second = visitor.get("/who").json()["pid"]
        assert first != second


def _use(visitor: Any, number: int) -> str:
    """Click once more; the process of the app."""
    with GuiPage(visitor, "/") as page:
        posts = getattr(page._connection, "_posts", visitor._session)
        posts.headers["Connection"] = "close"
        page.click(".more")
        page.wait_for(str(number), ".count", LIMIT)
        page.click(".where")
        page.wait_for("process", ".told", LIMIT)
        return page.find(".told").text


def test_pushes_arrive(workers: Host, live_apps: Path) -> None:
    """By the worker that has the connection."""
    from gui_lines import SocketVisitor

    with SocketVisitor(workers.url, "sse") as visitor, GuiPage(visitor, "/") as page:
        page.click(".push")
        page.wait_for("pushed", ".told", LIMIT)


def test_streams_and_events_come_to_different_workers(workers: Host, live_apps: Path) -> None:
    """What is posted to one worker is handled by the app, and shown by the stream of another."""
    from gui_client import Page
    from gui_lines import origin_of

    page = Page(workers.url)
    query = urlencode({"page": page.config["page"], "seen": str(page.seen)})
    fields = {**_cookie(page.visitor), "Origin": origin_of(workers.url)}
    body = json.dumps([json.dumps({"n": 1, "p": page.event_of("more")})])
    for _ in range(TRIES):
        with ExitStack() as stack, suppress(HTTPException, ConnectionError):
            at = {_who(one): one for one in _connections(workers.url, stack)}
            if len(at) < 2:
                continue
            stream, posts, *_ = at.values()
            stream.request("GET", f"/stream?{query}", headers=fields)
            lines = stream.getresponse()
            assert _line_with(lines, "hello")
            posts.request("POST", f"/event?{query}", body, {**fields, **JSON})
            assert "close" not in json.loads(posts.getresponse().read())
            assert _line_with(lines, "done")
            return
    pytest.fail("all connections came to one worker, or none was kept")


def _connections(url: str, stack: ExitStack) -> list[HTTPConnection]:
    """Several at once; each stays at the worker that has taken it, or fails."""
    address, made = urlsplit(url), []
    for _ in range(8):
        made.append(HTTPConnection(str(address.hostname), address.port, timeout=LIMIT))
        stack.callback(made[-1].close)
        made[-1].connect()
        made[-1].auto_open = False
    return made


def _who(connection: HTTPConnection) -> int:
    """The worker that has it."""
    connection.request("GET", "/who")
    return int(json.loads(connection.getresponse().read())["pid"])


def _cookie(visitor: requests.Session) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{one.name}={one.value}" for one in visitor.cookies)}


def _line_with(lines: Any, text: str) -> str:
    """The next line of a stream that matches."""
    return next(line for one in lines if re.search(text, line := one.decode()))


def test_sessions_are_shared(workers: Host, live_apps: Path) -> None:
    """What a route writes in one worker is read in another."""
    visitor = requests.Session()
    visitor.headers["Connection"] = "close"
    first = visitor.get(f"{workers.url}who", timeout=LIMIT).json()
    with _without(first["pid"]):
        second = visitor.get(f"{workers.url}who", timeout=LIMIT).json()
    assert (first["count"], second["count"]) == (1, 2)
    assert first["pid"] != second["pid"]
