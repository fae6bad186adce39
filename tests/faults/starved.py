"""A server in a process that is short of something.

python tests/faults/starved.py disk BYTES | files COUNT | threads COUNT

Prints its address; ends with its standard input.
"""

from __future__ import annotations

import io
import resource
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from quick_htag import MessageLog, SQLiteStore, create_server

LOG = io.StringIO()


class Rare(threading.Thread):
    """One of a few threads at a time; another one cannot be started, as the system has it."""

    most = 0
    _places = threading.Semaphore(0)

    def start(self) -> None:
        if not Rare._places.acquire(blocking=False):
            raise RuntimeError("can't start new thread")
        super().start()

    def run(self) -> None:
        try:
            super().run()
        finally:
            Rare._places.release()


def keep(req: Any, args: Any) -> str:
    """Keep a text in the session."""
    req.session["text"] = "x" * int(args["query"]["size"])
    return str(len(req.session["text"]))


def routes(server: Any) -> None:
    """What can be asked for."""
    server.text_get("/ok", 0)(lambda req, args: "ok")
    server.text_get("/slow", 0)(lambda req, args: time.sleep(0.01) or "slow")
    server.text_get("/keep", 0)(keep)
    server.text_get("/reports", 0)(lambda req, args: str(LOG.getvalue().count("ERROR")))
    server.text_post("/echo", 0)(lambda req, args: str(req.body.length))
    server.text_post("/form", 0)(lambda req, args: str(args["files"]["file"].size))


def main() -> None:
    """Serve, short of what the command line says."""
    what, limit = sys.argv[1], int(sys.argv[2])
    folder = tempfile.mkdtemp()
    tempfile.tempdir = folder
    store = SQLiteStore(f"{folder}/store.db") if what == "disk" else None
    options: dict[str, Any] = {"log": MessageLog(LOG)}
    if what == "threads":
        options["thread_factory"] = Rare
        for _ in range(limit):
            Rare._places.release()
    if store is not None:
        options["store"] = store
    server = create_server(("127.0.0.1", 0), **options)
    routes(server)
    server.start()
    if what == "disk":
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    if what == "files":
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    print(server.url, flush=True)
    sys.stdin.read()
    server.shutdown()
    server.server_close()
    if store is not None:
        store.close()


if __name__ == "__main__":
    main()
