"""The apps of a folder, opened by a click."""

from __future__ import annotations

import os
import threading

import pytest


def change(path, text):
    """Another text at another time."""
    path.write_text(text)
    os.utime(path, (1_800_000_000, 1_800_000_000))


def test_an_app_is_opened(site):
    """At an address of its own, as every app."""
    answer = site.get("clock.py/Clock")
    assert (answer.status_code, "tick" in answer.text) == (200, True)


def test_an_app_is_live(site, folder, open_page, major):
    """Its page is connected to it."""
    clicked = "_onclick=self.bind.more()" if major == 1 else "_onclick=self.more"
    base = "Tag.body" if major == 1 else "Tag.App"
    (folder / "sub" / "my-app.py").write_text(
        f"from htag import Tag\n\nclass App({base}):\n    def init(self):\n"
        f"        self.count = Tag.b('none', _class='count')\n"
        f"        self += Tag.button('more', _class='more', {clicked}) \n"
        f"        self += self.count\n"
        f"    def more(self, *event):\n        self.count.clear('clicked')\n"
    )
    page = open_page(f"{site.url}sub/my-app.py/App/")
    page.send(page.event_of("more"))
    while "clicked" not in str(page.receive()):
        pass  # its receipt, say; receiving ends with an error if it never comes


def test_a_file_that_has_changed_is_loaded_anew(site, folder, app_source):
    """With the next page."""
    assert "tick" in site.get("clock.py/Clock").text
    change(folder / "clock.py", app_source("'tock'", "Clock"))
    assert "tock" in site.get("clock.py/Clock").text


def test_each_folder_has_its_own_modules(site, folder, app_source):
    """Two apps with helpers of one name do not meet."""
    for name in ("one", "two"):
        (folder / name).mkdir()
        (folder / name / "words_fa.py").write_text(f"WORD = 'word {name}'")
        source = app_source("WORD", head="from words_fa import WORD")
        (folder / name / "main.py").write_text(source)
    for name in ("one", "two"):
        assert f"word {name}" in site.get(f"{name}/main.py/App").text


@pytest.mark.parametrize(
    ("head", "said"),
    [("import nothing_like_that", "ModuleNotFoundError"), ("1/0", "ZeroDivisionError")],
)
def test_a_file_that_fails_shows_its_traceback(site, folder, app_source, head, said, tmp_path):
    """In the page, without places of the machine; repaired, it opens."""
    (folder / "clock.py").write_text(app_source("1", "Clock", head))
    answer = site.get("clock.py/Clock")
    assert answer.status_code == 500
    assert said in answer.text
    assert "File &quot;clock.py&quot;, line 2" in answer.text
    assert str(tmp_path) not in answer.text
    change(folder / "clock.py", app_source("'well'", "Clock"))
    assert "well" in site.get("clock.py/Clock").text


def test_an_app_that_fails_shows_its_traceback(site, folder, app_source, tmp_path):
    """In the same way, when it is built."""
    (folder / "clock.py").write_text(app_source("1/0", "Clock"))
    answer = site.get("clock.py/Clock")
    assert (answer.status_code, "ZeroDivisionError" in answer.text) == (500, True)
    assert "File &quot;clock.py&quot;, line" in answer.text
    assert str(tmp_path) not in answer.text
    assert "ZeroDivisionError" in site.said.getvalue()


@pytest.mark.parametrize("text", ["1/0", "nothing_like_that"])
def test_without_debug_nothing_is_told(serve, folder, app_source, text):
    """But that it failed, and where to look."""
    (folder / "clock.py").write_text(app_source(text, "Clock"))
    (folder / "early.py").write_text(app_source("1", "Early", text))
    site = serve(folder, "--no-debug")
    for path in ("clock.py/Clock", "early.py/Early"):
        answer = site.get(path)
        assert (answer.status_code, "Error" in answer.text) == (500, False)
        assert "at the prompt" in answer.text


def test_what_to_do_is_shown(site, folder, app_source):
    """Below the traceback, where more can be said than the exception says."""
    (folder / "clock.py").write_text(app_source("1", "Clock", "import nothing_like_that"))
    assert "<p>Install it, with `pip install nothing_like_that`" in site.get("clock.py/Clock").text


def test_a_broken_file_says_what_python_says(site):
    """With its line, although nothing in it is known to be an app."""
    answer = site.get("broken.py/App")
    assert answer.status_code == 500
    assert "line 2" in answer.text
    assert "invalid syntax" in answer.text


def test_a_file_that_serves_by_itself_is_not_run(site, folder, app_source):
    """It would not come back; the page says what to do."""
    mark = folder / "mark"
    touch = f"import pathlib; pathlib.Path({str(mark)!r}).touch()\n"
    source = f"{touch}from quick_htag import create_server\ncreate_server()\n"
    (folder / "clock.py").write_text(app_source("1", "Clock") + source)
    answer = site.get("clock.py/Clock")
    assert "starts a server of its own in line" in answer.text
    assert not mark.exists()


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Referer": "http://evil.example/"},
    ],
)
def test_other_sites_run_nothing(site, folder, app_source, headers):
    """A link there leads to a question."""
    mark = folder / "mark"
    source = app_source("'x'", "Clock") + f"import pathlib; pathlib.Path({str(mark)!r}).touch()\n"
    (folder / "clock.py").write_text(source)
    answer = site.get("clock.py/Clock", **headers)
    assert (answer.status_code, "Open Clock?" in answer.text) == (403, True)
    assert not mark.exists()
    assert site.get("clock.py/Clock", Sec_Fetch_Site="same-origin").status_code == 200
    assert mark.exists()


def test_a_look_at_the_address_runs_nothing(site, folder):
    """HEAD is no click."""
    import requests

    mark = folder / "mark"
    with (folder / "clock.py").open("a") as file:
        file.write(f"import pathlib; pathlib.Path({str(mark)!r}).touch()\n")
    assert requests.head(f"{site.url}clock.py/Clock", timeout=30).status_code == 200
    assert not mark.exists()


def test_two_visitors_come_at_once(site, folder, app_source):
    """The file is run once for both."""
    mark = folder / "mark"
    source = app_source("'x'", "Clock") + f"with open({str(mark)!r}, 'a') as f: f.write('1')\n"
    (folder / "clock.py").write_text(source)
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(site.get("clock.py/Clock").status_code))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (found, mark.read_text()) == ([200] * 4, "1")


def test_a_page_of_nobody_is_told_so(site, live_apps):
    """One that was open when the server was started again."""
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect

    url = site.url.replace("http", "ws", 1)
    page = "page=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&seen=0"
    address = f"{url}clock.py/Clock/ws?{page}"
    with connect(address, origin=site.url.rstrip("/")) as socket, pytest.raises(ConnectionClosed):
        socket.recv(10)
    assert socket.close_code == 4001
    assert not site.server.guis.sessions_snapshot()


def test_options_hold_for_all_apps(serve, folder):
    """Those of the command line."""
    text = serve(folder, "--transports", "sse").get("clock.py/Clock").text
    assert '"transports":["sse"]' in text.replace(" ", "")
