"""The sleeper: handlers that take too long, alone and beside others."""

import threading

import pytest

from tests.patience import quick


@pytest.fixture
def gate(sample):
    """What the blocking handlers wait for."""
    from gate import GATE

    GATE.reset()
    yield GATE
    GATE.open()


@pytest.mark.parametrize("how", ["block", "spin"])
def test_others_are_not_held_up(sample, gate, how):
    """A click beside a blocked session takes no longer."""
    sleeper = sample("sleeper")
    blocked, other = sleeper.page(), sleeper.page()
    thread = threading.Thread(target=blocked.click, args=("button", how))
    thread.start()
    assert gate.entered.wait(30)
    quick(lambda: other.click("button", "quick"), 0.5, 20.0)  # the handler waits for 30 seconds
    gate.open()
    thread.join()
    assert blocked.find(".shown").text == "awake again"


def test_what_sleeps_in_a_coroutine_is_cancelled(sample):
    """At the limit the page gets an error, and the app goes on."""
    page = sample(
        "sleeper", timeout_interaction=2.0
    ).page()  # a busy machine needs a while to make a page, too
    with pytest.raises(AssertionError):
        page.click("button", "sleep")
