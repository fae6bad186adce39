"""The live app in a real browser."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.pages import GOT_IS_GAPLESS, wait_for_text

pytestmark = pytest.mark.browser

LIVE_APPS = Path(__file__).resolve().parent.parent / "live_apps"


def test_a_click_changes_the_page(visit):
    """A click runs its handler, and what it changed shows up."""
    page = visit()
    page.click(".more")
    page.click(".more")
    wait_for_text(page, ".count", "2")


def test_typing_reaches_the_app(visit):
    """What is typed arrives in Python, and the typing is not disturbed by pushes."""
    page = visit()
    page.locator(".text").press_sequentially("grüße, 1 & 2", delay=30)
    wait_for_text(page, ".echo", "GRÜSSE, 1 & 2")
    assert page.input_value(".text") == "grüße, 1 & 2"


def test_pushes_arrive_without_a_click(visit):
    """The page moves by itself."""
    page = visit()
    first = int(page.text_content(".ticks"))
    page.wait_for_function(
        "first => Number(document.querySelector('.ticks').textContent) > first + 5", arg=first
    )


def test_two_visitors_have_an_app_each(visit):
    """What one visitor does is not seen by another."""
    first, second = visit(), visit()
    first.click(".more")
    wait_for_text(first, ".count", "1")
    second.click(".more")
    second.click(".more")
    wait_for_text(second, ".count", "2")
    assert first.text_content(".count") == "1"


def test_two_tabs_of_one_visitor_show_the_same(visit):
    """A second tab shows the state of the first, and changes show up in both."""
    page = visit()
    page.click(".more")
    wait_for_text(page, ".count", "1")
    other = page.context.new_page()
    other.goto(page.url)
    wait_for_text(other, ".count", "1")
    other.click(".more")
    wait_for_text(page, ".count", "2")


def test_a_reload_keeps_the_state(visit):
    """F5 finds the app as it was left."""
    page = visit()
    page.click(".more")
    wait_for_text(page, ".count", "1")
    page.reload()
    wait_for_text(page, ".count", "1")
    page.click(".more")
    wait_for_text(page, ".count", "2")


def test_a_cut_connection_loses_and_repeats_nothing(visit, network):
    """Pushes and clicks made while the connection is cut all arrive, once."""
    page = visit()
    for cycle in range(3):
        network.cut()
        page.wait_for_function("() => quick_htag.state === 'lost'")
        page.evaluate("document.querySelector('.more').click()")
        page.evaluate("document.querySelector('.more').click()")
        seen = page.evaluate("got.length")
        network.mend()
        wait_for_text(page, ".count", str(2 * cycle + 2))
        page.wait_for_function("seen => got.length > seen + 5", arg=seen)
    assert page.evaluate(GOT_IS_GAPLESS)


def test_a_lost_connection_is_shown(visit, network):
    """The page is marked while it has no connection, and not afterwards."""
    page = visit()
    network.cut()
    page.wait_for_selector("body.htagoff", state="attached")
    network.mend()
    page.wait_for_selector("body:not(.htagoff)", state="attached")


def test_a_killed_session_is_told(visit, live):
    """A page whose session the owner ended says so, and can start again."""
    page = visit()
    page.click(".more")
    wait_for_text(page, ".count", "1")
    live.handle_cmd("sessions clear")
    page.get_by_role("button", name="Start again").click()
    wait_for_text(page, ".count", "0")


def test_a_stopped_server_leaves_the_page_as_it_is(visit, live):
    """A page stays as it is when the server ends, and tells that it tries again."""
    page = visit()
    live.shutdown()
    page.wait_for_function("() => quick_htag.state === 'lost'")
    assert page.text_content(".count") == "0"


def test_quit_at_the_prompt_ends_the_program(chromium):
    """With a page open, ``quit`` ends the program with exit code 0."""
    root = str(LIVE_APPS.parent.parent)
    process = subprocess.Popen(
        [sys.executable, str(LIVE_APPS / "serve.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
    )
    try:
        page = chromium.new_page()
        page.goto(process.stderr.readline().strip())
        page.wait_for_function("() => window.quick_htag.transport === 'websocket'")
        _, errors = process.communicate("sessions\nquit\n", timeout=60)
        page.close()
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, errors
    assert "websocket" in errors
