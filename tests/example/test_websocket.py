"""The example of a websocket is a room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.patience import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from playwright.sync_api import Browser

    from quick_htag import QuickServer


@pytest.fixture
def example_module(load_example: Callable[[str], ModuleType]) -> ModuleType:
    """The example."""
    return load_example("websocket")


@pytest.fixture
def server(example_module: ModuleType, start_server: Callable[..., QuickServer]) -> QuickServer:
    """Running."""
    return start_server(example_module.add_routes)


@pytest.fixture
def all_are_there(example_module: ModuleType) -> Callable[[], object]:
    """Wait until two are in the room: a websocket is open a moment before."""
    return lambda: until(lambda: len(example_module.ROOM) == 2)


def test_everybody_hears_it(server: QuickServer, all_are_there: Callable[[], object]) -> None:
    """Also who has said it; who has left does not disturb."""
    url = f"{server.url.replace('http', 'ws', 1)}room"
    with connect(f"{url}?name=ann") as ann, connect(f"{url}?name=bob") as bob:
        all_are_there()
        ann.send("hello")
        assert [one.recv(30) for one in (ann, bob)] == ["ann: hello"] * 2
        bob.close()
        ann.send("still here?")
        assert ann.recv(30) == "ann: still here?"


def test_long_speeches_are_refused(server: QuickServer) -> None:
    """1009, message too large."""
    with connect(f"{server.url.replace('http', 'ws', 1)}room") as ann:
        ann.send("x" * 1001)
        with pytest.raises(ConnectionClosed, match="1009"):
            ann.recv(30)


@pytest.mark.browser
def test_the_page(
    server: QuickServer, chromium: Browser, all_are_there: Callable[[], object]
) -> None:
    """What is typed in one page appears in the other."""
    with chromium.new_context() as visitor:
        ann, bob = visitor.new_page(), visitor.new_page()
        for page, name in ((ann, "ann"), (bob, "bob")):
            page.goto(f"{server.url}?name={name}")
        all_are_there()
        ann.wait_for_function("socket.readyState === 1")
        ann.fill("input", "hello <b>")
        ann.click("button")
        assert bob.wait_for_selector("li").inner_text() == "ann: hello <b>"
