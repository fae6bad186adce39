"""The stepper: handlers of every kind, and changes between their steps."""

import pytest


@pytest.mark.parametrize("kind", ["plain", "coroutine", "generator", "agenerator"])
def test_all_steps_arrive_in_order(sample, kind):
    """Whatever the handler is."""
    page = sample("stepper").page()
    page.click("button", kind)
    assert page.find(".log").text == "abc"


@pytest.mark.parametrize("kind", ["generator", "agenerator"])
def test_steps_are_seen_one_by_one(sample, kind):
    """Each yield shows what there is so far."""
    page = sample("stepper").page()
    seen = []
    update = page._update
    page._update = lambda key, html: (update(key, html), seen.append(page.find(".log").text))
    page.click("button", kind)
    assert [one for one in seen if one][:3] == ["a", "ab", "abc"]


def test_yielded_content_is_appended(sample, major):
    """What a generator of htag 1 yields goes into the tag it belongs to."""
    if major == 2:
        pytest.skip("htag 2 has no such thing")
    page = sample("stepper").page()
    page.click("button", "streamed")
    assert [one.text for one in page.document.select("i")] == ["a", "b", "c"]


def test_hooks_may_be_generators(sample, major):
    """Their steps arrive without an event."""
    if major == 1:
        pytest.skip("htag 1 has no hooks")
    sample("stepper").page().wait_for("m1 m2", ".hooks")


def test_an_abandoned_generator_goes(sample):
    """The page leaves in the middle; the app still works for the next one."""
    stepper = sample("stepper")
    visitor = stepper.visitor()
    page = stepper.page(visitor)
    page.drop()
    again = stepper.page(visitor)
    again.click("button", "generator")
    assert again.find(".log").text == "abc"
