"""Jobs of a real page whose server is started again: the script in a real browser."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

LIVE_APPS = Path(__file__).resolve().parent.parent / "live_apps"


@pytest.fixture
def start_program() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """``start_program(*arguments)``: a server that runs as a program of its own."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(LIVE_APPS / "slow_job.py"), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(LIVE_APPS.parents[1])},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def said(program: subprocess.Popen[str], what: str) -> str:
    """The first line of its log that has this."""
    assert program.stderr is not None
    for line in program.stderr:
        if what in line:
            return line
    raise AssertionError(f"{what!r} was not said")


def tell(program: subprocess.Popen[str], command: str) -> None:
    """As its owner does."""
    assert program.stdin is not None
    program.stdin.write(f"{command}\n")
    program.stdin.flush()


@pytest.fixture
def visit_program(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """``visit_program(program)``: its page, with ``work`` made."""
    with chromium.new_context() as context:

        def open_page(program: subprocess.Popen[str]) -> Page:
            page = context.new_page()
            page.goto(said(program, "open http").split()[-1])
            page.evaluate("() => { window.work = new quick_server.Worker(); }")
            return page

        yield open_page


def test_a_restarted_server_does_not_leave_the_page_waiting(
    start_program: Callable[..., subprocess.Popen[str]], visit_program: Callable[..., Page]
) -> None:
    """The job went down with the old server: the page is told, and the next job arrives."""
    program = start_program()
    page = visit_program(program)
    page.evaluate(
        """() => {
            work.post("job", "/nap", { seconds: 60 }, null, (error) => (window.error = error));
        }"""
    )
    said(program, "nap begins")
    tell(program, "restart")
    assert page.wait_for_function("() => window.error?.kind").json_value() == "lost"
    assert page.evaluate("() => work.post('job', '/nap', { seconds: 0 })") == "awake"


def test_a_result_outlives_the_server(
    start_program: Callable[..., subprocess.Popen[str]],
    visit_program: Callable[..., Page],
    tmp_path: Path,
) -> None:
    """A page that was away while its job ended gets the result from the next server."""
    program = start_program(str(tmp_path / "results"))
    page = visit_program(program)
    with page.expect_request_finished(lambda request: request.method == "POST"):
        page.evaluate(
            """() => {
                work.post("job", "/nap", { seconds: 600 }, (result) => (window.result = result));
            }"""
        )
    page.context.set_offline(True)
    tell(program, "wake")
    said(program, "the result is kept")
    tell(program, "restart")
    said(program, "open http")
    page.context.set_offline(False)
    assert page.wait_for_function("() => window.result").json_value() == "awake"
