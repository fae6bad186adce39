"""The counter: clicks, tabs, visitors and places it is bound to."""

import pytest


def test_every_kind_of_handler_counts(sample):
    """One click is one more, whatever the handler is."""
    page = sample("counter").page()
    for count, button in enumerate(("bound", "lambda", "nested"), 1):
        page.click("button", button)
        assert page.find(".count").text == str(count)


def test_a_reload_keeps_state_and_ids(sample):
    """The same instance renders again."""
    counter = sample("counter")
    visitor = counter.visitor()
    page = counter.page(visitor)
    page.click("button", "bound")
    again = counter.page(visitor)
    assert again.find(".count").text == "1"
    assert again.find(".count")["id"] == page.find(".count")["id"]


def test_two_visitors_count_for_themselves(sample):
    """Nothing of one is seen by the other."""
    counter = sample("counter")
    one, other = counter.page(), counter.page()
    one.click("button", "bound")
    assert (one.find(".count").text, other.find(".count").text) == ("1", "0")


def test_two_tabs_show_the_same(sample):
    """A click in one changes both."""
    counter = sample("counter")
    visitor = counter.visitor()
    one, other = counter.page(visitor), counter.page(visitor)
    one.click("button", "bound")
    other.wait_for("1", ".count")


@pytest.mark.parametrize("path", ["/", "/a", "/a/b/"])
def test_it_is_bound_anywhere(sample, path):
    """With and without a slash at the end."""
    counter = sample("counter", path=path)
    for spelling in {path, path.rstrip("/") or "/", path.rstrip("/") + "/"}:
        page = counter.page(path=spelling)
        page.click("button", "bound")
        assert page.find(".count").text == "1"


def test_it_runs_on_the_common_loop(sample):
    """An app that never blocks needs no thread of its own."""
    page = sample("counter", isolation="loop").page()
    page.click("button", "lambda")
    assert page.find(".count").text == "1"
