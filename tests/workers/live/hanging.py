"""A program whose workers hang, or only seem to, when they are asked to."""

import os
import re
import threading
import time

from quick_htag import Settings, create_server

TIMEOUT = 4.0  # seconds; on a busy machine a worker that is well must not take so long to answer


def compute(until: float) -> None:
    """Keep the interpreter busy."""
    while time.monotonic() < until:
        sum(range(1000))


if __name__ == "__main__":
    settings = Settings(restart_grace=0.2, worker_timeout=TIMEOUT)
    with create_server(("", 0), settings=settings, workers=3) as server:
        server.suppress_noise = True

        @server.json_get("/who", 0)
        def who(req, args):
            """Who answers."""
            return {"pid": os.getpid(), "worker": server.worker}

        @server.json_get("/count", 0)
        def count(req, args):
            """How often this visitor was here."""
            with req.session as session:
                session["count"] = session.get("count", 0) + 1
                return {"count": session["count"], "pid": os.getpid()}

        @server.json_get("/busy", 0)
        def busy(req, args):
            """Compute on more threads than there are processors."""
            for _ in range(4):
                threading.Thread(
                    target=compute, args=(time.monotonic() + 15.0,), daemon=True
                ).start()
            return {"pid": os.getpid()}

        @server.json_get("/hang", 0)
        def hang(req, args):
            """Keep the lock of the interpreter for some years."""
            print(f"(process {os.getpid()}) is about to hang", flush=True)
            re.match("(a+)+$", "a" * 100 + "b")

        server.serve_forever()
