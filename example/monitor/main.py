"""A server that tells how it is doing, at the prompt and to a program with the token.

python example/monitor/main.py [PORT]

Open the page a few times, then type status, sessions, jobs, "help sessions". The state is also at
/-/status as JSON and at /-/metrics for Prometheus; the line printed at the start asks for it.
"""

from __future__ import annotations

import os
import random
import sys
import time

from quick_htag import create_server, msg, progress

TOKEN = os.environ.get("MONITOR_TOKEN")  # None: a new one each time


def add_routes(server):
    @server.text_get("/", 0)
    def page(req, args):
        req.session["visits"] = req.session.get("visits", 0) + 1
        return f"visit {req.session['visits']}; try /slow and /busy\n"

    @server.text_get("/slow", 0)
    def slow(req, args):
        time.sleep(random.uniform(0.0, 0.2))  # the status names routes like this one
        return "done\n"

    @server.json_worker("/job")
    def job(payload):
        for second in range(60):
            progress(second / 60, f"second {second}")
            time.sleep(1.0)

    @server.on_reload
    def motd():
        """What the command reload reads again, besides the certificate."""
        return "nothing to read here"

    @server.json_get("/busy", 0)
    def busy(req, args):
        status = server.status()  # the same from code
        return {"jobs": status.jobs["running"], "p90": status.requests.latency.percentile(90)}

    return server.enable_monitor(token=TOKEN)


if __name__ == "__main__":
    with create_server(("", int([*sys.argv, 8080][1]))) as server:
        token = add_routes(server)
        msg("serves {0}", server.url)
        msg('curl -H "Authorization: Bearer {0}" {1}-/metrics', token, server.url)
        server.serve_forever()
