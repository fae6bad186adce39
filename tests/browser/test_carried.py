"""What was done and typed in a page outlives its app, when the server is started again."""

from __future__ import annotations

import importlib

import pytest

from quick_htag import Settings, SQLiteStore

pytestmark = pytest.mark.browser

NOT_CARRIED_OUT = "What you did last was not carried out."
MAYBE = "What you did last may not have been carried out."
BACK = "() => !window.old && window.quick_htag?.state === 'open' && quick_htag.pending === 0"


@pytest.fixture
def app(live_apps):
    """The module of the app, with nothing done."""
    htag = pytest.importorskip("htag", exc_type=ImportError)
    gate = importlib.import_module("gate")
    module = importlib.import_module(f"carried_htag{2 if hasattr(htag, 'State') else 1}")
    yield module
    gate.GATE.open()


@pytest.fixture
def transport():
    """Pages choose for themselves."""
    return


@pytest.fixture
def options():
    """For ``bind_htag``."""
    return {}


class Site:
    """A server that can be stopped and started again, with the same sessions and port."""

    def __init__(self, start_server, app, path, options):
        self._start, self._app, self._path, self._options = start_server, app, path, options
        self._port = 0
        self.server = None

    def start(self):
        store = SQLiteStore(self._path)

        def setup(server):
            server.bind_htag("/", self._app.App, **self._options)

        settings = Settings(shutdown_timeout=1.0)
        address = ("", self._port)
        self.server = self._start(setup, store=store, address=address, settings=settings)
        self._port = self.server.server_port

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.server.store.close()


@pytest.fixture
def site(start_server, app, tmp_path, transport, options):
    """Started."""
    site = Site(start_server, app, tmp_path / "s.db", {"transport": transport, **options})
    site.start()
    yield site
    site.stop()


@pytest.fixture
def page(site, chromium):
    """Of the app, connected."""
    context = chromium.new_context()
    context.add_init_script("Math.random = () => 0")  # no pause is longer than it must be
    page = context.new_page()
    page.goto(site.server.url)
    page.wait_for_function("() => window.quick_htag?.state === 'open'")
    page.evaluate("window.old = true")
    yield page
    context.close()


def away(site, page):
    """Stop the server, and wait until the page has noticed."""
    site.stop()
    page.wait_for_function("() => quick_htag.state === 'lost'")


def back(site, page):
    """Start it again, and wait until the page is there with all it had to say."""
    site.start()
    page.wait_for_function(BACK)


@pytest.mark.parametrize("transport", ["websocket", "sse", "poll"])
def test_clicks_meanwhile_are_carried_out(site, page, app, transport):
    """By the new app, once each, in their order, and what looks alike is told apart."""
    page.click(".more")
    page.get_by_text("1", exact=True).wait_for()
    away(site, page)
    page.click(".more")
    page.click("li:nth-child(2) .delete")
    page.click(".more")
    back(site, page)
    page.wait_for_function("() => document.querySelector('.count').textContent === '3'")
    assert app.DONE == ["more", "more", "delete b", "more"]
    assert page.get_by_text(NOT_CARRIED_OUT).count() == 0


@pytest.mark.parametrize("options", [{"parano": True}, {"persist": True}])
def test_so_they_are_with_options(site, page, app, options):
    """Of encrypted pages, and of apps that keep their state."""
    away(site, page)
    page.click(".more")
    page.click("li:nth-child(3) .delete")
    back(site, page)
    assert app.DONE == ["more", "delete c"]


def test_another_row_is_not_deleted(site, page, app):
    """The new app shows other rows; the user is told, and what came after is not done either."""
    away(site, page)
    page.click(".more")
    page.click("li:nth-child(2) .delete")
    page.click(".more")
    app.NAMES.remove("a")
    back(site, page)
    page.get_by_text(NOT_CARRIED_OUT).wait_for()
    assert app.DONE == ["more"]


def test_what_has_begun_is_not_repeated(site, page, app):
    """The server stops in the middle of a handler: the user is told that it may not be done."""
    page.click(".block")
    page.wait_for_function("() => quick_htag.pending === 1")
    page.click(".more")  # waits behind it
    while "block" not in app.DONE:
        page.wait_for_timeout(10)
    away(site, page)
    back(site, page)
    page.get_by_text(MAYBE).wait_for()
    assert app.DONE == ["block", "more"]


def test_another_visitor_gets_nothing(site, page, app):
    """What was done in a session that is gone is not done in the next one of the same tab."""
    away(site, page)
    page.click(".more")
    page.context.clear_cookies()
    site.start()
    page.get_by_role("button", name="Start again").click()
    page.wait_for_function(BACK)
    assert app.DONE == []


def test_what_was_typed_is_still_there(site, page, app):
    """Text, choices and the caret; the app knows what it would have been told, and no secret."""
    page.locator(".silent").fill("long text")
    page.select_option(".colour", "blue")
    page.check(".agree")
    page.locator(".secret").fill("secret")
    page.locator(".live").press_sequentially("hal")
    page.wait_for_function("() => quick_htag.pending === 0")
    page.evaluate("document.querySelector('.live').setSelectionRange(1, 2)")
    away(site, page)
    back(site, page)
    page.wait_for_function("() => document.querySelector('.live').value === 'hal'")
    assert page.locator(".silent").input_value() == "long text"
    assert page.locator(".colour").input_value() == "blue"
    assert page.locator(".agree").is_checked()
    assert page.locator(".secret").input_value() == ""
    assert page.evaluate(
        "[document.activeElement.className, document.activeElement.selectionStart]"
    ) == ["live", 1]
    page.click(".save")
    page.wait_for_function("() => quick_htag.pending === 0")
    assert app.DONE == ["save hal"]


def test_half_typed_text_is_told_when_it_is_done(site, page, app):
    """As if nothing had been; what was told before is not told again."""
    page.locator(".settled").press_sequentially("one")
    page.locator(".settled").press("Enter")
    page.wait_for_function("() => quick_htag.pending === 0")
    page.locator(".settled").press_sequentially(" two")
    away(site, page)
    back(site, page)
    page.wait_for_function("() => document.querySelector('.settled').value === 'one two'")
    told = [text for text in app.DONE if text.startswith("settled")]
    page.locator(".settled").blur()
    page.wait_for_function("() => quick_htag.pending === 0")
    assert told == ["settled one"]
    assert app.DONE == ["settled one", "settled one two"]
