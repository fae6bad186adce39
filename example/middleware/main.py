"""Middleware: a key for a group of routes, a note for the endpoint, a look at every request.

python example/middleware/main.py [PORT]
"""

from __future__ import annotations

import itertools
import sys

from quick_htag import PreventDefaultResponse, Response, create_server, msg

KEYS = {"open-sesame": "ann", "abracadabra": "bob"}
NUMBERS = itertools.count(1)


def with_key(req, args, okay):
    """Before an endpoint: return ``okay`` to go on, or anything else to answer."""
    user = KEYS.get(req.headers.get("x-key", ""))
    if user is None:
        return Response({"error": "the header X-Key is missing or wrong"}, 401)
    args["meta"]["user"] = user  # for the endpoint
    return okay


def only_ann(req, args, okay):
    return okay if args["meta"]["user"] == "ann" else Response({"error": "ann only"}, 403)


def number_and_guard(req, path, cookie):
    """Before everything, files included: raise to answer."""
    req.send_header("X-Request-Number", str(next(NUMBERS)))
    if path.startswith("/private/"):
        raise PreventDefaultResponse(403, "this folder is not for the web")


def add_routes(server):
    server.add_pre_middleware(number_and_guard)
    server.json_get("/open", 0)(lambda req, args: {"open": "to all"})

    with server.middlewares(with_key):  # every route registered in the block

        @server.json_get("/me", 0)
        def me(req, args):
            return {"user": args["meta"]["user"]}

        @server.json_get("/keys", 0)
        @server.middleware(only_ann)  # this route only, after those of the block
        def keys(req, args):
            return {"users": sorted(KEYS.values())}


if __name__ == "__main__":
    with create_server(("", int([*sys.argv, 8080][1]))) as server:
        add_routes(server)
        msg('try: curl -H "X-Key: open-sesame" {0}me', server.url)
        server.serve_forever()
