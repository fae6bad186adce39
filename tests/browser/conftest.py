"""The live app on a server of its own, behind a network that can be cut."""

import threading

import pytest

from quick_htag import PreventDefaultResponse

WAYS = {"websocket": "/ws", "sse": "/stream", "poll": "/poll"}


class Firewall:
    """Refuses ways of pages, or never answers them."""

    def __init__(self):
        self.refused = set()
        self.silent = set()
        self.released = threading.Event()

    def __call__(self, req, path, cookie):
        if path in {WAYS[name] for name in self.silent}:
            self.released.wait(600)  # longer than any page waits
        if path in {WAYS[name] for name in self.refused | self.silent}:
            raise PreventDefaultResponse(502, "no")  # as proxies do


@pytest.fixture
def firewall():
    """Between the pages and the app."""
    firewall = Firewall()
    yield firewall
    firewall.released.set()


@pytest.fixture(params=["websocket", "sse", "poll"])
def transport(request):
    """How pages connect."""
    return request.param


@pytest.fixture
def live(start_server, app_name, transport):
    """A server with the live app at its root."""
    return start_server(lambda server: server.bind_htag("/", app_name, transport=transport))


@pytest.fixture
def network(live):
    """The way to that server: ``cut()`` and ``mend()``."""
    from cutter import Cutter

    cutter = Cutter(live.server_address[1])
    yield cutter
    cutter.close()


@pytest.fixture
def visit(chromium, network):
    """``visit()`` opens the app as a new visitor and gives the page, once its pushes arrive.

    ``cookies`` are set and the script ``before`` is run first.
    """
    contexts = []

    def open_page(*, cookies=None, before=""):
        url = f"http://127.0.0.1:{network.port}/"
        context = chromium.new_context()
        contexts.append(context)
        found = (cookies or {}).items()
        context.add_cookies([{"name": name, "value": value, "url": url} for name, value in found])
        if before:
            context.add_init_script(before)
        page = context.new_page()
        page.goto(url)
        page.wait_for_function("() => (window.got || []).length > 0")
        return page

    yield open_page
    for context in contexts:
        context.close()
