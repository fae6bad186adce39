"""A live monitor of the machine it runs on.

    python example/main.py [PORT [HOST]]

Without arguments the environment decides (QUICK_HTAG_PORT, QUICK_HTAG_HOST), else 127.0.0.1:8080.
Whoever can open the page can see the names of files: think before you give it another host.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import htag
import view
from finder import Search
from monitor import MONITOR

from quick_htag import QuickServer, create_server, msg

if hasattr(htag, "State"):
    from app_htag2 import App
else:
    from app_htag1 import App

WWW = Path(__file__).resolve().parent / "www"


def address(arguments: list[str]) -> tuple[str, int]:
    """Where to listen."""
    port, host, *_ = [*arguments, None, None]
    port = port or os.environ.get("QUICK_HTAG_PORT") or "8080"
    host = host or os.environ.get("QUICK_HTAG_HOST") or "127.0.0.1"
    if not port.isdecimal():
        sys.exit(f"the port must be a number, not {port!r}; usage: main.py [PORT [HOST]]")
    return host, int(port)


def add_pages(server: QuickServer) -> None:
    """What the browser can ask for."""
    server.bind_htag("/", App)
    server.bind_path("/static/", str(WWW))
    server.link_empty_favicon_fallback()

    @server.json_get("/api/status", 0)
    def status(req, args):
        return MONITOR.now.as_json()


def add_commands(server: QuickServer) -> None:
    """What can be typed at the prompt, besides help, quit, restart and sessions."""

    @server.cmd(argc=0)
    def load(args):
        """Show how busy the machine is."""
        now = MONITOR.now
        memory = view.size(now.memory.used) if now.memory else "not known"
        msg(
            f"processor {view.percent(now.cpu)} %, memory {memory}, disk {view.size(now.disk.used)}"
        )

    def folders(args, text):
        """Folders that begin with what has been typed so far."""
        place = Path(text).expanduser()
        place = place if text.endswith(("/", os.sep)) else place.parent
        try:
            found = [path for path in place.iterdir() if path.is_dir()]
        except OSError:
            return []
        names = [os.path.join(os.path.dirname(text), path.name) + os.sep for path in found]
        return [name for name in names if name.startswith(text)]

    @server.cmd(argc=1, complete=folders)
    def biggest(args):
        """List the largest files of a folder."""
        try:
            search = Search(args[0])
        except OSError as error:
            msg(f"{args[0]}: {error.strerror}")
            return
        for size, path in search.run():
            msg(f"{view.size(size):>8}  {path}")


def main() -> None:
    try:
        server = create_server(address(sys.argv[1:]))
    except (OSError, OverflowError) as error:
        sys.exit(f"{error}; main.py PORT, or QUICK_HTAG_PORT=PORT, takes another port")
    with MONITOR, server:
        server.suppress_noise = True
        add_pages(server)
        add_commands(server)
        msg(f"open {server.url} in a browser; type help for commands")
        server.serve_forever()


if __name__ == "__main__":
    main()
