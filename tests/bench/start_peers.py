"""The servers whose start is measured, each a program: ``python start_peers.py NAME PORT``.

Each imports what its users import and answers ``/``: plain ones with a small JSON object, the
others with the page of the same app. Nothing is imported before a peer is chosen.
"""

import sys

HELLO = {"message": "hello", "n": 1}


def http_server(port: int) -> None:
    """The standard library with HTTP/1.1 and TCP_NODELAY."""
    import json
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            body = json.dumps(HELLO).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Nobody logs."""

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


def quick_htag(port: int) -> None:
    """This package with an endpoint, as a user writes it."""
    from quick_htag import create_server

    server = create_server(("127.0.0.1", port))
    server.suppress_noise = True

    @server.json_get("/", 0)
    def hello(req: object, args: object) -> dict[str, object]:
        return HELLO

    server.serve_forever()


def quick_htag_page(port: int) -> None:
    """This package with an htag app."""
    from gui_apps import App

    from quick_htag import create_server

    server = create_server(("127.0.0.1", port))
    server.suppress_noise = True
    server.bind_htag("/", App)
    server.serve_forever()


def runner(port: int) -> None:
    """What comes with htag 1."""
    from gui_apps import App
    from htag import Runner

    Runner(App, host="127.0.0.1", port=port, interface=0).run()


def webapp(port: int) -> None:
    """What comes with htag 2."""
    from gui_apps import App
    from htag import WebApp

    options = {"open_browser": False, "exit_on_disconnect": False, "log_level": "critical"}
    WebApp(App, debug=False).run(host="127.0.0.1", port=port, **options)


def nicegui(port: int) -> None:
    """A page of the same content with NiceGUI."""
    from nicegui import ui

    @ui.page("/")
    def page() -> None:
        label = ui.label("0")
        ui.button("more", on_click=lambda: label.set_text(str(int(label.text) + 1)))

    options = {"show": False, "reload": False, "uvicorn_logging_level": "critical"}
    ui.run(host="127.0.0.1", port=port, **options)


PEERS = {
    "http.server": http_server,
    "quick_htag": quick_htag,
    "quick_htag page": quick_htag_page,
    "Runner": runner,
    "WebApp": webapp,
    "NiceGUI": nicegui,
}

if __name__ in {"__main__", "__mp_main__"}:
    PEERS[sys.argv[1]](int(sys.argv[2]))
