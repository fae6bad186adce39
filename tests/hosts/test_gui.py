"""Pages of htag apps, in every host and on every transport."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from quick_htag.testing import GuiPage, PageClosed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.hosts.conftest import Host

    Visit = Callable[[str], Any]

LINES = ("websocket", "sse", "poll")
LIMIT = 60.0

PAIRS = [
    *(("threaded", line) for line in LINES),
    *(("processes", line) for line in LINES),
    *(("gunicorn", line) for line in LINES[1:]),
    *(("uvicorn", line) for line in LINES),
    ("fastapi", "websocket"),
]
pytestmark = pytest.mark.parametrize(("host", "line"), PAIRS, indirect=["host"])


def test_events_are_handled_and_shown(visit: Visit, line: str) -> None:
    """In their order, one that blocks included."""
    with GuiPage(visit(line), "/app") as page:
        page.click(".more")
        page.click(".slow")
        page.click(".more")
        page.wait_for("3", ".count", LIMIT)


def test_the_app_pushes(visit: Visit, line: str) -> None:
    """From a plain thread, when nobody has asked."""
    with GuiPage(visit(line), "/app") as page:
        page.click(".push")
        page.wait_for("pushed", ".told", LIMIT)


def test_a_visitor_has_one_app(visit: Visit, line: str) -> None:
    """Also after the page was loaded again; another visitor has another one."""
    visitor = visit(line)
    with GuiPage(visitor, "/app") as page:
        page.click(".more")
        page.wait_for("1", ".count", LIMIT)
    with GuiPage(visitor, "/app") as page:
        assert page.find(".count").text == "1"
    with GuiPage(visit(line), "/app") as page:
        assert page.find(".count").text == "0"


def test_a_page_that_comes_back_has_missed_nothing(visit: Visit, line: str) -> None:
    """What was pushed meanwhile is there."""
    with GuiPage(visit(line), "/app") as page:
        page.click(".push")
        page.drop()
        page.connect()
        page.wait_for("pushed", ".told", LIMIT)


def test_the_failure_of_an_app_is_its_own(visit: Visit, line: str) -> None:
    """The page goes on, and hears no detail."""
    with GuiPage(visit(line), "/app") as page:
        with pytest.raises(AssertionError, match="the app has failed") as caught:
            page.click(".boom")
        page.click(".more")
        page.wait_for("1", ".count", LIMIT)
        assert "this app fails" not in f"{caught.value} {page.text}"


def test_a_page_of_somebody_else_is_refused(visit: Visit, line: str) -> None:
    """Its id alone is worth nothing."""
    with GuiPage(visit(line), "/app") as page:
        connection = visit(line).websocket(f"/app/ws?page={page._config['page']}&seen=0")
        with pytest.raises(PageClosed) as caught:
            connection.receive(LIMIT)
        assert caught.value.code == 4001


def test_the_page_knows_its_transports(visit: Visit, host: Host, line: str) -> None:
    """Without websockets it does not try one."""
    with GuiPage(visit(line), "/app") as page:
        expected = list(LINES) if host.websockets else ["sse", "poll"]
        assert page._config["transports"] == expected
