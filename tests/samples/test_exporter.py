"""The exporter: what apps give their visitors to save, on every kind of connection."""

import importlib

import pytest

from quick_htag import AppServer
from quick_htag.testing import GuiPage, TestClient


@pytest.fixture
def exporter(sample, tmp_path):
    """The app, with a file of 300,000 bytes."""
    served = sample("exporter")
    served.module.App.path = tmp_path / "report.dat"
    served.module.App.path.write_bytes(bytes(range(250)) * 1200)
    return served


def clicked(page, label):
    """The answer with what a click offers."""
    page.click("button", label)
    page.wait_until(lambda: page.offers)
    return page.download()


def test_a_text(exporter):
    """It is saved as UTF-8 under its name, and is not kept anywhere."""
    answer = clicked(exporter.page(), "text")
    assert answer.content == "a;b\n1;ü\n".encode()
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    field = answer.headers["Content-Disposition"]
    assert field == (
        "attachment; filename=\"Ubersicht 1.csv\"; filename*=UTF-8''%C3%9Cbersicht%201.csv"
    )
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_name_is_no_path(exporter):
    """What is saved stays in the folder of the browser, whatever the app says."""
    answer = clicked(exporter.page(), "bytes")
    assert answer.content == b"0123456789"
    assert answer.headers["Content-Type"] == "application/x-ten"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="ten.bin"'


def test_a_file(exporter, tmp_path):
    """It has its own name, and nobody learns where it lies."""
    answer = clicked(exporter.page(), "file")
    assert answer.content == exporter.module.App.path.read_bytes()
    assert answer.headers["Content-Disposition"] == 'attachment; filename="report.dat"'
    assert str(tmp_path) not in str(dict(answer.headers.items()))


def test_a_file_is_fetched_on_with_ranges(exporter):
    """After a broken connection a browser asks for the rest."""
    visitor = exporter.visitor()
    page = exporter.page(visitor)
    page.click("button", "file")
    page.wait_until(lambda: page.offers)
    address = page.offers[0]
    first = visitor.get(address)
    headers = {"Range": "bytes=299990-", "If-Range": first.headers["ETag"]}
    rest = visitor.get(address, headers)
    assert (rest.status, rest.content) == (206, first.content[299990:])
    assert rest.headers["Content-Range"] == "bytes 299990-299999/300000"


def test_what_a_generator_yields(exporter):
    """All of it arrives, and the generator has ended."""
    answer = clicked(exporter.page(), "rows")
    assert answer.content.decode().split() == [str(number) for number in range(1000)]


def test_once_and_for_this_visitor_only(exporter):
    """Neither somebody else nor the same visitor again gets it."""
    visitor = exporter.visitor()
    page = exporter.page(visitor)
    page.click("button", "text")
    page.wait_until(lambda: page.offers)
    address = page.offers[0]
    assert exporter.visitor().get(address).status == 404
    assert visitor.get(address).status == 200
    assert visitor.get(address).status == 404


def test_the_page_that_asked_saves_it(exporter):
    """Another tab of the same visitor does not."""
    visitor = exporter.visitor()
    one, other = exporter.page(visitor), exporter.page(visitor)
    one.click("button", "text")
    one.wait_until(lambda: one.offers)
    other.click("button", "bytes")
    other.wait_until(lambda: other.offers)
    assert one.download().content.startswith(b"a;b")
    assert other.download().content == b"0123456789"
    assert not one.offers
    assert not other.offers


def test_from_another_thread(exporter):
    """The page that was used last saves what a thread of the app offers."""
    visitor = exporter.visitor()
    other, page = exporter.page(visitor), exporter.page(visitor)
    assert clicked(page, "thread").content == b"later"
    assert not other.offers


def test_below_a_prefix(sample):
    """The address is below that of the page, wherever the app is bound."""
    page = sample("exporter", path="/tools/export").page()
    page.click("button", "text")
    page.wait_until(lambda: page.offers)
    assert page.offers[0].startswith("/tools/export/offer?")
    assert page.download().status == 200


def test_on_a_page_that_a_route_opens(samples, major):
    """A runner finds what is offered below any path that its routes answer."""
    module = importlib.import_module(f"h{major}_exporter")
    runner = AppServer(host="127.0.0.1", port=0, debug=False)
    runner.add_route("/desk/{name}", lambda request: request.app.handle(request, module.App))
    with runner, GuiPage(TestClient(runner.server.app), "/desk/ann") as page:
        assert clicked(page, "text").content.startswith(b"a;b")


def test_what_cannot_be_saved_is_the_handlers_error(exporter):
    """The developer is told what is taken."""
    exporter.server.debug = True
    page = exporter.page()
    with pytest.raises(AssertionError, match="what yields bytes or str is saved, not dict"):
        page.click("button", "wrong")
    assert not page.offers
