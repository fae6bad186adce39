"""A program with a store in a file, to be ended from outside.

python tests/faults/ending.py FOLDER PORT SECONDS   prints its address; SECONDS it has to end in
"""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from quick_htag import Settings, SQLiteStore, create_server


def wait(req: Any, args: Any) -> str:
    """Answer later."""
    Path(args["query"]["begun"]).touch()
    threading.Event().wait(float(args["query"]["seconds"]))
    return "waited"


def pieces(begun: str) -> Iterator[str]:
    """A stream that goes on for a moment."""
    for number in range(20):
        yield f"{number}\n"
        Path(begun).touch()
        threading.Event().wait(0.05)


def count(req: Any, args: Any) -> int:
    """How often this visitor was here."""
    req.session["n"] = req.session.get("n", 0) + 1
    return int(req.session["n"])


def job(payload: dict[str, Any]) -> str:
    """Take a while."""
    Path(payload["begun"]).touch()
    threading.Event().wait(payload["seconds"])
    return "worked"


def main() -> None:
    """Serve until the end."""
    folder = Path(sys.argv[1])
    tempfile.tempdir = str(folder / "temporary")
    Path(tempfile.tempdir).mkdir(exist_ok=True)
    store = SQLiteStore(str(folder / "store.db"))
    settings = Settings(shutdown_timeout=float(sys.argv[3]))
    server = create_server(("127.0.0.1", int(sys.argv[2])), store=store, settings=settings)
    server.no_command_loop = True
    server.text_get("/wait", 0)(wait)
    server.text_get("/stream", 0)(lambda req, args: pieces(args["query"]["begun"]))
    server.text_post("/upload", 0)(lambda req, args: str(req.body.length))
    server.json_get("/count", 0)(count)
    server.json_worker("/job")(job)

    @server.websocket("/ws")
    def echo(ws: Any) -> None:
        for message in ws:
            ws.send(message)

    print(server.url, flush=True)
    server.serve_forever()
    store.close()


if __name__ == "__main__":
    main()
