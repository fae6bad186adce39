"""Jobs of a real page: the script in a real browser, the functions on a real server."""

from __future__ import annotations

import hashlib
import threading
import time
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag import Response, Settings, is_worker_alive, progress
from tests.patience import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from quick_htag import QuickServer

pytestmark = pytest.mark.browser

TIMEOUT = 60.0
# the three ways to load it, and the class each of them gives
FORMS = {
    "classic": '<script src="/worker.classic.js"></script>'
    "<script>window.Class = quick_server.Worker</script>",
    "module": '<script type="module">import { Worker } from "/worker.js";'
    "window.Class = Worker</script>",
    "effect": '<script type="module">import "/worker.js";window.Class = quick_htag.Worker</script>',
}
LATE = """<!doctype html><title>page</title>
<script>const before = new Set(Object.keys(window)); before.add("before").add("Class");</script>
%s"""


@cache
def long_text() -> str:
    """30 MB of it."""
    return "".join(f"{number:09d}\n" for number in range(3_000_000))


class Desk:
    """The functions of the server, and what the test knows of them."""

    def __init__(self) -> None:
        self.running = threading.Event()  # a job of ``wait`` runs
        self.go = threading.Event()  # it may go one step further
        self.stopped = threading.Event()  # it has seen that it was cancelled
        self.order: list[int] = []  # jobs of ``queue``, as they began
        self.began = threading.Semaphore(0)  # released by each of them
        self.step = threading.Semaphore(0)  # and acquired, so that it ends

    def set_up(self, server: QuickServer) -> None:
        """Register everything."""
        server.link_worker_js("/worker.js")
        server.link_legacy_worker_js("/worker.classic.js")
        server.json_worker("/nap")(self.nap)
        server.json_worker("/wait")(self.wait)
        server.json_worker("/queue")(self.queue)
        server.json_worker("/long")(self.long)
        server.json_worker("/parts")(self.parts)
        server.json_worker("/fail")(self.fail)
        server.link_empty_favicon_fallback()

        @server.text_get("/page/:form", 0)
        def page(req: Any, args: Any) -> Response:
            text = LATE % FORMS[args["segments"]["form"]]
            return Response(text, ctype="text/html; charset=utf-8")

    def nap(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Takes its time."""
        time.sleep(payload["seconds"])
        return {"slept": payload["seconds"]}

    def wait(self, payload: dict[str, Any]) -> str:
        """Tells each step, and waits to be told to go on."""
        self.running.set()
        for step in range(4):
            progress(step / 4, f"step {step}")
            while not self.go.wait(0.01):
                if not is_worker_alive():
                    self.stopped.set()
                    return "stopped"
            self.go.clear()
        return "arrived"

    def queue(self, payload: dict[str, Any]) -> int:
        """Says when it began."""
        number: int = payload["number"]
        self.order.append(number)
        self.began.release()
        progress(0)
        self.step.acquire()  # however long it takes until all are there
        return number

    def long(self, payload: dict[str, Any]) -> str:
        """30 MB of text."""
        return long_text()

    def parts(self, payload: dict[str, Any]) -> Iterator[str]:
        """Gives one part after the other, as it is told to."""
        for part in ("first", "second"):
            yield part
            assert self.go.wait(TIMEOUT)
            self.go.clear()

    def fail(self, payload: dict[str, Any]) -> None:
        """Raises."""
        raise RuntimeError("secret")


@pytest.fixture
def desk() -> Desk:
    """The functions of the server."""
    return Desk()


@pytest.fixture
def server(start_server: Callable[..., QuickServer], desk: Desk) -> Iterator[QuickServer]:
    """A server that runs four jobs at a time."""
    yield start_server(desk.set_up, settings=Settings(job_threads=4))
    desk.go.set()
    desk.step.release(200)


@pytest.fixture
def visit(chromium: Browser, server: QuickServer) -> Iterator[Callable[..., Page]]:
    """``visit(form, script)``: a page that has loaded the client and made ``work``.

    ``script`` runs before everything else.
    """
    contexts = []

    def open_page(form: str = "classic", script: str = "") -> Page:
        context = chromium.new_context()
        contexts.append(context)
        context.add_init_script(script)
        page = context.new_page()
        page.goto(f"{server.url}page/{form}")
        page.wait_for_function("() => window.Class")
        page.evaluate("() => { window.work = new Class(); quick_server.CONFIG.preDelay = 20; }")
        return page

    yield open_page
    for context in contexts:
        context.close()


def run_wait(page: Page, desk: Desk) -> None:
    """Post a job of ``wait`` that stays at its first step, its life written down in ``seen``."""
    page.evaluate(
        """() => {
            window.seen = [];
            const tell = (value) => seen.push(value);
            const job = work.post("job", "/wait", {}, tell, (error) => tell(error.kind));
            job.onprogress = ({ fraction }) => tell(fraction);
        }"""
    )
    assert desk.running.wait(TIMEOUT)
    page.wait_for_function("() => seen.length > 0")


@pytest.mark.parametrize("form", FORMS)
def test_every_form_delivers_and_leaves_other_names_alone(
    visit: Callable[..., Page], form: str
) -> None:
    """A classic script, a module, and a module for its effect; the browser's Worker stays."""
    page = visit(form)
    result = page.evaluate("() => work.post('job', '/nap', { seconds: 0.2 })")
    assert result == {"slept": 0.2}
    assert "[native code]" in page.evaluate("() => Worker.toString()")
    new = page.evaluate("() => Object.keys(window).filter((name) => !before.has(name))")
    assert set(new) == {"quick_server", "quick_htag", "work"}


def test_jobs_of_any_length_deliver(visit: Callable[..., Page]) -> None:
    """0.05, 1 and 5 seconds, at once; each when it is done."""
    results = visit().evaluate(
        """async () => {
            quick_server.CONFIG.preDelay = 500; // as it is when nobody changes it
            const results = [];
            const jobs = [5, 1, 0.05].map((seconds) =>
                work.post(`${seconds}`, "/nap", { seconds }, ({ slept }) => results.push(slept)));
            await Promise.all(jobs);
            return results;
        }"""
    )
    assert results == [0.05, 1, 5]


@pytest.fixture(params=["stream", "questions"])
def page(request: pytest.FixtureRequest, visit: Callable[..., Page]) -> Page:
    """A page that hears of its jobs by streams only, and one that has to ask."""
    if request.param == "questions":
        page = visit(script="delete window.EventSource")
        page.evaluate("quick_server.CONFIG.timeStart = 50")
        return page
    page = visit()
    page.evaluate("quick_server.CONFIG.timeStart = 60000")
    return page


def test_progress_moves(page: Page, desk: Desk) -> None:
    """What the function tells shows up while it runs, and its result at the end."""
    run_wait(page, desk)
    for step in range(4):
        page.wait_for_function("step => seen.includes(step / 4)", arg=step)
        desk.go.set()
    page.wait_for_function("() => seen.includes('arrived')")
    assert page.evaluate("() => seen") == [0, 0.25, 0.5, 0.75, "arrived"]


def test_items_arrive_while_the_job_runs(page: Page, desk: Desk) -> None:
    """What the function yields is there before it goes on; the result has all of it."""
    page.evaluate(
        """() => {
            window.seen = [];
            const job = work.post("job", "/parts", {}, (result) => seen.push(result));
            job.onitem = ({ item, index }) => seen.push([index, item]);
        }"""
    )
    for number in (1, 2):
        page.wait_for_function("number => seen.length === number", arg=number)
        desk.go.set()
    page.wait_for_function("() => seen.length === 3")
    assert page.evaluate("() => seen") == [[0, "first"], [1, "second"], ["first", "second"]]


def test_cancelling_stops_the_function(visit: Callable[..., Page], desk: Desk) -> None:
    """The Python function sees it, and the page hears nothing of that job any more."""
    page = visit()
    run_wait(page, desk)
    assert page.evaluate("() => work.cancel('job')") is True
    assert desk.stopped.wait(TIMEOUT)
    result = page.evaluate("() => work.post('other', '/nap', { seconds: 0 })")
    assert result == {"slept": 0}
    assert page.evaluate("() => seen") == [0]


@pytest.mark.parametrize("way", ["close", "leave", "reload"])
def test_leaving_the_page_stops_the_function(
    visit: Callable[..., Page], desk: Desk, way: str
) -> None:
    """Closed, or replaced by another page: nobody waits for the result."""
    page = visit()
    run_wait(page, desk)
    if way == "close":
        page.close()
    elif way == "leave":
        page.goto("about:blank")
    else:
        page.reload()
    assert desk.stopped.wait(TIMEOUT)


def test_leaving_before_the_start_is_answered_stops_the_job(
    visit: Callable[..., Page], desk: Desk, server: QuickServer
) -> None:
    """The page knows no token yet; the job it has asked for does not begin."""
    asked = threading.Event()

    def hold(payload: Any) -> None:
        asked.set()
        desk.go.wait(TIMEOUT)

    server.json_worker("/held", cache_id=hold)(lambda payload: desk.running.set())
    page = visit()
    page.evaluate("() => { work.post('job', '/held', {}); }")
    assert asked.wait(TIMEOUT)
    page.close()
    until(lambda: len(server.jobs.starts))  # the stop is there
    desk.go.set()
    server.shutdown()
    assert not desk.running.is_set()


def test_a_long_result_arrives_whole(visit: Callable[..., Page], server: QuickServer) -> None:
    """30 MB in pieces are what the function returned."""
    server.max_chunk_size = 8_000_000
    expected = hashlib.sha256(long_text().encode())
    digest = visit().evaluate(
        """async () => {
            const text = await work.post("long", "/long", {});
            const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
            const digits = (byte) => byte.toString(16).padStart(2, "0");
            return [...new Uint8Array(hash)].map(digits).join("");
        }"""
    )
    assert digest == expected.hexdigest()


def test_many_jobs_run_in_order(visit: Callable[..., Page], desk: Desk) -> None:
    """Of 200 jobs four run, the others know their place, and begin in the order they came."""
    page = visit()
    places = page.evaluate(
        """async () => {
            quick_server.CONFIG.preDelay = 0;
            const places = [];
            window.jobs = [];
            for (let number = 0; number < 200; number++) {
                const job = work.post(`${number}`, "/queue", { number });
                jobs.push(job);
                const { position } = await new Promise((told) => {
                    // the first four may be seen before a thread has taken them
                    const begins = ({ position }) => number >= 4 || position === null;
                    job.onprogress = (event) => begins(event) && told(event);
                });
                if (position !== null) places.push(position);
            }
            return places;
        }"""
    )
    assert places == list(range(1, 197))
    for number in range(200):
        assert desk.began.acquire(timeout=TIMEOUT)
        if number >= 3:
            desk.step.release()  # one ends, one begins
    desk.step.release(3)
    assert page.evaluate("() => Promise.all(jobs)") == list(range(200))
    assert desk.order == list(range(200))


def test_a_failure_is_told_without_details(visit: Callable[..., Page]) -> None:
    """The page gets status and text, the reason stays on the server."""
    error = visit().evaluate(
        """() => new Promise((resolve) => {
            const tell = ({ err, code, kind }) => resolve([err, code, kind]);
            work.post("job", "/fail", {}, null, tell);
        })"""
    )
    assert error == ["worker error", 500, "failed"]
