"""The weaknesses of quick_server in routes and tokens, W49 and W50, and that they are gone."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from quick_htag import QuickServer

    Start = Callable[..., QuickServer]

TIMEOUT = 30.0  # seconds


def routes(*masks: tuple[str, int | None]) -> Callable[[QuickServer], None]:
    """Each route tells its mask, its segments and what is left of the path."""

    def setup(server: QuickServer) -> None:
        for mask, argc in masks:

            def tell(req: Any, args: Any, mask: str = mask) -> Any:
                return [mask, args["segments"], args["paths"], args["query"]]

            server.json_get(mask, argc)(tell)

    return setup


@pytest.mark.parametrize(
    ("masks", "path", "mask"),
    [
        ([("/z/:averylongname", 0), ("/z/lit", 0)], "z/lit", "/z/lit"),
        ([("/z/:name", None), ("/z/:name/:more", 0)], "z/a/b", "/z/:name/:more"),
        ([("/a/b", 0), ("/a", 2)], "a/b/c", None),
        ([("/a/b", 0), ("/a", None)], "a/b/c", "/a"),
        ([("/a/:x/c", 0), ("/:y/b", 0)], "a/b", "/:y/b"),
    ],
)
def test_w49_the_best_route_that_fits(
    quiet: Start, masks: Any, path: str, mask: str | None
) -> None:
    """Literal before parameter, longer before shorter, and the next one when it does not fit."""
    answer = requests.get(quiet(routes(*masks)).url + path, timeout=TIMEOUT)
    if mask is None:
        mask = "/a"  # two segments are left after it
    assert answer.json()[0] == mask


def test_w49_segments_are_decoded_and_end_before_the_query(quiet: Start) -> None:
    """So a value is what the client meant."""
    server = quiet(routes(("/x/:name", None)))
    answer = requests.get(f"{server.url}x/a%20b/c?d=e", timeout=TIMEOUT)
    assert answer.json()[1:] == [{"name": "a b"}, ["c"], {"d": "e"}]


def test_w49_counts_belong_to_one_method(quiet: Start) -> None:
    """And a mask without one works."""

    def setup(server: QuickServer) -> None:
        server.json_get("/x", 1)(lambda req, args: "one")
        server.json_post("/x", 0)(lambda req, args: "none")
        server.add_json_get_mask("/y", lambda req, args: args["paths"])

    server = quiet(setup)
    assert requests.get(f"{server.url}x/1", timeout=TIMEOUT).json() == "one"
    assert requests.post(f"{server.url}x", timeout=TIMEOUT).json() == "none"
    assert requests.get(f"{server.url}y/1/2", timeout=TIMEOUT).json() == ["1", "2"]


def test_w49_dots_are_gone_before_the_route(quiet: Start) -> None:
    """``paths`` has no step up that was in the path, however it was spelled."""
    server = quiet(routes(("/x", None)))
    answer = requests.get(f"{server.url}x/a/%2e%2e/b", timeout=TIMEOUT)
    assert ".." not in answer.json()[2]


def test_w50_requests_of_one_token_take_turns(quiet: Start) -> None:
    """Twenty that count at the same time count to twenty."""

    def count(req: Any, args: Any) -> int:
        with server.get_token_obj("t") as obj:
            seen = obj.get("n", 0)
            threading.Event().wait(0.005)  # others come in between
            obj["n"] = seen + 1
            return seen + 1

    server = quiet(lambda s: s.json_get("/x", 0)(count))
    threads = [
        threading.Thread(target=requests.get, args=(f"{server.url}x",), kwargs={"timeout": TIMEOUT})
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT)
    assert server.get_token_obj("t", readonly=True) == {"n": 20}


def test_w50_a_token_may_end_inside_of_its_block(quiet: Start) -> None:
    """Which is no error, and it does not come back."""

    def end(req: Any, args: Any) -> str:
        with server.get_token_obj("t") as obj:
            server.get_token_obj("t", expire=0)
            obj["late"] = 1
        return "fine"

    server = quiet(lambda s: s.text_get("/x", 0)(end))
    assert requests.get(f"{server.url}x", timeout=TIMEOUT).text == "fine"
    assert server.get_tokens() == []


def test_w50_reading_changes_nothing(quiet: Start) -> None:
    """Neither a token that is not there nor how long one lasts."""
    server = quiet()
    assert server.get_token_obj("t", readonly=True) == {}
    assert server.get_tokens() == []
    server.get_token_obj("t", expire=60)
    server.get_token_obj("t", expire=6000, readonly=True)
    assert server.get_token_ttl("t") <= 60
