"""Tabs of one visitor, and a handler that hangs, in a real browser."""

import asyncio

import pytest

from quick_htag.engines.detect import load_engine

pytestmark = pytest.mark.browser
htag = pytest.importorskip("htag", exc_type=ImportError)
MAJOR = load_engine().major
Base = htag.Tag.div if MAJOR == 1 else htag.Tag.App


class Board(Base):
    """Runs a script in the page that asks, changes what all show, and hangs."""

    imports = ()

    def init(self):
        self.shown = htag.Tag.b("0", _class="shown")
        self += htag.Tag.button("call", _class="call", _onclick=self.do_call)
        self += htag.Tag.button("hang", _class="hang", _onclick=self.do_hang)
        self += self.shown

    def do_call(self, _=None):
        self.shown.clear("called")
        script = "window.mine = (window.mine || 0) + 1"
        self.call(script) if MAJOR == 1 else self.call_js(script)

    async def do_hang(self, _=None):
        await asyncio.sleep(60)


@pytest.fixture
def tab(chromium, start_server, transport):
    """``tab(**options)`` opens the board, the second time in another tab of the same visitor."""
    context = chromium.new_context()
    servers = []

    def open_tab(**options):
        if not servers:
            options = {"transport": transport, **options}
            servers.append(start_server(lambda server: server.bind_htag("/", Board, **options)))
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.goto(servers[0].url)
        page.wait_for_function("() => quick_htag.state === 'open'")
        return page

    yield open_tab
    context.close()


def test_a_call_runs_in_the_tab_that_was_clicked(tab):
    """The change is shown in both, the script of the handler runs in one."""
    first, second = tab(), tab()
    first.click(".call")
    for page in (first, second):
        page.wait_for_function("() => document.querySelector('.shown').textContent == 'called'")
    first.wait_for_function("() => window.mine === 1")
    second.click(".call")
    second.wait_for_function("() => window.mine === 1")
    assert first.evaluate("window.mine") == 1


def test_a_handler_that_hangs_is_told_and_replaced(tab):
    """The page says that the app did not answer in time; the button leads to a new one."""
    page = tab(timeout_interaction=3.0)  # a busy machine needs a while to make a page, too
    page.click(".call")
    page.wait_for_function("() => document.querySelector('.shown').textContent == 'called'")
    page.click(".hang")
    page.get_by_text("did not answer in time").wait_for()
    page.get_by_role("button", name="Start again").click()
    page.wait_for_function("() => document.querySelector('.shown')?.textContent == '0'")
