"""A server with one slow function and its page, as a program that restarts by a line of input.

python slow_job.py [FILE]: results are kept in that file; ``wake`` ends every nap.
"""

import sys
import threading
import time

from quick_htag import Response, SQLiteStore, check, create_server, msg

woken = threading.Event()


class Archive(SQLiteStore):
    """Tells when it has a result."""

    def put(self, key, value, *args):
        super().put(key, value, *args)
        if isinstance(value, dict) and value.get("state") == "done":
            msg("the result is kept")


store = Archive(sys.argv[1]) if len(sys.argv) > 1 else None
with create_server(("", 0), store=store) as server:
    server.link_legacy_worker_js("/worker.js")

    @server.text_get("/", 0)
    def page(req, args):
        html = '<!doctype html><title>page</title><script src="/worker.js"></script>'
        return Response(html, ctype="text/html; charset=utf-8")

    @server.json_worker("/nap")
    def nap(payload):
        msg("nap begins")
        end = time.monotonic() + payload["seconds"]
        while time.monotonic() < end and not woken.wait(0.02):
            check()  # ends with the server
        return "awake"

    @server.cmd(argc=0)
    def wake(args):
        woken.set()

    msg("open {0}", server.url)
    server.serve_forever()
