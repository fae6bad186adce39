"""The GUI servers that are measured, each a program: ``python gui_peers.py NAME PORT``."""

from __future__ import annotations

import sys

from gui_apps import App


def quick_htag(port: int, **options: object) -> None:
    """This package, as a user writes it."""
    from quick_htag import Settings, create_server

    # no visitor clicks as often as this benchmark does
    server = create_server(("127.0.0.1", port), settings=Settings(max_event_rate=0))
    server.suppress_noise = True
    server.no_command_loop = True
    server.bind_htag("/", App, **options)
    server.serve_forever()


def quick_htag_loop(port: int) -> None:
    """This package, every app on one loop."""
    quick_htag(port, isolation="loop")


def runner(port: int) -> None:
    """What comes with htag 1."""
    from htag import Runner

    Runner(App, host="127.0.0.1", port=port, interface=0).run()


def htagweb(port: int) -> None:
    """A process for each visitor."""
    from htagweb import Runner

    Runner(App, host="127.0.0.1", port=port).run()


def webapp(port: int) -> None:
    """What comes with htag 2."""
    from htag import WebApp

    options = {"open_browser": False, "exit_on_disconnect": False, "log_level": "critical"}
    WebApp(App, debug=False).run(host="127.0.0.1", port=port, **options)


PEERS = {
    "quick_htag": quick_htag,
    "quick_htag loop": quick_htag_loop,
    "Runner": runner,
    "htagweb": htagweb,
    "WebApp": webapp,
}

if __name__ == "__main__":
    PEERS[sys.argv[1]](int(sys.argv[2]))
