"""Tokens: a list of each visitor that stays on the server, for ten minutes after the last use.

python example/tokens/main.py [PORT]

The page keeps the token, the server keeps the list. Tokens it did not give are refused with 403.
"""

from __future__ import annotations

import sys
from pathlib import Path

from quick_htag import Settings, create_server, msg

WWW = Path(__file__).resolve().parent / "www"


def add_routes(server):
    server.bind_path("/", str(WWW))
    server.link_empty_favicon_fallback()
    server.set_default_token_expiration(600.0)

    @server.json_post("/token", 0)
    def token(req, args):
        return {"token": server.create_token()}

    @server.json_post("/add", 0)
    def add(req, args):
        with server.get_token_obj(args["post"]["token"]) as data:  # alone with it
            data.setdefault("list", []).append(str(args["post"]["item"]))
            return {"list": data["list"]}

    @server.json_post("/list", 0)
    def show(req, args):
        data = server.get_token_obj(args["post"]["token"], readonly=True)  # a copy
        return {"list": data.get("list", [])}


if __name__ == "__main__":
    port, settings = int([*sys.argv, 8080][1]), Settings(issued_tokens_only=True)
    with create_server(("", port), settings=settings) as server:
        add_routes(server)
        msg("open {0}", server.url)
        server.serve_forever()
