"""A program that keeps what the sample app shows: serve_kept.py PORT FILE."""

import sys
from pathlib import Path

import htag

from quick_htag import SQLiteStore, create_server

sys.path.append(str(Path(__file__).with_name("samples")))

port, path = sys.argv[1:]
with SQLiteStore(path) as store, create_server(("", int(port)), store=store) as server:
    server.bind_htag("/", f"h{2 if hasattr(htag, 'State') else 1}_kept:App", persist=True)
    server.suppress_noise = True
    server.no_command_loop = True
    print(server.url, flush=True)
    server.serve_forever()
