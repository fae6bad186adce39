"""Pages of a server inside of other pages."""

import re

import pytest
import requests

from quick_htag import ConfigurationError
from quick_htag.frame_methods import Frame


def field_of(url):
    """What a page of an app says of frames."""
    headers = requests.get(url, timeout=60).headers
    return headers.get("X-Frame-Options"), headers.get("Content-Security-Policy")


def test_a_notebook_gets_a_frame(live_server):
    """The HTML of a cell's result is a frame with the page, as large as was asked for."""
    html = live_server.show("/app?a=1&b=2", height=300, width="50%")._repr_html_()
    assert f'src="{live_server.url}app?a=1&amp;b=2"' in html
    assert "width: 50%; height: 300px" in html
    assert repr(live_server.show()) == f"<Frame {live_server.url}>"


def test_what_is_shown_cannot_break_out():
    """A path with quotes stays an address."""
    html = Frame('https://example.org/"><script>alert(1)</script>')._repr_html_()
    assert "<script>alert" not in html
    assert re.search(r'src="[^"]*&gt;&lt;script', html)


def test_a_frame_of_this_machine_goes_by_the_name_of_the_notebook():
    """Two names are two sites, so the frame takes the name of the page around it."""
    assert "location.hostname" in Frame("http://127.0.0.1:8080/")._repr_html_()
    assert "location.hostname" not in Frame("https://example.org/")._repr_html_()


def test_the_path_begins_with_a_slash(live_server):
    """Nothing but pages of this server is shown."""
    with pytest.raises(ConfigurationError, match="starts with"):
        live_server.show("http://example.org/")


def test_a_path_does_not_lead_to_another_server(live_server):
    """Two slashes are a path as well."""
    assert live_server.show("//example.org/").url.startswith(live_server.url)


class TestAncestors:
    @pytest.fixture
    def app(self, start_server, app_name):
        """A server with an app."""
        return start_server(lambda server: server.bind_htag("/", app_name))

    def test_pages_of_this_origin_only(self, app):
        """Nobody else frames a page unless it is said."""
        assert field_of(app.url) == ("SAMEORIGIN", None)

    def test_show_lets_this_machine_in(self, app):
        """A notebook is served at another port."""
        app.show()
        value = "frame-ancestors 'self' http://localhost:* http://127.0.0.1:*"
        assert field_of(app.url) == (None, value)

    def test_show_keeps_what_was_set(self, app):
        """Who has decided is not overruled."""
        app.frame_ancestors = ["https://lab.example.org"]
        app.show()
        assert app.frame_ancestors == ("https://lab.example.org",)
        assert field_of(app.url) == (None, "frame-ancestors 'self' https://lab.example.org")

    def test_two_servers_decide_for_themselves(self, app, live_server):
        """Setting it on one changes nothing on another."""
        app.frame_ancestors = "*"
        assert live_server.frame_ancestors is None
