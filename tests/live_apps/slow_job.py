"""A server with one slow function and its page, as a program that restarts by a line of input.

python slow_job.py [FILE]: results are kept in that file.
"""

import sys
import time

from quick_htag import Response, SQLiteStore, check, create_server, msg

store = SQLiteStore(sys.argv[1]) if len(sys.argv) > 1 else None
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
        while time.monotonic() < end:
            time.sleep(0.02)
            check()  # ends with the server
        msg("nap is over")
        return "awake"

    msg("open {0}", server.url)
    server.serve_forever()
