"""Jobs that an app shows: how far they are, how they end, and who is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from quick_htag import (
    ConfigurationError,
    GuiError,
    NoCapacity,
    PreventDefaultResponse,
    Settings,
    check,
    gui,
    progress,
)
from tests.patience import until

LIMIT = 20.0  # seconds
BOX = "div.quick-htag-job"


def bar(fun: Callable[[Any], Any], **options: Any) -> dict[str, Any]:
    """For ``serve``: a bar, and a button that starts ``fun`` with {"n": 20}."""

    def parts(app: Any) -> list[Any]:
        callbacks = {
            "on_done": lambda value: app.show(f"done {value}"),
            "on_failed": lambda text: app.show(f"failed {text}"),
            "on_cancelled": lambda: app.show("was cancelled"),
        }
        app.bar = gui.JobBar(**{**callbacks, **options})
        return [app.bar.tag]

    def start(app: Any) -> None:
        app.started = app.bar.start(fun, {"n": 20})

    return {"handlers": [start], "parts": parts}


@pytest.fixture
def site(serve: Callable[..., Any]) -> Callable[..., Any]:
    """``site(fun, **options)``: an app with a bar."""

    def start(fun: Callable[[Any], Any], **options: Any) -> Any:
        made = bar(fun, **options)
        return serve(*made["handlers"], parts=made["parts"])

    return start


class Steps:
    """A job that goes on when it is told."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.stopped = threading.Event()

    def __call__(self, payload: Any) -> Any:
        """The job."""
        progress(0.25, "<reading>")
        try:
            while not self.go.wait(0.01):
                check()
        except BaseException:
            self.stopped.set()
            raise
        return payload["n"] + 1


def test_a_job_is_shown_and_its_result_given(site: Callable[..., Any]) -> None:
    """Hidden before, then with its progress and text, in the end without the button."""
    job = Steps()
    with site(job).page() as page:
        assert page.find(BOX).get("hidden") is not None
        page.click("button", "start")
        page.wait_for("<reading>", BOX, LIMIT)
        assert page.find("progress").get("value") == "0.25"
        assert page.find(f"{BOX} button").get("hidden") is None
        job.go.set()
        page.wait_for("done 21", "p", LIMIT)
        assert page.find(BOX).get("data-state") == "done"
        assert page.find("progress").get("value") == "1"
        assert page.find(f"{BOX} button").get("hidden") is not None


def test_the_visitor_cancels(site: Callable[..., Any]) -> None:
    """The function is ended where it looks, and the app is told."""
    job = Steps()
    with site(job).page() as page:
        page.click("button", "start")
        page.wait_for("<reading>", BOX, LIMIT)
        page.click(f"{BOX} button", "Cancel")
        page.wait_for("was cancelled", "p", LIMIT)
        assert job.stopped.wait(LIMIT)
        assert page.find(BOX).get("data-state") == "cancelled"


def test_a_job_that_fails(site: Callable[..., Any]) -> None:
    """What the visitor is told is harmless, or what the job wanted to be told."""

    def breaks(payload: Any) -> None:
        raise ValueError("secret")

    def refuses(payload: Any) -> None:
        raise PreventDefaultResponse(400, "n is too large")

    for fun, text in ((breaks, "failed worker error"), (refuses, "failed n is too large")):
        shown = site(fun)
        with shown.page() as page:
            page.click("button", "start")
            page.wait_for(text, "p", LIMIT)
            assert page.find(BOX).get("data-state") == "failed"
        assert ("ValueError: secret" in shown.log) == (fun is breaks)


def test_it_goes_on_while_the_page_is_away(site: Callable[..., Any]) -> None:
    """Also when it is loaded again: it is the same app."""
    job = Steps()
    shown = site(job)
    with shown.page() as page:
        page.click("button", "start")
        page.wait_for("<reading>", BOX, LIMIT)
        page.drop()
        job.go.set()
        page.connect()
        page.wait_for("done 21", "p", LIMIT)
    with shown.page() as page:
        assert page.find("p").text == "done 21"


