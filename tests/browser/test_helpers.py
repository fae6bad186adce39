"""The helpers of apps in a real browser: dialogs, notices and files, by keyboard and mouse."""

import functools
import importlib.util
import threading
import types
from pathlib import Path

import pytest

from quick_htag import gui

pytestmark = pytest.mark.browser

EXAMPLE = Path(__file__).resolve().parents[2] / "example"

pytest.importorskip("htag", exc_type=ImportError)


def example(folder):
    """The module of an example."""
    spec = importlib.util.spec_from_file_location(f"browser_{folder}", EXAMPLE / folder / "main.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def shopping():
    """The app with dialogs, whose notices stay: a busy machine may take longer than they."""
    module = example("dialogs")
    kept = {**vars(gui), "notify": functools.partial(gui.notify, seconds=None)}
    module.gui = types.SimpleNamespace(**kept)
    return module.Shopping


@pytest.fixture
def visit(chromium, start_server):
    """``visit(app, **options)``: the page of an app in a browser of its own, and its server."""
    contexts = []

    def opened(app, *, context=None, **options):
        server = start_server(lambda server: server.bind_htag("/", app, **options))
        contexts.append(chromium.new_context(**(context or {})))
        page = contexts[-1].new_page()
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(server.url)
        page.wait_for_function("() => window.quick_htag?.state === 'open'")
        return page, server

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(params=[{}, {"transport": "sse"}, {"transport": "poll", "parano": True}])
def ways(request):
    """How pages connect."""
    return request.param


def test_dialogs_by_keyboard(visit, ways):
    """Enter agrees, Escape does not, and the focus comes back to where it was."""
    page, _ = visit(shopping(), **ways)
    page.focus("button.add")
    page.keyboard.press("Enter")
    page.get_by_role("textbox").wait_for()
    page.keyboard.type("<tea>")
    page.keyboard.press("Enter")
    page.get_by_text("<tea> is on the list").wait_for()
    page.locator("li:nth-child(3)").wait_for()
    assert page.get_by_role("listitem").all_inner_texts() == ["milk", "bread", "<tea>"]
    page.wait_for_function("() => document.activeElement?.className === 'add'")
    page.click("button.clear")
    page.get_by_role("alertdialog", name="Forget all 3 of them?").wait_for()
    page.wait_for_function(
        "() => document.activeElement.shadowRoot?.activeElement?.textContent === 'Cancel'"
    )
    page.keyboard.press("Escape")
    page.get_by_text("Nothing was changed").wait_for()
    assert page.get_by_role("dialog").count() == page.get_by_role("alertdialog").count() == 0
    assert page.errors == []


def test_an_answer_survives_a_broken_network(visit):
    """It is given while the page is offline, and arrives, once."""
    page, _ = visit(shopping())
    page.click("button.clear")
    page.get_by_role("button", name="Forget them").wait_for()
    page.context.set_offline(True)
    gives_up = "(window.dispatchEvent(new Event('online')), quick_htag.state)"  # the open line
    assert page.evaluate(gives_up) == "lost"
    page.get_by_role("button", name="Forget them").click()
    page.context.set_offline(False)
    page.wait_for_function("() => document.querySelectorAll('li').length === 0")


def test_a_question_is_there_after_f5(visit):
    """And its answer is that of the handler that had asked."""
    page, _ = visit(shopping())
    page.click("button.clear")
    page.get_by_role("alertdialog").wait_for()
    page.reload()
    page.get_by_role("button", name="Forget them").click()
    page.wait_for_function("() => document.querySelectorAll('li').length === 0")


def test_a_notice_is_read_out_and_goes(visit):
    """It is in a live region, can be closed, and moves nothing where that is not wanted."""
    page, _ = visit(shopping(), context={"reduced_motion": "reduce"})
    page.click("button.clear")
    page.get_by_role("button", name="Cancel").click()
    notice = page.get_by_role("status").filter(has_text="Nothing was changed")
    notice.wait_for()
    assert notice.locator(".notice").evaluate("e => getComputedStyle(e).animationName") == "none"
    notice.get_by_role("button", name="Close").click()
    notice.locator(".notice").wait_for(state="detached")


def test_files_arrive(visit, tmp_path):
    """Several at once, with their progress; what is of another kind is not even sent."""
    for name in ("a.txt", "b.txt", "c.png"):
        (tmp_path / name).write_text("one\ntwo\n")
    page, _ = visit(example("upload_app").Counter)
    page.set_input_files("input[type=file]", [tmp_path / n for n in ("a.txt", "b.txt", "c.png")])
    for name in ("a.txt", "b.txt"):
        page.locator("ul li", has_text=f"{name}: 2 lines").wait_for()
    page.locator("li.refused", has_text="c.png").wait_for()
    page.get_by_role("status").filter(has_text="a.txt: sent, 8 B").wait_for()
    assert page.errors == []


def test_a_file_is_dropped(visit):
    """As from the desktop."""
    page, _ = visit(example("upload_app").Counter)
    data = page.evaluate_handle(
        """() => {
          const data = new DataTransfer();
          data.items.add(new File(["x"], "dropped.txt", { type: "text/plain" }));
          return data;
        }"""
    )
    page.dispatch_event("label", "drop", {"dataTransfer": data})
    page.locator("ul li", has_text="dropped.txt: 1 lines").wait_for()


def test_an_upload_outlives_a_redraw_and_can_be_cancelled(visit, tmp_path):
    """The app redraws all it has meanwhile; the file goes on, until its visitor has enough."""
    large = tmp_path / "large.txt"
    with large.open("wb") as file:
        file.truncate(40 * 1024 * 1024)
    page, _ = visit(example("upload_app").Counter)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 500_000}
    session.send("Network.emulateNetworkConditions", slow)
    page.set_input_files("input[type=file]", large)
    page.locator("li.sending", has_text="large.txt").wait_for()
    page.evaluate(
        """() => {
          const field = document.querySelector("quick-htag-upload");
          field.outerHTML = field.outerHTML;
        }"""
    )
    page.get_by_role("button", name="Cancel: large.txt").click()
    page.locator("li.cancelled", has_text="large.txt").wait_for()
    assert page.errors == []


