"""Encrypted messages in a real browser, with its own cryptography."""

from __future__ import annotations

import pytest

from tests.browser.pages import GOT_IS_GAPLESS, click_many, wait_for_text
from tests.patience import until

pytestmark = pytest.mark.browser

HOST = "quick-htag.example"


@pytest.fixture
def live(start_server, app_name, transport):
    """A server with the live app at its root, encrypted."""
    from quick_htag import Settings

    return start_server(
        lambda server: server.bind_htag("/", app_name, transport=transport, parano=True),
        settings=Settings(websocket_max_message=2_000_000),
    )


def test_clicks_and_pushes(visit, transport):
    """The page is live on each transport."""
    page = visit()
    assert page.evaluate("quick_htag.transport") == transport
    page.click(".more")
    wait_for_text(page, ".count", "1")
    page.wait_for_function("() => got.length > 5 && quick_htag.pending === 0")
    assert page.evaluate(GOT_IS_GAPLESS)


def test_nothing_plain_is_seen_on_the_way(visit, network):
    """The pushes and clicks of the page, as somebody between page and server sees them."""
    network.record = bytearray()
    page = visit()
    page.click(".more")
    wait_for_text(page, ".count", "1")
    _, _, after_the_page = bytes(network.record).partition(b"</html>")
    assert b"/ws?page=" in network.record or b"/event?page=" in network.record
    assert b"got.push" not in after_the_page.replace(b" ", b"")
    assert b'"hello"' not in after_the_page
    assert b'"ack"' not in after_the_page


def test_reconnects_lose_and_repeat_nothing(visit, network, live, capsys):
    """Also when many events are being encrypted; and nobody is taken for an attacker."""
    page = visit()
    for moment in range(6):
        click_many(page, 20)
        page.wait_for_timeout(moment * 23)
        network.cut()
        page.wait_for_timeout(20)
        network.mend()
        page.wait_for_function("() => window.left === 0")
    page.wait_for_function("() => quick_htag.state === 'open' && quick_htag.pending === 0")
    wait_for_text(page, ".count", "120")
    assert page.evaluate(GOT_IS_GAPLESS)
    assert "was refused" not in capsys.readouterr().err


@pytest.mark.parametrize("transport", [None])
def test_a_change_of_transport_loses_and_repeats_nothing(visit, live, firewall, capsys):
    """Down when a transport is forbidden, up again when it works, in the middle of clicks."""
    firewall.refused.update(("websocket", "sse"))
    live.add_pre_middleware(firewall)
    page = visit(before="Math.random = () => 0")  # tries better ones after 4 seconds
    assert page.evaluate("quick_htag.transport") == "poll"
    page.evaluate("window.clicks = 0")
    page.evaluate(
        """() => {
            const click = () => document.querySelector('.more').click();
            window.clicking = setInterval(() => (window.clicks++, click()), 9);
        }"""
    )
    firewall.refused.clear()
    page.wait_for_function("() => quick_htag.transport === 'websocket'")
    page.wait_for_timeout(50)
    page.evaluate("clearInterval(clicking)")
    page.wait_for_function("() => quick_htag.pending === 0")
    wait_for_text(page, ".count", str(page.evaluate("clicks")))
    assert page.evaluate(GOT_IS_GAPLESS)
    assert "was refused" not in capsys.readouterr().err  # a POST that was overtaken is only late


def test_a_page_that_loads_itself_again_has_another_password(visit, network, live):
    """After a restart that keeps sessions, say; it is live again."""
    page = visit()
    before = page.evaluate("quick_htag_page.password")
    network.cut()
    for instance in live.guis._table.live():
        instance.end(1001, "")
    network.mend()
    page.wait_for_function(
        "old => window.quick_htag?.state === 'open' && quick_htag_page.password !== old", arg=before
    )
    page.click(".more")
    wait_for_text(page, ".count", "1")


