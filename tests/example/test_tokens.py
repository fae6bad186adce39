"""The example of tokens keeps a list for each visitor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from quick_htag import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page, Response

    from quick_htag import QuickServer


@pytest.fixture
def server(
    load_example: Callable[[str], Any], start_server: Callable[..., QuickServer]
) -> QuickServer:
    """The example, running."""
    return start_server(
        load_example("tokens").add_routes, settings=Settings(issued_tokens_only=True)
    )


def ask(server: QuickServer, path: str, **body: Any) -> requests.Response:
    """Post JSON."""
    return requests.post(server.url + path, json=body, timeout=30)


def test_each_token_has_its_list(server: QuickServer) -> None:
    """What one adds the other does not see."""
    ann, bob = (ask(server, "token").json()["token"] for _ in "ab")
    ask(server, "add", token=ann, item="milk")
    assert ask(server, "add", token=ann, item="bread").json() == {"list": ["milk", "bread"]}
    assert ask(server, "list", token=bob).json() == {"list": []}


def test_tokens_of_others_are_refused(server: QuickServer) -> None:
    """A token the server did not give opens nothing."""
    assert ask(server, "add", token="mine", item="milk").status_code == 403
    assert ask(server, "list", token="mine").status_code == 403


def listed(page: Page, load: Callable[[], object]) -> None:
    """Load it, and wait until it has its token and has shown its list."""

    def is_list(answer: Response) -> bool:
        return answer.url.endswith("/list") and answer.status == 200

    with page.expect_response(is_list) as found:
        load()
    found.value.finished()


@pytest.mark.browser
def test_the_page(server: QuickServer, chromium: Browser) -> None:
    """The list is there again after a reload, and a forgotten token is replaced."""
    with chromium.new_context() as visitor:
        page = visitor.new_page()
        listed(page, lambda: page.goto(server.url))
        page.fill("input", "milk <b>")
        page.click("button")
        page.wait_for_selector("li")
        page.reload()
        assert page.wait_for_selector("li").inner_text() == "milk <b>"
        for token in server.get_tokens():
            server.get_token_obj(token, 0)
        listed(page, page.reload)  # which it does once more, without the token
        assert page.locator("li").count() == 0
        page.fill("input", "bread")
        page.click("button")
        assert page.wait_for_selector("li").inner_text() == "bread"
