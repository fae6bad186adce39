"""How pages of the live app connect, in a real browser, on networks that forbid and cut."""

from __future__ import annotations

import pytest

from tests.browser.pages import GOT_IS_GAPLESS, click_many, wait_for_text
from tests.ports import free_port

pytestmark = pytest.mark.browser

# an attempt to connect may take as long as a busy machine needs
PATIENT = """const later = setTimeout;
setTimeout = (callback, ms) => later(callback, ms === 2500 ? 60_000 : ms);"""


@pytest.fixture
def transport():
    """Pages choose for themselves."""
    return


@pytest.fixture
def live(start_server, app_name, transport, firewall):
    """A server with the live app at its root, behind the firewall."""

    def setup(server):
        server.bind_htag("/", app_name, transport=transport)
        server.add_pre_middleware(firewall)

    return start_server(setup)


def wait_for_transport(page, name):
    """Wait until the page is connected in this way."""
    page.wait_for_function("name => quick_htag.transport === name", arg=name)


@pytest.mark.parametrize(
    ("refused", "name"),
    [((), "websocket"), (("websocket",), "sse"), (("websocket", "sse"), "poll")],
)
def test_a_page_takes_what_works(visit, firewall, refused, name):
    """Without a setting, and it is live."""
    firewall.refused = set(refused)
    page = visit()
    wait_for_transport(page, name)
    page.click(".more")
    wait_for_text(page, ".count", "1")


@pytest.mark.parametrize(("silent", "name"), [("websocket", "sse"), ("sse", "poll")])
def test_a_network_that_swallows_is_left(visit, firewall, silent, name):
    """A connection that neither opens nor fails does not hold the page up."""
    firewall.refused = {"websocket"} - {silent}
    firewall.silent = {silent}
    page = visit()
    wait_for_transport(page, name)


def test_a_page_goes_up_again(visit, firewall):
    """When the better transport works, it takes over, and nothing is lost or repeated."""
    firewall.refused = {"websocket"}
    page = visit(before=f"Math.random = () => 0; {PATIENT}")  # tries after 4 seconds
    wait_for_transport(page, "sse")
    firewall.refused = set()
    page.evaluate("window.clicks = setInterval(() => document.querySelector('.more').click(), 50)")
    page.evaluate(
        "() => void quick_htag.onstate(({state}) => (window.states ||= new Set()).add(state))"
    )
    wait_for_transport(page, "websocket")
    page.evaluate("clearInterval(clicks)")
    page.wait_for_function("() => quick_htag.pending === 0")
    assert page.evaluate(GOT_IS_GAPLESS)
    assert page.evaluate("[...states]") == ["open"]  # the user has seen nothing of it


@pytest.mark.parametrize(("mode", "name"), [("sse", "sse"), ("http", "poll")])
def test_a_cookie_chooses(visit, mode, name):
    """The one of htag 2, for both generations."""
    page = visit(cookies={"htag_mode": mode})
    wait_for_transport(page, name)
    page.click(".more")
    wait_for_text(page, ".count", "1")


@pytest.mark.parametrize("transport", ["websocket", "sse", "poll"])
def test_cuts_in_a_burst_lose_and_repeat_nothing(visit, network, transport):
    """Wherever the connection is cut, every click is handled once and every push shown once."""
    page = visit()
    clicks = 0
    for moment in range(10):
        click_many(page, 20)
        clicks += 20
        page.wait_for_timeout(moment * 13)
        network.cut()
        page.wait_for_timeout(20)
        network.mend()
        page.wait_for_function("() => window.left === 0")
    page.wait_for_function("() => quick_htag.state === 'open' && quick_htag.pending === 0")
    wait_for_text(page, ".count", str(clicks))
    assert page.evaluate(GOT_IS_GAPLESS)


def test_changes_of_transport_in_a_burst_lose_and_repeat_nothing(visit, network, firewall):
    """The network forbids now this and now that, and cuts in between."""
    page = visit(before="Math.random = () => 0")  # no pause is longer than it must be
    seen = {page.evaluate("quick_htag.transport")}
    clicks = 0
    for refused in ({"websocket"}, {"websocket", "sse"}, {"sse", "poll"}, {"websocket", "poll"}):
        firewall.refused = refused
        click_many(page, 20)
        clicks += 20
        network.cut()
        page.wait_for_timeout(20)
        network.mend()
        page.wait_for_function("() => window.left === 0 && quick_htag.pending === 0")
        seen.add(page.evaluate("quick_htag.transport"))
    wait_for_text(page, ".count", str(clicks))
    assert page.evaluate(GOT_IS_GAPLESS)
    assert seen == {"websocket", "sse", "poll"}


