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
def server(start_server, transport):
    """A server of the board."""
    options = {"transport": transport, "timeout_interaction": 60}
    return start_server(lambda server: server.bind_htag("/", Board, **options))


@pytest.fixture
def tab(chromium, server):
    """``tab()`` opens the board, the second time in another tab of the same visitor."""
    context = chromium.new_context()

    def open_tab():
        page = context.new_page()
        page.goto(server.url)
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


def test_a_handler_that_hangs_is_told_and_replaced(tab, server):
    """The page says that the app did not answer in time; the button leads to a new one."""
    page = tab()
    page.click(".call")
    page.wait_for_function(
        "() => document.querySelector('.shown').textContent == 'called' && !quick_htag.pending"
    )
    (instance,) = server.guis._table.live()
    instance._interactions.limit = 0.3  # seconds, from here on: what came before takes its time
    page.click(".hang")
    page.get_by_text("did not answer in time").wait_for()
    page.get_by_role("button", name="Start again").click()
    page.wait_for_function("() => document.querySelector('.shown')?.textContent == '0'")
