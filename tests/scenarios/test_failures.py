"""What fails in an app and in its pages: who is told, and what nobody is."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from quick_htag.guis.browser_errors import BURST, REFILL

htag = pytest.importorskip("htag", exc_type=ImportError)
IS_HTAG2 = hasattr(htag, "State")
Tag = htag.Tag
Base: Any = Tag.App if IS_HTAG2 else Tag.div
TYPED = "what I have typed"
LIMIT = 30.0


class App(Base):
    imports: tuple[Any, ...] = ()

    def init(self) -> None:
        self += Tag.button("number", _class="number", _onclick=self.number)

    def number(self, event: Any) -> None:
        int(event.value if IS_HTAG2 else event.event.value)


def typed(tab: Any) -> dict[str, Any]:
    """The event of a text that is no number."""
    event: dict[str, Any] = tab.event_of("number")
    return {**event, "data" if IS_HTAG2 else "event": {"value": TYPED}}


def logged(site: Any, text: str) -> str:
    """The log, as soon as it has a text."""
    end = time.monotonic() + LIMIT
    while text not in site.text:
        assert time.monotonic() < end, f"no {text!r} in {site.text}"
        time.sleep(0.01)
    found: str = site.text
    return found


@pytest.mark.parametrize("debug", [False, True])
def test_what_was_typed_is_told_nobody(
    gui: Any, capfd: pytest.CaptureFixture[str], debug: bool
) -> None:
    """Neither the log, nor the page, nor does htag print it; all have the same reference."""
    site = gui(App, debug=debug)
    tab = site.tab()
    (problem,) = [one["problem"] for one in site.send(tab, typed(tab)) if "problem" in one]
    log = logged(site, f"failed (reference {problem['reference']})")
    assert "test_failures.py:" in log
    assert ("test_failures.py:" in problem.get("place", "")) is debug
    out, err = capfd.readouterr()
    assert TYPED not in log + out + err + json.dumps(problem)


def test_a_page_tells_of_its_scripts(gui: Any) -> None:
    """And so seldom that nobody fills the log."""
    site = gui(App)
    tab = site.tab()
    begun = time.monotonic()
    for number in range(30):
        site.send(tab, {"browser_error": {"text": f"error {number}.", "line": 3}})
    log = logged(site, "JavaScript error in a page: error 9. at an inline script:3")
    most = BURST + 1 + (time.monotonic() - begun) / REFILL
    assert BURST <= log.count("JavaScript error in a page") <= most


def test_the_app_goes_on(gui: Any) -> None:
    """After whatever a page tells."""
    site = gui(App)
    tab = site.tab()
    for told in (None, [], {"stack": ["x"]}, {"text": {"a": 1}}):
        site.send(tab, {"browser_error": told})
    assert any("problem" in payload for payload in site.send(tab, typed(tab)))