def end_apps(server):
    """End every app while their sessions live, as a restart that keeps sessions does."""
    for instance in server.guis._table.live():
        instance.end(1001, "")


def test_a_page_whose_app_is_gone_loads_itself_again(visit, network, live):
    """Once, at the same place; it is live, and its session the same."""
    page = visit()
    page.click(".more")
    wait_for_text(page, ".count", "1")
    page.evaluate("document.documentElement.style.minHeight = '5000px'; window.old = true")
    network.cut()
    end_apps(live)
    cookies = page.context.cookies()
    network.mend()
    page.wait_for_function("() => !window.old && window.quick_htag?.state === 'open'")
    wait_for_text(page, ".count", "0")
    page.click(".more")
    wait_for_text(page, ".count", "1")
    assert page.context.cookies() == cookies


def test_a_page_does_not_load_itself_in_circles(visit, network, live):
    """The second time it asks."""
    page = visit(before="Date.now = () => 5e12")  # however long all this takes, it is soon
    for _ in range(2):
        page.evaluate("window.old = true")
        network.cut()
        end_apps(live)
        network.mend()
        page.wait_for_function("() => !window.old || quick_htag.state === 'ended'")
        page.wait_for_function("() => window.quick_htag && quick_htag.state !== 'connecting'")
    page.get_by_text("This page is out of date.").wait_for()
    page.get_by_role("button", name="Start again").click()
    page.wait_for_function("() => !window.old && window.quick_htag?.state === 'open'")


@pytest.mark.parametrize("transport", ["websocket", "sse", "poll"])
def test_a_restart_that_keeps_sessions(
    start_server, app_name, chromium, tmp_path, transport, live_apps
):
    """The page comes back by itself, to the same session; it is not asked, and goes no circles."""
    from quick_htag.stores.sqlite import SQLiteStore

    def serve(port):
        def setup(server):
            server.bind_htag("/", app_name, transport=transport)

        return start_server(setup, store=SQLiteStore(str(tmp_path / "s.db")), address=("", port))

    server = serve(free_port())  # which is given to nobody else in between
    page = chromium.new_page()
    page.goto(server.url)
    page.wait_for_function("() => (window.got || []).length > 0")
    cookies = page.context.cookies()
    page.evaluate("window.old = true")
    server.shutdown()
    server.server_close()
    page.wait_for_function("() => quick_htag.state === 'lost'")
    page.click(".more")  # for an app that is gone
    serve(server.server_port)
    page.wait_for_function("() => !window.old && window.quick_htag?.state === 'open'")
    wait_for_text(page, ".count", "1")
    page.click(".more")
    wait_for_text(page, ".count", "2")
    assert page.context.cookies() == cookies
    page.close()


def test_a_restart_that_forgets_sessions_is_told(start_server, app_name, chromium, live_apps):
    """The page says that its session has ended, and one click leads to a new one."""

    def setup(server):
        server.bind_htag("/", app_name)

    server = start_server(setup, address=("", free_port()))
    page = chromium.new_page()
    page.goto(server.url)
    page.wait_for_function("() => (window.got || []).length > 0")
    server.shutdown()
    server.server_close()
    start_server(setup, address=("", server.server_port))
    page.get_by_text("This session has ended.").wait_for()
    page.get_by_role("button", name="Start again").click()
    page.wait_for_function("() => window.quick_htag?.state === 'open'")
    page.close()


@pytest.mark.parametrize("transport", ["sse", "poll"])
def test_a_server_that_stops_leaves_no_thread(visit, live, transport):
    """Also with pages on it; the fixture of the server looks."""
    page = visit()
    live.shutdown()
    page.wait_for_function("() => quick_htag.state === 'lost'")
    page.wait_for_selector("body.htagoff", state="attached")


def test_the_globals_of_htag_2_work(visit, app_name):
    """Scripts of apps that use them go on."""
    if app_name.startswith("app_htag1"):
        pytest.skip("they are those of htag 2")
    page = visit()
    more = page.get_attribute(".more", "onclick")
    tag = more.split("htag_event('")[1].split("'")[0]
    event = {"id": tag, "event": "click", "data": {}}
    page.evaluate("event => htag_transport(event)", event)
    page.evaluate("event => { _htag_queue.push(event); init_ws(); }", event)
    page.evaluate("event => _send_http(event)", event)
    page.evaluate("tag => htag_event(tag, 'click', {})", tag)
    wait_for_text(page, ".count", "4")
    wait_for_transport(page, "websocket")
    page.evaluate("fallback()")
    page.evaluate("handle_payload({action: 'update', updates: {}, js: ['window.ran = 1']})")
    assert page.evaluate("window.ran") == 1
