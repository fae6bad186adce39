"""A web process of several, with the same store and apps: serve_processes.py FILE [SETTINGS]."""

import json
import sys

import htag

from quick_htag import Settings, SQLiteStore, create_server

path, numbers = [*sys.argv[1:], "{}"][:2]
settings = Settings(session_cookie="shared", **{"spare_processes": 0, **json.loads(numbers)})
with SQLiteStore(path) as store, create_server(("", 0), settings=settings, store=store) as server:
    server.bind_htag("/", f"own_htag{2 if hasattr(htag, 'State') else 1}:App", isolation="process")
    server.suppress_noise = True
    server.no_command_loop = True
    print(server.url, flush=True)
    server.serve_forever()
