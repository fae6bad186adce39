"""The kept one: what it shows outlives it."""

import contextlib

from quick_htag.testing import PageClosed


def end_all(sample):
    """As when nobody has used them for long."""
    for instance in sample.server.guis._table.live():
        instance.end(4001, "idle")


def shown(page):
    """The number and the words."""
    return page.find(".count").text, page.find(".words").text


def test_an_evicted_app_comes_back(sample):
    """With what was clicked and typed; another visitor begins anew."""
    kept = sample("kept", persist=True)
    visitor = kept.visitor()
    page = kept.page(visitor)
    page.click(".more")
    page.type("input", "one")
    page.click(".more")
    page.type("input", "two")
    assert shown(page) == ("2", "one two")
    end_all(kept)
    assert shown(kept.page(visitor)) == ("2", "one two")
    assert shown(kept.page()) == ("0", "")


def test_a_reload_that_recreates_keeps(sample):
    """F5 makes another instance, which shows the same."""
    kept = sample("kept", persist=True, recreate_on_reload=True)
    visitor = kept.visitor()
    kept.page(visitor).click(".more")
    page = kept.page(visitor)
    assert shown(page) == ("1", "")
    page.click(".more")
    assert shown(kept.page(visitor)) == ("2", "")


def test_what_is_not_json_stops_no_app(sample):
    """It is reported once, with its place, and the app goes on."""
    told = []
    kept = sample("kept", persist=True)
    kept.server.log.error_handler = lambda source, text, lines: told.append(text)
    page = kept.page()
    page.click(".odd")
    page.click(".more")
    assert shown(page) == ("2", "a set")
    assert len(told) == 1
    assert "words" in told[0]
    assert "is of type set" in told[0]


def test_who_leaves_begins_anew(sample, major):
    """With htag 1 the state is the session's, and the app may clear it."""
    kept = sample("kept", persist=True)
    visitor = kept.visitor()
    page = kept.page(visitor)
    page.click(".more")
    with contextlib.suppress(PageClosed, AssertionError):
        page.click(".leave")
    assert shown(kept.page(visitor))[0] == ("0" if major == 2 else "1")
