"""A live app in several workers: one instance, whichever of them its page comes to."""

from __future__ import annotations

import sys

import pytest

from quick_htag.testing import GuiPage
from tests.live_program import is_alive
from tests.patience import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="workers share a socket of POSIX")


@pytest.fixture
def site(fleet):
    """The program with an app, in two workers."""
    pytest.importorskip("htag", exc_type=ImportError)
    return fleet("2", script="gui_site.py")


def _visitor(site, line):
    from gui_lines import SocketVisitor

    visitor = SocketVisitor(f"http://127.0.0.1:{site.address[1]}", line)
    visitor._session.headers["Connection"] = "close"  # any worker may get the next request
    return visitor


@pytest.mark.parametrize("line", ["websocket", "poll"])
def test_every_worker_reaches_the_app(site, live_apps, line):
    """A page that is loaded again and again shows the same instance."""
    site.workers(2)
    with _visitor(site, line) as visitor, GuiPage(visitor, "/") as page:
        process = page.find(".process").text
        for _ in range(8):  # each on a connection of its own
            assert f">{process}</i>" in visitor.get("/").text
        page.click(".more")
        page.wait_for("1", ".count")


def test_a_page_outlives_a_rolling_restart(site, live_apps):
    """It is cut off, comes back to the same instance, and goes on counting."""
    before = site.workers(2)
    with _visitor(site, "websocket") as visitor, GuiPage(visitor, "/") as page:
        page.click(".more")
        page.wait_for("1", ".count")
        process = int(page.find(".process").text)
        site.type("restart\n")
        site.wait_for("restart: done")
        page.drop()
        page.connect()
        page.click(".more")
        page.wait_for("2", ".count")
        assert not set(site.workers(2).values()) & set(before.values())
    site.process.terminate()
    assert site.exit_code() == 0
    until(lambda: not is_alive(process))
