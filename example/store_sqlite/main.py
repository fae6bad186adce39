"""The store in a file: visitors, and what they wrote, are still there after a restart.

python example/store_sqlite/main.py [PORT [FILE]]

Kill it in any way, start it again on the same port, and reload the page.
"""

from __future__ import annotations

import html
import sys
import time

from quick_htag import Response, SQLiteStore, create_server, msg

PAGE = """<!doctype html><title>Guest book</title>
<p>Your visit number {visits}, {total} of all.</p>
<form method="post" action="/write"><input name="text" autofocus><button>write</button></form>
<ul>{entries}</ul>"""


def add_routes(server):
    @server.text_get("/", 0)
    def page(req, args):
        with req.session as data:  # of this visitor; found by a cookie
            data["visits"] = data.get("visits", 0) + 1
        total = server.store.update("own:visits", lambda count: (count or 0) + 1)
        entries = server.store.get("own:entries") or []
        items = "".join(f"<li>{html.escape(entry['text'])}</li>" for entry in entries)
        text = PAGE.format(visits=req.session["visits"], total=total, entries=items)
        return Response(text, ctype="text/html; charset=utf-8")

    @server.text_post("/write", 0)
    def write(req, args):
        entry = {"text": args["post"]["text"][:200], "when": time.time()}
        server.store.update("own:entries", lambda entries: [entry, *(entries or [])][:100])
        req.send_header("Location", "/")
        return Response("", 303)


if __name__ == "__main__":
    port, path = [*sys.argv[1:], *("8080", "guests.db")[len(sys.argv) - 1 :]][:2]
    with SQLiteStore(path) as store, create_server(("", int(port)), store=store) as server:
        add_routes(server)
        msg("open {0}", server.url)
        server.serve_forever()
