"""The store in Redis: two servers that know the same visitors; stop either, and nobody notices.

python example/store_redis/main.py [PORT [OTHER_PORT [URL]]]

Needs a Redis server, and ``pip install 'quick_htag[redis]'``. Here both servers are in one process;
they could as well be on two machines, behind any proxy that sends requests to one or the other.
"""

from __future__ import annotations

import sys

from quick_htag import RedisStore, Settings, create_server, msg

SETTINGS = Settings(session_cookie="visit")  # the same name on each port


def add_routes(server):
    @server.json_get("/", 0)
    def visit(req, args):
        with req.session as data:  # no server has it meanwhile
            data["visits"] = data.get("visits", 0) + 1
            data["last port"] = server.server_port
        return dict(req.session)

    @server.json_get("/token", 0)
    def token(req, args):
        key = args["query"].get("token") or server.create_token()
        with server.get_token_obj(key) as data:
            data["used"] = data.get("used", 0) + 1
            return {"token": key, **data}


if __name__ == "__main__":
    defaults = ["8080", "8081", "redis://localhost:6379/0"]
    first, second, url = [*sys.argv[1:], *defaults[len(sys.argv) - 1 :]][:3]
    with (
        RedisStore(url) as store,
        create_server(("", int(second)), store=store, settings=SETTINGS) as other,
        create_server(("", int(first)), store=store, settings=SETTINGS) as server,
    ):
        for one in (other, server):
            add_routes(one)
        other.start()
        msg("open {0} and {1}", server.url, other.url)
        server.serve_forever()
