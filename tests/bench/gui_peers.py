"""The GUI servers that are measured, each a program: ``python gui_peers.py NAME PORT``."""

from __future__ import annotations

import sys


def quick_htag(port: int, app: str = "App", **options: object) -> None:
    """This package, as a user writes it."""
    import gui_apps

    from quick_htag import Settings, create_server

    # no visitor clicks as often as this benchmark does, and they do not share an address
    settings = Settings(max_event_rate=0, max_instances_per_address=2000)
    server = create_server(("127.0.0.1", port), settings=settings)
    server.suppress_noise = True
    server.no_command_loop = True
    server.bind_htag("/", getattr(gui_apps, app), **options)
    server.serve_forever()


def quick_htag_loop(port: int) -> None:
    """This package, every app on one loop."""
    quick_htag(port, isolation="loop")


def runner(port: int) -> None:
    """What comes with htag 1."""
    from gui_apps import App
    from htag import Runner

    Runner(App, host="127.0.0.1", port=port, interface=0).run()


def htagweb(port: int) -> None:
    """A process for each visitor."""
    from gui_apps import App
    from htagweb import Runner

    Runner(App, host="127.0.0.1", port=port).run()


def webapp(port: int) -> None:
    """What comes with htag 2."""
    from gui_apps import App
    from htag import WebApp

    options = {"open_browser": False, "exit_on_disconnect": False, "log_level": "critical"}
    WebApp(App, debug=False).run(host="127.0.0.1", port=port, **options)


def nicegui(port: int) -> None:
    """NiceGUI, as its documentation has it: a page function makes the page of each visitor."""
    import asyncio

    from gui_words import LAST, PUSHES
    from nicegui import ui

    @ui.page("/")
    def page() -> None:
        count = ui.label("0")
        clicks = 0

        def more() -> None:
            nonlocal clicks
            clicks += 1
            count.text = str(clicks)

        async def burst() -> None:
            for number in range(PUSHES):
                count.text = LAST if number == PUSHES - 1 else str(number)
                await asyncio.sleep(0)

        ui.button("more", on_click=more)
        ui.button("burst", on_click=burst)

    ui.run(host="127.0.0.1", port=port, show=False, reload=False, uvicorn_logging_level="critical")


PEERS = {
    "quick_htag": quick_htag,
    "quick_htag loop": quick_htag_loop,
    "Runner": runner,
    "htagweb": htagweb,
    "WebApp": webapp,
    "NiceGUI": nicegui,
}

if __name__ == "__main__":
    PEERS[sys.argv[1]](int(sys.argv[2]))
