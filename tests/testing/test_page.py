"""Pages of real apps, driven without a browser."""

import json
import re

import pytest

from quick_htag.testing import GuiPage, PageClosed, TestClient, open_app


@pytest.fixture
def page(app_name, no_thread_left):
    """A page of the app that counts."""
    with open_app(app_name) as page:
        yield page


def test_a_click_changes_the_page(page):
    """Its change is there when the step is over."""
    page.click("button.more")
    page.click("button", "more")
    assert page.find(".count").text == "2"


def test_typing(page):
    """The app has heard of the text."""
    page.type(".text", "hello")
    assert page.find(".echo").text == "HELLO"


def test_waiting_for_a_push(page):
    """What the app changes by itself arrives."""
    page.wait_for("3", ".ticks")
    assert any("got" in script for script in page.scripts)


def test_a_dropped_connection_misses_nothing(page):
    """After connecting again everything is there, once."""
    page.wait_for("1", ".ticks")
    page.drop()
    page.connect()
    page.click(".more")
    numbers = [int(one) for one in re.findall(r"push\((\d+)\)", "\n".join(page.scripts))]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert page.find(".count").text == "1"


def test_a_second_page_of_the_visitor_sees_the_same(page):
    """Until it is another visitor."""
    page.click(".more")
    with GuiPage(page._client) as second:
        assert second.find(".count").text == "1"
    with GuiPage(TestClient(page._client.app)) as stranger:
        assert stranger.find(".count").text == "0"


def test_what_is_not_there_fails(page):
    """The message shows the page."""
    with pytest.raises(AssertionError, match=r"0 elements are \.missing in <body"):
        page.click(".missing")
    with pytest.raises(AssertionError, match="nothing listens to click"):
        page.click(".count")
    with pytest.raises(AssertionError, match=r"waited 0.01 s for 'x' in .nothing"):
        page.wait_for("x", ".nothing", 0.01)


def test_a_closed_page_is_told(page):
    """With the code and the reason that a browser gets."""
    page._connection.send(json.dumps(["no event"]))
    with pytest.raises(AssertionError, match="the page was closed with 1008"):
        page.wait_for("what never comes")


def test_a_page_that_is_none():
    """What was answered is shown."""
    from quick_htag import create_server

    with create_server(("127.0.0.1", 0)) as server:
        server.text_get("/", 0)(lambda req, args: "text")
        client = TestClient(server.app)
        with pytest.raises(AssertionError, match="answered 404"):
            GuiPage(client, "/missing")
        with pytest.raises(AssertionError, match="no page of an app"):
            GuiPage(client)
        with pytest.raises(AssertionError, match="TestResponse 404"):
            client.websocket("/ws")


def test_the_closing_is_an_exception_of_its_own():
    """With code and reason."""
    assert str(PageClosed(4001, "over")) == "closed with 4001 'over'"
