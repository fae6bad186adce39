"""Apps in frames of other pages, in a real browser."""

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def asked():
    """Paths that the server with the app was asked for."""
    return []


@pytest.fixture
def app(start_server, app_name, asked):
    """A server with the live app at its root."""

    def setup(server):
        server.before(lambda req: asked.append(req.plain_path))
        server.bind_htag("/", app_name)

    return start_server(setup)


@pytest.fixture
def notebook(start_server, chromium):
    """``notebook(html, host)``: a page of another server, with this in it."""
    contexts = []

    def show(html, host="localhost"):
        text = f"<!DOCTYPE html><title>notebook</title><body>{html}"

        def setup(server):
            server.text_get("/lab", 0)(lambda req, args: HTML(text))

        server = start_server(setup)
        contexts.append(chromium.new_context())
        page = contexts[-1].new_page()
        page.goto(f"http://{host}:{server.server_address[1]}/lab")
        return page

    yield show
    for context in contexts:
        context.close()


def HTML(text):
    """A page as an answer."""
    from quick_htag import Response

    return Response(text, ctype="text/html; charset=utf-8")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_an_app_is_used_in_a_cell(app, notebook, host, asked):
    """A page of another port shows the app, which is clicked as if it stood alone."""
    page = notebook(app.show()._repr_html_(), host)
    frame = page.frame_locator("iframe")
    frame.locator(".more").click()
    frame.locator(".more").click()
    frame.locator(".count", has_text="2").wait_for()
    assert page.locator("iframe").get_attribute("src").startswith(f"http://{host}:")
    assert asked.count("/") == 1  # not also at the other name of this machine


def test_an_app_that_does_not_say_so_is_not_framed(app, notebook):
    """The page of another origin gets an empty frame."""
    html = app.show()._repr_html_()
    app.frame_ancestors = None
    page = notebook(html)
    with page.expect_console_message(lambda message: "X-Frame-Options" in message.text):
        page.reload()
    assert page.frame_locator("iframe").locator(".more").count() == 0
