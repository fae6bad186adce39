"""Several workers of one host: a visitor's app is one, whichever of them he comes to."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import requests

from quick_htag.testing import GuiPage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.hosts.conftest import Host

LIMIT = 60.0
BEGIN = ("-m", "gunicorn", "-w", "4", "-b", "127.0.0.1:0", "--preload")
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


def test_sessions_are_shared(workers: Host, live_apps: Path) -> None:
    """What a route writes in one worker is read in another."""
    visitor = requests.Session()
    visitor.headers["Connection"] = "close"
    first = visitor.get(f"{workers.url}who", timeout=LIMIT).json()
    with _without(first["pid"]):
        second = visitor.get(f"{workers.url}who", timeout=LIMIT).json()
    assert (first["count"], second["count"]) == (1, 2)
    assert first["pid"] != second["pid"]
