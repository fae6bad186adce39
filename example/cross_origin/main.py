"""A page on one port asks a server on another, with cookies; pages of other origins may not.

python example/cross_origin/main.py [PORT]

The browser sees two origins, since ports count. It asks the second server first (OPTIONS) whether
the page may send JSON, and lets the page read the answers, because ``cross_origin`` has its origin.
"""

from __future__ import annotations

import sys
from pathlib import Path

from quick_htag import create_server, msg

WWW = Path(__file__).resolve().parent / "www"


def add_api(api):
    @api.json_post("/visits", 0)
    def visits(req, args):
        req.session["visits"] = req.session.get("visits", 0) + 1
        return {"name": str(args["post"]["name"]), "visits": req.session["visits"]}


def add_site(site, api):
    site.bind_path("/", str(WWW))
    site.link_empty_favicon_fallback()
    port = site.server_address[1]
    api.cross_origin = [f"http://{host}:{port}" for host in ("localhost", "127.0.0.1")]

    @site.json_get("/where", 0)
    def where(req, args):
        # under the name that the page has: localhost and 127.0.0.1 do not share cookies
        host = req.host.rpartition(":")[0]
        return {"api": f"http://{host}:{api.server_address[1]}"}


if __name__ == "__main__":
    port = int([*sys.argv, 8080][1])
    with create_server(("", port)) as site, create_server(("", 0)) as api:
        add_api(api)
        add_site(site, api)
        api.start()
        msg("open {0}", site.url)
        site.serve_forever()
