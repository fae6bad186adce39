"""The crasher: what fails is told without details, and everything goes on."""

from contextlib import nullcontext

import pytest

MARKUP = "</script><img"


@pytest.mark.parametrize("where", ["init", "render"])
def test_a_page_that_cannot_be_opened(sample, where):
    """500, without the text of the exception."""
    crasher = sample("crasher")
    answer = crasher.visitor().get(f"/?where={where}")
    assert answer.status == 500
    assert "<img" not in answer.text


def test_with_debug_it_is_escaped(sample):
    """The developer sees it, as text."""
    crasher = sample("crasher")
    crasher.server.debug = True
    answer = crasher.visitor().get("/?where=init")
    assert answer.status == 500
    assert "onerror" in answer.text
    assert answer.headers["content-type"].startswith("text/plain") or MARKUP not in answer.text


@pytest.mark.parametrize("button", ["before", "after", "second", "endless"])
def test_a_handler_that_fails(sample, button):
    """The page is told, stays as Python has it, and works on."""
    page = sample("crasher").page()
    with pytest.raises(AssertionError, match="the app has failed") as caught:
        page.click("button", button)
    assert "onerror" not in str(caught.value)
    expected = {"after": "changed", "second": "first step"}.get(button, "fine")
    page.wait_for(expected, ".shown")
    page.click("button", "good")
    assert page.find(".shown").text == "good"


def test_a_result_that_cannot_be_sent(sample, major):
    """Handlers of htag 1 return nothing, those of htag 2 what they like; the page works on."""
    page = sample("crasher").page()
    with pytest.raises(AssertionError, match="has failed") if major == 1 else nullcontext():
        page.click("button", "odd")
    page.click("button", "good")
    assert page.find(".shown").text == "good"


def test_others_do_not_notice(sample):
    """A second visitor's page is as it was."""
    crasher = sample("crasher")
    page, other = crasher.page(), crasher.page()
    with pytest.raises(AssertionError):
        page.click("button", "after")
    other.click("button", "good")
    assert other.find(".shown").text == "good"
    assert not other.errors
