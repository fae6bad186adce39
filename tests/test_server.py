"""The server as a whole: what it is, and what it logs."""

from io import StringIO

import requests

from quick_htag import MessageLog


def hello(server):
    """Register an endpoint."""
    server.json_get("/hello", 0)(lambda req, args: {"message": "hello"})


class TestLog:
    def test_a_request_is_logged(self, start_server):
        """The line has the request and the status."""
        log = StringIO()
        server = start_server(hello, log=MessageLog(log))
        requests.get(f"{server.url}hello?x=1", timeout=30)
        assert '"GET /hello?x=1 HTTP/1.1" 200' in log.getvalue()

    def test_noise_is_suppressed(self, start_server):
        """Only what went well is left out."""
        log = StringIO()
        server = start_server(hello, log=MessageLog(log))
        server.suppress_noise = True
        requests.get(f"{server.url}hello", timeout=30)
        requests.get(f"{server.url}nowhere", timeout=30)
        assert "/hello" not in log.getvalue()
        assert '"GET /nowhere HTTP/1.1" 404' in log.getvalue()

    def test_the_id_of_a_page_is_not_logged(self, start_server, open_page, app_name):
        """The page id is a secret, so the log has the address of a websocket without it."""
        log = StringIO()
        server = start_server(lambda server: server.bind_htag("/", app_name), log=MessageLog(log))
        page = open_page(server.url)
        assert '"GET /ws HTTP/1.1" 101' in log.getvalue()
        assert page.config["page"] not in log.getvalue()
