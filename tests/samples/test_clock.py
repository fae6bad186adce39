"""The clock: pushes that nobody asked for, and their end."""

from tests.patience import until


def gone(running):
    """Wait until no task ticks any more."""
    until(lambda: not running)


def test_it_ticks_before_the_first_event(sample):
    """The page changes by itself."""
    page = sample("clock").page()
    first = int(page.find(".time").text)
    page.wait_for(str(first + 3), ".time")


def test_it_ticks_on_after_a_reconnect(sample):
    """Nothing of it is missing or doubled."""
    page = sample("clock").page()
    page.wait_for("2", ".time")
    page.drop()
    page.connect()
    now = int(page.find(".time").text)
    page.wait_until(lambda: int(page.find(".time").text) > now + 2)


def test_a_reload_has_one_clock(sample):
    """The task is not started a second time, or the first one is cancelled."""
    clock = sample("clock")
    visitor = clock.visitor()
    clock.page(visitor)
    clock.page(visitor).wait_until(lambda: len(clock.module.RUNNING) == 1)


def test_the_end_of_the_session_ends_the_task(sample):
    """Nothing runs for nobody."""
    clock = sample("clock")
    clock.page().wait_for("1", ".time")
    clock.server.guis.clear()
    gone(clock.module.RUNNING)


def test_the_end_of_the_server_ends_the_task(sample):
    """Nothing runs afterwards."""
    clock = sample("clock")
    clock.page().wait_for("1", ".time")
    clock.server.shutdown()
    gone(clock.module.RUNNING)
