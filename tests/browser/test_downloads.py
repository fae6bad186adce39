"""What apps give to save, in a real browser."""

import importlib
import tracemalloc
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

MIB = 1024 * 1024
PIECE = bytes(range(256)) * 4096


@pytest.fixture
def exporter(live_apps, monkeypatch, start_server, tmp_path):
    """The exporter below a path, and its module."""
    htag = pytest.importorskip("htag", exc_type=ImportError)
    monkeypatch.syspath_prepend(str(live_apps / "samples"))
    module = importlib.import_module(f"h{2 if hasattr(htag, 'State') else 1}_exporter")
    module.App.path = tmp_path / "report.dat"
    module.App.path.write_bytes(PIECE)
    monkeypatch.setattr(module.App, "numbers", lambda self: (PIECE for _ in range(256)))
    return start_server(lambda server: server.bind_htag("/tools/export", module.App))


@pytest.fixture
def page(exporter, chromium):
    """The app, open in a browser."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{exporter.url}tools/export")
    yield page
    context.close()


def saved(page, label):
    """What the browser saves after a click: the name, and the file."""
    with page.expect_download() as found:
        page.click(f"button:text-is('{label}')")
    return found.value.suggested_filename, Path(found.value.path())


def test_a_text_is_saved_and_the_page_stays(page):
    """The name has its umlaut, and the app is used on."""
    name, file = saved(page, "text")
    assert (name, file.read_text()) == ("Übersicht 1.csv", "a;b\n1;ü\n")
    assert saved(page, "bytes")[0] == "ten.bin"
    assert saved(page, "file")[1].read_bytes() == PIECE


def test_another_tab_saves_nothing(page):
    """Only the tab whose button was clicked."""
    other = page.context.new_page()
    other.goto(page.url)
    other.wait_for_selector("button")
    downloads = []
    other.on("download", lambda download: downloads.append(download))
    assert saved(page, "text")[0] == "Übersicht 1.csv"
    assert saved(other, "bytes")[0] == "ten.bin"
    assert [one.suggested_filename for one in downloads] == ["ten.bin"]


def test_much_needs_no_memory(page):
    """A generator is sent as it yields; the server never holds more than a few pieces."""
    tracemalloc.start()
    try:
        _, file = saved(page, "rows")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert file.stat().st_size == 256 * MIB
    assert peak < 16 * MIB
