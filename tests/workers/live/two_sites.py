"""A program with two servers, each of which has workers; the second has a port of its own."""

import os
import time

from quick_htag import Settings, WorkerDeath, check, create_server, progress


def add(server, name: str) -> None:
    """What both serve."""
    server.suppress_noise = True

    @server.json_get("/who", 0)
    def who(req, args):
        """Who answers, and where the other one is."""
        return {"pid": os.getpid(), "worker": server.worker, "name": name, "other": second.url}

    @server.json_get("/count", 0)
    def count(req, args):
        """How often this visitor was here."""
        with req.session as session:
            session["count"] = session.get("count", 0) + 1
            return {"count": session["count"], "pid": os.getpid()}

    @server.json_worker("/job")
    def job(payload):
        """Says whose it is, until it is stopped."""
        progress(0.5, name)
        try:
            while True:
                check()
                time.sleep(0.02)
        except WorkerDeath:
            print(f"a job of the {name} was stopped", flush=True)
            raise

    print(f"{name} token {server.enable_monitor()} ", flush=True)


if __name__ == "__main__":
    settings = Settings(restart_grace=0.2)
    with (
        create_server(("", 0), settings=settings, workers=2) as first,
        create_server(("", 0), settings=settings, workers=2) as second,
    ):
        add(first, "first")
        add(second, "second")
        second.start()
        first.serve_forever()
