"""A program with workers; a file beside it says what is to go wrong."""

import os
import sys
import time
from pathlib import Path

from quick_htag import Settings, WorkerDeath, check, create_server, msg, progress

FLAW = Path("flaw")


def flaw() -> str:
    """What is to go wrong from now on."""
    return FLAW.read_text() if FLAW.exists() else ""


if __name__ == "__main__":
    settings = Settings(restart_grace=0.2)
    with create_server(("", 0), settings=settings, workers=int(sys.argv[1])) as server:
        server.suppress_noise = True

        @server.json_get("/who", 0)
        def who(req, args):
            """Who answers."""
            if "slow" in args["query"]:
                print("slow begins", flush=True)
                time.sleep(float(args["query"]["slow"] or 1.0))
            return {"pid": os.getpid(), "worker": server.worker, "version": "one"}

        @server.json_get("/count", 0)
        def count(req, args):
            """How often this visitor was here."""
            with req.session as session:
                session["count"] = session.get("count", 0) + 1
                return {"count": session["count"], "pid": os.getpid()}

        @server.json_get("/token", 0)
        def token(req, args):
            """A new token, or what is known by one that exists."""
            given = args["query"].get("token")
            if given is None:
                given = server.create_token()
                with server.get_token_obj(given) as data:
                    data["giver"] = os.getpid()
                return {"pid": os.getpid(), "token": given}
            known = given in server.get_tokens()
            with server.get_token_obj(given) as data:
                return {"pid": os.getpid(), "known": known, "giver": data.get("giver")}

        @server.json_get("/end", 0)
        def end(req, args):
            """The program wants to end."""
            server.done = True
            return {}

        @server.json_worker("/job")
        def job(payload):
            """Takes its time."""
            progress(0.5, "half")
            try:
                while not Path("go").exists():
                    check()
                    time.sleep(0.02)
            except WorkerDeath:
                print("a job was stopped", flush=True)
                raise
            return {"pid": os.getpid(), "text": "x" * payload.get("size", 0)}

        heard = []

        @server.on_topic("news")
        def hear(data):
            """What was published."""
            heard.append(data)

        @server.json_get("/news", 0)
        def news(req, args):
            """What this worker has heard; with words in the query, they are published."""
            if "say" in args["query"]:
                server.publish("news", args["query"]["say"])
            return {"pid": os.getpid(), "heard": heard}

        @server.cmd()
        def greet(args):
            """Say hello to somebody."""
            msg("hello {0}", *args)

        @server.cmd(once=True)
        def send(args):
            """Send something once."""
            msg("sent {0}", *args)

        print(f"token {server.enable_monitor()} ", flush=True)
        if flaw() == "start" and server.worker == 2:
            sys.exit(7)
        if flaw() == "all":
            sys.exit(7)
        print(f"serves {server.server_port} ", flush=True)
        server.serve_forever()
    print("over", flush=True)