@pytest.mark.parametrize("transport", ["websocket", "sse"])  # the end of polls is noticed later
def test_a_copy_of_a_page_goes_on(visit, live, capsys):
    """As of a restored tab: it has the same password, and does not sound like a repetition."""
    page = visit()
    page.click(".more")
    wait_for_text(page, ".count", "1")
    config = page.evaluate(
        "[...document.scripts].find(({text}) => text.startsWith('window.quick_htag_page=')).text"
    )
    copy = page.context.new_page()
    page.close()
    # a copy of a page in use would load itself anew
    until(lambda: not live.guis.connected_pages())
    keep = "{value: quick_htag_page, writable: false}"
    copy.add_init_script(f"{config}; Object.defineProperty(window, 'quick_htag_page', {keep})")
    copy.goto(page.url)
    copy.click(".more")
    wait_for_text(copy, ".count", "2")
    assert copy.evaluate("quick_htag_page.page") in config
    assert "was refused" not in capsys.readouterr().err


def test_a_burst_keeps_its_order(visit):
    """However long each message takes to encrypt."""
    page = visit()
    long, short = "x" * 100_000, "y"
    page.evaluate(
        """texts => {
            const input = document.querySelector('.text');
            for (const text of texts) {
                input.value = text;
                input.dispatchEvent(new Event('input', {bubbles: true}));
            }
        }""",
        [long, short] * 5,
    )
    page.wait_for_function("() => quick_htag.pending === 0")
    wait_for_text(page, ".echo", "Y")


def test_a_megabyte_each_way(visit):
    """The page sends it, and gets it back."""
    page = visit()
    page.evaluate(
        """() => {
            const input = document.querySelector('.text');
            input.value = 'z'.repeat(1_000_000);
            input.dispatchEvent(new Event('input', {bubbles: true}));
        }"""
    )
    page.wait_for_function("() => document.querySelector('.echo').textContent.length === 1e6")


def test_the_limit_is_that_of_the_sealed_message(visit):
    """What is larger is not even sent."""
    page = visit()
    sizes = "n => quick_htag.send({text: 'x'.repeat(n)})"
    assert page.evaluate(sizes, 1_500_000) == 0
    assert page.evaluate("quick_htag.state") == "open"
    assert page.evaluate(sizes, 1_499_000) > 0
    page.wait_for_function("() => quick_htag.pending === 0")
    assert page.evaluate("quick_htag.state") == "open"


def test_a_page_that_speaks_plainly_is_refused(visit):
    """By the server, whatever script has done it."""
    page = visit(
        before="""
            const event = '{"n":1,"p":{}}';
            const {send} = WebSocket.prototype;
            WebSocket.prototype.send = function () { send.call(this, event); };
            const {fetch} = window;
            window.fetch = (url, options) => {
                if (options.body) options.body = JSON.stringify([event]);
                return fetch(url, options);
            };
        """
    )
    page.click(".more")
    page.wait_for_function("() => quick_htag.reason === 'refused'")


def test_pages_that_cannot_encrypt_say_so(chromium, chromium_path, live, capsys):
    """Plain http from another machine: a dialog, no connection, and advice in the log."""
    live.allowed_hosts = [*live.allowed_hosts, HOST]
    url = f"http://{HOST}:{live.server_address[1]}/"
    browser = chromium.browser_type.launch(
        executable_path=chromium_path,
        args=["--no-sandbox", f"--host-resolver-rules=MAP {HOST} 127.0.0.1"],
    )
    page = browser.new_page()
    page.goto(url)
    dialog = page.get_by_role("alertdialog")
    dialog.wait_for()
    assert "https" in dialog.inner_text()
    assert dialog.get_by_role("button").count() == 0  # loading it again would not help
    assert page.evaluate("[quick_htag.state, quick_htag.reason]") == ["ended", "insecure"]
    assert page.evaluate("document.body.classList.contains('htagoff')")
    browser.close()
    assert f"has parano=True and was opened at {url[:-1]}" in capsys.readouterr().err
