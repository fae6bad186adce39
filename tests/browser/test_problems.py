"""Failures as a developer sees them, and as a visitor does."""

import io
import json
import re

import pytest

from quick_htag import MessageLog
from tests.patience import until

pytestmark = pytest.mark.browser


def make_app():
    """An app of the installed htag whose parts fail."""
    import htag
    from htag import Tag

    is_htag2 = hasattr(htag, "State")

    class App(Tag.App if is_htag2 else Tag.body):
        def init(self):
            if is_htag2:
                self += Tag.input(_class="typed", _onchange=lambda ev: int(ev.value))
                self += Tag.button("push", _class="push", _onclick=self.push)
            else:
                self += Tag.input(_class="typed", _onchange=self.bind.number(b"this.value"))
                self += Tag.button("push", _class="push", _onclick=self.bind.push())

        def number(self, value):
            int(value)

        def push(self, event=None):
            script = "nobody.has(this)"
            self.call_js(script) if is_htag2 else self.call(script)

    class Broken(Tag.App if is_htag2 else Tag.body):
        def init(self):
            self.nothing.at.all()

    return App, Broken


class Site:
    """A server of both apps, and its log."""

    def __init__(self, start_server, debug, transport):
        app, broken = make_app()
        self.log = io.StringIO()

        def setup(server):
            server.debug = debug
            server.bind_htag("/", app, transport=transport)
            server.bind_htag("/broken", broken)

        self.url = start_server(setup, log=MessageLog(self.log)).url

    def logged(self, pattern):
        """Waits for a line; the match."""
        try:
            return until(lambda: re.search(pattern, self.log.getvalue()))
        except AssertionError:
            pytest.fail(f"no {pattern} in the log:\n{self.log.getvalue()}")


@pytest.fixture
def visit(chromium, start_server):
    """``visit(debug, transport)``: the site, and its page in a browser."""
    pytest.importorskip("htag", exc_type=ImportError)
    contexts = []

    def opened(debug, transport="websocket"):
        site = Site(start_server, debug, transport)
        context = chromium.new_context()
        contexts.append(context)
        page = context.new_page()
        page.goto(site.url)
        page.wait_for_function("() => quick_htag.state === 'open'")
        return site, page

    yield opened
    for context in contexts:
        context.close()


def noticed(page, place=".banner"):
    """Waits until the page shows a reference; that."""
    shown = page.wait_for_selector(f"{place} >> text=/[0-9a-f]{{8}}/").text_content()
    return re.search("[0-9a-f]{8}", shown)[0]


def test_a_failing_handler_is_shown_with_the_line_of_the_app(visit, transport):
    """Over every transport; nothing that was typed is in it, nor in the log."""
    site, page = visit(True, transport)
    page.fill(".typed", "my password")
    page.press(".typed", "Enter")
    page.wait_for_selector("article >> text=ValueError")
    assert "test_problems.py:" in page.text_content("article .place")
    assert "int(" in page.text_content("article .code")
    reference = page.text_content("article p:last-child").rstrip(".").rpartition(" ")[2]
    site.logged(rf"failed \(reference {reference}\)\n\[SERVER\]   at .*test_problems\.py:[0-9]+")
    shown = page.evaluate(
        "() => document.querySelector('quick-htag-problems').shadowRoot.textContent"
    )
    assert "password" not in shown + site.log.getvalue()
    page.keyboard.press("Escape")
    page.wait_for_selector("quick-htag-problems", state="detached")


def test_failures_stack_up_and_can_be_dismissed(visit):
    """Each for itself, and all together."""
    _, page = visit(True)
    page.fill(".typed", "abc")
    page.press(".typed", "Enter")
    page.wait_for_selector("article")
    page.evaluate("() => void setTimeout(() => { throw new Error('of a script'); })")
    page.wait_for_function(
        "() => document.querySelector('quick-htag-problems')"
        ".shadowRoot.querySelectorAll('article').length === 2"
    )
    assert "of a script" in page.text_content("article h3")
    page.click("article button")
    page.wait_for_selector("article >> text=ValueError")
    page.click("text=Dismiss all")
    page.wait_for_selector("quick-htag-problems", state="detached")


def test_a_visitor_sees_a_reference_only(visit):
    """The log has the same, and the messages to the page have no more."""
    pytest.importorskip("htag", exc_type=ImportError)
    site, page = visit(False)
    payloads = page.evaluate_handle(
        """() => {
            const seen = [];
            const {parse} = JSON;
            JSON.parse = (text) => { seen.push(text); return parse(text); };
            return seen;
        }"""
    )
    page.fill(".typed", "abc")
    page.press(".typed", "Enter")
    reference = noticed(page)
    site.logged(rf"failed \(reference {reference}\)")
    assert page.query_selector("quick-htag-problems, htag-error[show]") is None
    told = json.dumps(payloads.json_value())
    assert reference in told
    assert not any(word in told for word in ("ValueError", "Traceback", "test_problems"))


@pytest.mark.parametrize("debug", [True, False])
def test_a_script_of_the_app_that_fails_is_in_the_log(visit, debug):
    """A developer sees it in the page, a visitor its reference."""
    site, page = visit(debug)
    page.click(".push")
    reference = noticed(page, "article p:last-child" if debug else ".banner")
    site.logged(rf"in a page \(reference {reference}\): .*nobody is not defined")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("setTimeout(() => { throw new Error('broken') })", r"JavaScript error .*Error: broken"),
        ("Promise.reject(new Error('forgotten'))", r"unhandled rejection .*Error: forgotten"),
    ],
)
def test_an_error_of_a_script_is_in_the_log(visit, script, said):
    """With where it happened."""
    site, page = visit(False)
    page.add_script_tag(content=script)
    site.logged(rf"\[SERVER\] ERROR in err_browser: App of session .*{said}")


def test_an_app_that_cannot_be_built_shows_its_line(visit):
    """In place of its page."""
    site, page = visit(True)
    page.goto(f"{site.url}broken")
    assert "test_problems.py:" in page.text_content("p")
    assert "self.nothing.at.all()" in page.text_content("pre")


def test_an_app_that_cannot_be_built_shows_visitors_a_reference(visit):
    """The log has the same."""
    site, page = visit(False)
    page.goto(f"{site.url}broken")
    reference = site.logged(r"Broken could not be opened \(reference ([0-9a-f]{8})\)")[1]
    assert reference in page.text_content("body")
    assert "nothing" not in page.text_content("body")