def test_one_at_a_time(site: Callable[..., Any]) -> None:
    """A second click starts nothing; after the end it does."""
    job = Steps()
    shown = site(job)
    with shown.page() as page:
        page.click("button", "start")
        page.click("button", "start")
        assert not shown.app.started
        job.go.set()
        page.wait_for("done 21", "p", LIMIT)
        page.click("button", "start")
        assert shown.app.started


def test_the_end_of_the_app_is_that_of_its_job(site: Callable[..., Any]) -> None:
    """Nobody wants it any more."""
    job = Steps()
    shown = site(job)
    with shown.page() as page:
        page.click("button", "start")
        page.wait_for("<reading>", BOX, LIMIT)
        shown.server.guis.clear()
        assert job.stopped.wait(LIMIT)
        assert len(shown.server.jobs.table.live()) == 0


def test_nothing_is_left_of_a_job(site: Callable[..., Any]) -> None:
    """Its result was for the app, so the table of jobs forgets it."""
    shown = site(lambda payload: "x")
    with shown.page() as page:
        page.click("button", "start")
        page.wait_for("done x", "p", LIMIT)
        assert len(shown.server.jobs.table) == 0


def test_jobs_of_apps_count_for_the_address(serve: Callable[..., Any]) -> None:
    """As those that are posted do: one more than ``max_jobs_per_address`` is not started."""
    job, refused = Steps(), []

    def start(app: Any) -> None:
        try:
            app.bars[0].start(job, {"n": 1})
            app.bars[1].start(job)
        except NoCapacity as error:
            refused.append(str(error))
            app.show("refused")

    def parts(app: Any) -> list[Any]:
        app.bars = [gui.JobBar(), gui.JobBar()]
        return [bar.tag for bar in app.bars]

    site = serve(start, parts=parts, settings=Settings(max_jobs_per_address=1))
    with site.page() as page:
        page.click("button", "start")
        page.wait_for("refused", "p", LIMIT)
        assert "the limit of 1 jobs for 127.0.0.1" in refused[0]
        job.go.set()
        until(lambda: not site.server.jobs.table._by_client)


def test_much_progress_is_few_pushes(site: Callable[..., Any]) -> None:
    """A page is told ten times a second, and of the end."""

    def counts(payload: Any) -> int:
        for number in range(20_000):
            progress(number / 20_000, str(number))
        return 1

    shown = site(counts)
    with shown.page() as page:
        page.click("button", "start")
        page.wait_for("done 1", "p", LIMIT)
        assert page._seen < 1000


def test_a_callback_may_be_a_generator(site: Callable[..., Any]) -> None:
    """It is a handler, for the page that has started the job."""

    def steps(value: Any) -> Iterator[None]:
        shown.app.show("one")
        yield
        gui.notify(shown.app, "told")
        shown.app.show(f"two {value}")

    shown = site(lambda payload: 7, on_done=steps)
    with shown.page() as other, shown.page() as page:
        page.click("button", "start")
        for one in (page, other):
            one.wait_for("two 7", "p", LIMIT)
        assert (len(page.notices), len(other.notices)) == (1, 0)


def test_it_may_start_with_the_app(serve: Callable[..., Any]) -> None:
    """In ``init``, before there is a page."""

    def parts(app: Any) -> list[Any]:
        app.bar = gui.JobBar(lambda value: app.show(f"done {value}"))
        assert app.bar.state == "idle"
        assert app.bar.start(lambda payload: 3)
        return [app.bar.tag]

    with serve(parts=parts).page() as page:
        page.wait_for("done 3", "p", LIMIT)


def test_what_cannot_be_is_said(site: Callable[..., Any]) -> None:
    """A time, words, code that belongs to no app, and a function that cannot go elsewhere."""
    shown = site(len)
    with shown.page():
        with pytest.raises(ConfigurationError, match="time_limit"):
            shown.app.bar.start(len, time_limit=0)
        with pytest.raises(ConfigurationError, match="colour: words are cancel"):
            gui.JobBar(words={"colour": "red"})
        with pytest.raises(GuiError, match="a JobBar is made by code of an app"):
            gui.JobBar()
        with pytest.raises(ConfigurationError, match="cannot be run in another process"):
            shown.app.bar.start(lambda payload: 1, executor="processes")
