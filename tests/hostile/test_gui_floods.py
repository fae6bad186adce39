"""Pages that send too much, too large, or nonsense are sent away, and others do not notice."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed

from quick_htag import Settings

LIMIT = 30.0
MANY = 5000  # events
PENDING = 100


@pytest.fixture
def site(start_server: Callable[..., Any], app_name: str) -> Callable[..., Any]:
    """``site(**settings)``: a server of an app whose limits are soon reached."""

    def start(**settings: Any) -> Any:
        chosen = {"max_pending_events": PENDING, "max_event_rate": 5.0, **settings}
        return start_server(
            lambda server: server.bind_htag("/app", app_name), settings=Settings(**chosen)
        )

    return start


@pytest.fixture
def visit(live_apps: Any) -> Iterator[Callable[..., Any]]:
    """``visit(server)``: a connected page of a visitor of its own, of this address or another."""
    from gui_client import Page

    pages: list[Any] = []

    def opened(server: Any, address: str = "") -> Any:
        visitor = requests.Session()
        if address:
            visitor.headers["X-Forwarded-For"] = address
        pages.append(Page(f"{server.url}app/", visitor))
        return pages[-1].open()

    yield opened
    for page in pages:
        page.visitor.close()
        if page.socket is not None:  # they do not take the time to say goodbye
            with contextlib.suppress(OSError):
                page.socket.socket.shutdown(socket.SHUT_RDWR)
        page.close()


def is_served(page: Any) -> bool:
    """Whether the click of a page is handled."""
    return page.click("more") < LIMIT


def flood(page: Any, send: Callable[[], Any], count: int = MANY) -> Future[int]:
    """Send as often as that, or until the server has had enough; the close code to come."""
    code: Future[int] = Future()

    def read() -> None:  # who floods reads, too
        try:
            code.set_result(page.end())
        except BaseException as error:
            code.set_exception(error)

    threading.Thread(target=read).start()
    with contextlib.suppress(ConnectionClosed):
        for _ in range(count):
            send()
    return code


def clicking(page: Any) -> Callable[[], Any]:
    """Clicks once."""
    click = page.event_of("more")
    return lambda: page.send(click)


def pending(server: Any) -> int:
    """Events of all apps that wait for their turn."""
    return sum(one.pages.pending for one in server.guis._table._all())


def post(page: Any, body: bytes) -> requests.Response:
    """Post events as the page would."""
    url = f"{page.url}event?page={page.config['page']}"
    headers = {"Origin": page.url.removesuffix("/app/"), "Content-Type": "application/json"}
    return page.visitor.post(url, body, headers=headers, timeout=LIMIT)


def clicks(page: Any, first: int, count: int) -> bytes:
    """The body of a post with so many clicks."""
    click = page.event_of("more")
    return json.dumps(
        [json.dumps({"n": first + number, "p": click}) for number in range(count)]
    ).encode()


def test_thousands_of_events_on_a_websocket(site: Any, visit: Any) -> None:
    """The line is closed with 1013, no more wait than may, and another page is served."""
    server = site()
    other, page = visit(server), visit(server)
    assert flood(page, clicking(page)).result(LIMIT) == 1013
    assert pending(server) <= PENDING
    assert is_served(other)


def test_thousands_of_events_in_posts(site: Any, visit: Any) -> None:
    """The same on the other way; what was taken is taken, the rest has to wait."""
    server = site()
    other, page = visit(server), visit(server)
    taken, answers = 0, []
    for _ in range(MANY // 1000):
        answers.append(post(page, clicks(page, taken + 1, 1000)).json())
        taken = next((json.loads(text)["ack"] for text in answers[-1]["m"]), taken)
    assert answers[-1]["close"][0] == 1013
    assert pending(server) <= PENDING
    assert is_served(other)


@pytest.mark.parametrize(
    "text", ["", "x", "[" * 100_000, '{"n": 1}', '{"n": 1, "p": 1}', '{"n": -1, "p": {}}', b"\xff"]
)
def test_a_flood_of_nonsense(site: Any, visit: Any, text: Any) -> None:
    """Each line that brings it is closed with 1008, however often it comes again."""
    server = site()
    other, page = visit(server), visit(server)
    for _ in range(10):
        assert flood(page, lambda: page.socket.send(text), 100).result(LIMIT) == 1008
        page.open()
    assert pending(server) == 0
    assert is_served(other)


def test_events_that_are_no_events_of_the_app(site: Any, visit: Any) -> None:
    """They are counted as events are, and the app lives."""
    server = site()
    other, page = visit(server), visit(server)
    nothing = {"id": "nothing", "method": "__init__", "event": "x", "data": {}}
    assert flood(page, lambda: page.send(nothing)).result(LIMIT) == 1013
    assert len(server.guis) == 2
    assert is_served(other)


def test_huge_events(site: Any, visit: Any) -> None:
    """They are closed with 1009 on a websocket, 413 in a post, before they are kept."""
    server = site(websocket_max_message=100_000)
    other, page = visit(server), visit(server)
    huge = {"id": "x", "data": "y" * 1_000_000}
    assert flood(page, lambda: page.send(huge), 100).result(LIMIT) == 1009
    body = json.dumps([json.dumps({"n": 1, "p": {"x": "y" * 1_000_000}})]).encode()
    assert post(page, body).status_code == 413
    assert is_served(other)


def test_many_sessions_of_one_address_that_flood(site: Any, visit: Any) -> None:
    """It has as many apps as it may; a visitor from elsewhere has one of his own, and is served."""
    server = site(max_instances_per_address=10)
    server.trusted_proxies = ["127.0.0.1"]
    pages = [visit(server, "192.0.2.1") for _ in range(10)]
    codes = [flood(page, clicking(page), MANY // 10) for page in pages]
    with pytest.raises(requests.HTTPError, match="503"):
        visit(server, "192.0.2.1")
    assert pending(server) <= 10 * PENDING
    assert is_served(visit(server, "198.51.100.7"))
    assert [code.result(LIMIT) for code in codes] == [1013] * 10
