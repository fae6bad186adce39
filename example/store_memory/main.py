"""The store in memory: ten questions a minute for each address, and an answer kept for a while.

python example/store_memory/main.py [PORT]

Then ask http://127.0.0.1:8080/prime/97 a few times.
"""

from __future__ import annotations

import sys

from quick_htag import PreventDefaultResponse, create_server, msg

LIMIT, MINUTE, DAY = 10, 60.0, 24 * 3600.0


def is_prime(number):
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))


def add_routes(server):
    store = server.store  # of a server that was given none: in memory

    def not_too_often(req, args, okay):
        key = f"own:asked:{req.client_address[0]}"
        store.add(key, 0, MINUTE)  # unless there is one: the minute begins
        asked = store.update(key, lambda count: (count or 0) + 1, store.ttl(key) or MINUTE)
        if asked > LIMIT:
            raise PreventDefaultResponse(429, f"wait for {store.ttl(key):.0f} seconds")
        return okay

    @server.json_get("/prime/:number", 0)
    @server.middleware(not_too_often)
    def prime(req, args):
        number = int(args["segments"]["number"])
        key = f"own:prime:{number}"
        kept = store.get(key)
        if kept is None:
            kept = is_prime(number)
            store.put(key, kept, DAY)
        return {"prime": kept}


if __name__ == "__main__":
    with create_server(("", int([*sys.argv, 8080][1]))) as server:
        add_routes(server)
        msg("open {0}prime/97", server.url)
        server.serve_forever()