def test_a_job_in_the_page(visit, monkeypatch):
    """Its bar moves, also over a reload; the button ends it, and the next one is counted."""
    module = example("job_app")
    go = threading.Event()

    def slow(payload):
        for number in range(10_000):
            module.progress(number / 10_000, "some.py")
            if go.wait(0.02):
                return [["self", 3]]
        return []

    monkeypatch.setattr(module, "count_words", slow)
    page, _ = visit(module.Words)
    page.click("button.count")
    page.get_by_role("group", name="Counting words").get_by_text("some.py").wait_for()
    page.reload()
    page.wait_for_function("() => document.querySelector('progress')?.value > 0.0005")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("status").filter(has_text="cancelled").wait_for()
    go.set()
    page.click("button.count")
    page.locator("li", has_text="self: 3").wait_for()
    style = page.eval_on_selector(".quick-htag-job", "e => getComputedStyle(e).display")
    assert (style, page.errors) == ("flex", [])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_field_has_the_colours_of_its_app(visit, scheme):
    """An app that is white on a dark system is white, and its field can be read."""
    page, _ = visit(example("upload_app").Counter, context={"color_scheme": scheme})
    page.set_input_files("input[type=file]", {"name": "a", "mimeType": "x/y", "buffer": b""})
    page.locator("li.refused").wait_for()
    text, button = page.evaluate(
        """() => {
          const root = document.querySelector("quick-htag-upload").shadowRoot;
          return [".name", "button"].map((one) => getComputedStyle(root.querySelector(one)).color);
        }"""
    )
    assert text == button == page.evaluate("getComputedStyle(document.body).color")
