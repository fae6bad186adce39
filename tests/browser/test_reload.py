"""A program that is started again after changes, seen from its page."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(sys.platform == "win32", reason="the port is handed on by POSIX"),
]

SOURCE = """\
import htag
from htag import Tag
from quick_htag import create_server, setup_reload

setup_reload()

class App(Tag.App if hasattr(htag, "State") else Tag.body):
    def init(self):
        self <= Tag.h1("first")
        self <= Tag.input()
        for number in range(200):
            self <= Tag.p(f"line {number}")

with create_server(("", 0)) as server:
    server.no_command_loop = True
    server.bind_htag("/", App)
    print(f"serves {server.server_port} ", flush=True)
    server.serve_forever()
"""
ROOT = Path(__file__).resolve().parents[2]
TITLE = "text => document.querySelector('h1')?.textContent === text"


@pytest.fixture
def program(tmp_path):
    """The running program; ``save(old, new)`` changes its file."""
    pytest.importorskip("htag", exc_type=ImportError)
    path = tmp_path / "program.py"
    path.write_text(SOURCE)
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(
            [sys.executable, "program.py"],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        ) as process,
    ):
        process.port = re.search("serves ([0-9]+)", process.stdout.readline())[1]
        process.save = lambda old, new: path.write_text(SOURCE.replace(old, new))
        yield process
        process.terminate()


@pytest.fixture
def page(chromium, program):
    """Its page, connected."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{program.port}/")
    page.wait_for_function("() => quick_htag.state === 'open'")
    yield page
    context.close()


def test_a_saved_file_is_live_where_the_user_was(program, page):
    """Without a hand on the browser, again and again."""
    page.evaluate("scrollTo(0, 1500)")
    for title in ("second", "third", "fourth"):
        page.wait_for_function("() => window.quick_htag?.state === 'open'")
        begun = time.monotonic()
        program.save("first", title)
        page.wait_for_function(TITLE, arg=title)
        print(f"live after {time.monotonic() - begun:.2f} s")
        page.wait_for_function("() => Math.abs(scrollY - 1500) < 2")


def test_what_was_typed_is_there_again(program, page):
    """Though the sessions of the program have ended with it, and the cursor is where it was."""
    page.click("input")
    page.keyboard.type("half a wo")
    for title in ("second", "third"):
        program.save("first", title)
        page.wait_for_function(TITLE, arg=title)
        page.wait_for_function("() => document.querySelector('input')?.value === 'half a wo'")
        page.wait_for_function("() => window.quick_htag?.state === 'open'")
    page.keyboard.type("rd")
    assert page.input_value("input") == "half a word"


def test_an_error_is_shown_in_the_page_until_it_is_repaired(program, page):
    """Over what was there."""
    program.save('"first"', '"fir"st"')
    page.wait_for_selector(".problem >> text=SyntaxError")
    assert page.text_content("h1") == "first"
    program.save("first", "second")
    page.wait_for_function(TITLE, arg="second")


def test_errors_are_shown_to_who_develops(page):
    """Without a word about ``debug``."""
    page.evaluate("() => void setTimeout(() => { throw new Error('of a script'); })")
    page.wait_for_selector("article >> text=of a script")


@pytest.mark.parametrize("broken", ['"fir"st"', "1 / 0"])
def test_a_page_opened_meanwhile_comes_back(program, page, broken):
    """Whether the program cannot run or the app cannot be built."""
    program.save('"first"', broken)
    page.wait_for_function("() => window.quick_htag?.state !== 'open'")
    page = page.context.new_page()
    page.goto(f"http://127.0.0.1:{program.port}/")
    page.wait_for_selector("pre >> text=Error")
    program.save("first", "second")
    page.wait_for_function(TITLE, arg="second")
