"""Two tabs with the very same document, as browsers make them of what they have loaded."""

from __future__ import annotations

import pytest

from tests.browser.pages import GOT_IS_GAPLESS, click_many, is_done, wait_for_text

pytestmark = pytest.mark.browser


@pytest.fixture
def transport():
    """Pages choose for themselves."""
    return


def open_copy(page):
    """Another tab with the document of this one: the app is the same, and so is the page's id."""
    config = page.evaluate(
        "[...document.scripts].find(({text}) => text.startsWith('window.quick_htag_page=')).text"
    )
    copy = page.context.new_page()
    copy.add_init_script(
        f"""
        window.loads = Number(sessionStorage.loads ?? 0) + 1;
        sessionStorage.loads = loads;
        if (loads === 1) {{
          {config};
          const keep = {{value: quick_htag_page, writable: false}};
          Object.defineProperty(window, 'quick_htag_page', keep);
        }}
        """
    )
    copy.goto(page.url)
    return copy


@pytest.mark.parametrize("transport", ["websocket", "sse", "poll"])
def test_a_duplicated_tab_is_a_page_of_its_own(visit, transport):
    """It loads itself anew; neither tab pushes the other off, and no click is lost or doubled."""
    page = visit()
    page.evaluate("void quick_htag.onstate(({state}) => (window.states ||= []).push(state))")
    click_many(page, 40)
    copy = open_copy(page)
    copy.wait_for_function("() => window.loads === 2 && window.quick_htag?.state === 'open'")
    click_many(copy, 20)
    is_done(page)
    is_done(copy)
    wait_for_text(copy, ".count", "60")
    assert set(page.evaluate("states")) == {"open"}
    assert page.evaluate(GOT_IS_GAPLESS)
    assert copy.evaluate("quick_htag_page.page") != page.evaluate("quick_htag_page.page")


def test_a_tab_that_a_page_has_opened_and_the_way_back(visit):
    """Both are live all the time; a page that is shown again by "back" is live again."""
    page = visit()
    with page.expect_popup() as opened:
        page.evaluate("void window.open(location.href)")
    popup = opened.value
    popup.wait_for_function("() => window.quick_htag?.state === 'open'")
    click_many(popup, 5)
    is_done(popup)
    popup.goto("about:blank")
    popup.go_back()
    popup.wait_for_function("() => window.quick_htag?.state === 'open'")
    click_many(popup, 5)
    click_many(page, 5)
    is_done(popup)
    is_done(page)
    wait_for_text(page, ".count", "15")
    wait_for_text(popup, ".count", "15")
